"""What a rule says, one line for each value: so that one added value is one line, whatever the file looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.findings import BREAKDOWNS
from stagewatch.pack import Sigma

_OF_A_FILTER = re.compile(r"\b_filt_[a-z]{10}_")
"""pySigma's random prefix of detections that a filter brings into a rule."""

Detections = Mapping[str, Counter[str]]
"""Name of a detection -> what it says."""


def changed_terms(before: Sigma, now: Sigma) -> tuple[str, ...]:
    """Lines ``- term`` and ``+ term`` of two rules that ask something else, in the order of the rules.

    Another name of a detection does not count, unless it is all that differs.
    """
    names = detection_names(before, now)
    old = list(_of_rule(before, names)) if isinstance(before, SigmaRule) else list(terms(before))
    new = list(terms(now))
    if names and Counter(old) == Counter(new):  # then it is the name that matters, to a condition such as 1 of filter_*
        old = list(terms(before))
    gone, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    return (*(f"- {line}" for line in _some(old, gone)), *(f"+ {line}" for line in _some(new, added)))


def terms(rule: Sigma) -> Iterator[str]:
    """All that a rule or a correlation asks, a line for each value."""
    if isinstance(rule, SigmaCorrelationRule):
        yield from _of_correlation(rule)
    else:
        yield from _of_rule(rule, {})


def detection_names(before: Sigma, now: Sigma) -> Mapping[str, str]:
    """Name of a detection before -> its name now, for those that only have another name."""
    if isinstance(before, SigmaRule) and isinstance(now, SigmaRule):
        return renamed(_detections(before), _detections(now))
    return {}


def renamed(before: Detections, now: Detections) -> dict[str, str]:
    """Name before -> name now of detections that say the same under names of which each side has only one."""
    found: dict[str, str] = {}
    for old, said in before.items():
        fits = [new for new, says in now.items() if says == said and new not in before and new not in found.values()]
        if old not in now and fits:
            found[old] = fits[0]
    return found


def shown_name(name: str) -> str:
    """The name of a detection for people: without what pySigma puts before those of a filter."""
    return _OF_A_FILTER.sub("filter:", name)


def _of_rule(rule: SigmaRule, names: Mapping[str, str]) -> Iterator[str]:
    source = rule.logsource
    for key in ("product", "category", "service"):
        if value := getattr(source, key):
            yield f"logsource: {key}: {value}"
    for name, detection in rule.detection.detections.items():
        for line in _lines(_plain(detection)):
            yield f"{shown_name(names.get(name, name))}: {line}"
    for condition in rule.detection.condition:
        yield f"condition: {shown_name(_with_names(condition, names))}"


def _of_correlation(rule: SigmaCorrelationRule) -> Iterator[str]:
    said = rule.to_dict().get("correlation", {})
    for key, value in said.items():
        yield from (f"correlation: {key}: {line}" for line in _lines(value))
    if rule.type.name == "TEMPORAL_ORDERED":
        yield f"correlation: order: {', '.join(map(str, said.get('rules', ())))}"


def _detections(rule: SigmaRule) -> Detections:
    return {name: Counter(_lines(_plain(one))) for name, one in rule.detection.detections.items()}


def _plain(detection: Any) -> Any:
    try:
        return detection.to_plain()
    except BREAKDOWNS:  # pySigma cannot say again all that it has read
        return repr(detection)


def _lines(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for key, inner in value.items():
                for line in _lines(inner):
                    yield f"{key}: {line}"
        case list() | tuple() | set():
            for inner in value:
                yield from _lines(inner)
        case None:
            yield "null"
        case _:
            yield str(value)


def _with_names(condition: str, names: Mapping[str, str]) -> str:
    if not names:
        return condition
    pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.sub(rf"(?<![\w*])(?:{pattern})(?![\w*])", lambda match: names[match[0]], condition)


def _some(lines: list[str], wanted: Counter[str]) -> Iterator[str]:
    left = Counter(wanted)
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
            yield line
