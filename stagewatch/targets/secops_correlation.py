"""YARA-L rules over a window: the ``match`` section and what joins events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations

from stagewatch import expression as ex
from stagewatch.correlation import Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered, Window
from stagewatch.targets.secops_events import SecopsRenderer
from stagewatch.targets.secops_places import expression_of
from stagewatch.targets.secops_rule import rule_text

_OTHER_VARIABLES = re.compile(r"e|value|r\d+")

LONGEST = 48 * 60
"""Minutes. Windows last from 1 minute to 48 hours, in whole minutes (page "Match section syntax")."""


def render(correlation: Correlation, domains: Mapping[str, str]) -> Rendered:
    """The rule of a correlation; ``domains`` are the fields that hold the domains of account names.

    Raises :class:`Unsupported`.
    """
    if not correlation.keys:
        raise Unsupported("a rule of Google SecOps over a window needs at least one group-by field")
    match correlation.kind:
        case "event_count" | "value_count":
            return _count(correlation, domains)
        case "temporal":
            return _temporal(correlation, domains)
        case "temporal_ordered":
            return _ordered(correlation, domains)


def _count(correlation: Correlation, domains: Mapping[str, str]) -> Rendered:
    """At least N events, or distinct values, in one of the overlapping windows.

    The window that slides with an event is documented for several event variables only, and advised against for a
    single one, so counting uses the overlapping windows.
    """
    if correlation.seconds < 60:
        raise Unsupported("windows of Google SecOps last at least one minute")
    branches = correlation.branches
    if len({(branch.keys, branch.value) for branch in branches}) > 1:
        raise Unsupported("the rules to count together keep the group-by or counted fields in different UDM fields")
    keys, value = branches[0].keys, branches[0].value
    names = _placeholders(correlation.keys)
    writer = SecopsRenderer()
    events = writer.lines(ex.disjunction(*(expression_of(branch.query) for branch in branches)))
    condition = f"#e >= {correlation.at_least}"
    if value is not None:
        # A placeholder that comes from a function keeps empty values (page "Match section syntax").
        events += [writer.each_carried(value), f"$value = {writer.lowered(value)}"]
        condition = f"$e and #value >= {correlation.at_least}"
    events += _grouping(names, writer, keys, domains)
    window = _duration(_hopping_minutes(correlation.seconds))
    warning = (
        f"counted in overlapping windows of {window}, which Google SecOps places, so that no burst within "
        f"{correlation.seconds} s is missed; a burst spread over up to {window} is reported too, and one burst may be "
        "reported by several windows"
    )
    return _rendered(correlation, events, names, f"over {window}", condition, "hopping", warning)


def _temporal(correlation: Correlation, domains: Mapping[str, str]) -> Rendered:
    """One event of each rule in any order: overlapping windows hold them, their distances are tested exactly."""
    variables = _variables(correlation)
    names = _placeholders(correlation.keys)
    events = _events(correlation, variables, names, domains)
    events += [_within(correlation.seconds, *pair) for pair in permutations(variables, 2)]
    window = _duration(_hopping_minutes(correlation.seconds))
    warning = (
        f"evaluated in overlapping windows of {window}, which Google SecOps places; that the events lie within "
        f"{correlation.seconds} s is tested exactly, but the same events may be reported by several windows"
    )
    return _rendered(correlation, events, names, f"over {window}", " and ".join(variables), "hopping", warning)


def _ordered(correlation: Correlation, domains: Mapping[str, str]) -> Rendered:
    """One event of each rule in order: a window opens at each event of the first rule (page "Match section syntax").

    Whether its end belongs to a window is not documented, so it is longer where it can be, and the span is tested.
    """
    variables = _variables(correlation)
    names = _placeholders(correlation.keys)
    events = _events(correlation, variables, names, domains)
    events += [f"{_time(earlier)} <= {_time(later)}" for earlier, later in pairwise(variables)]
    events.append(_within(correlation.seconds, variables[0], variables[-1]))
    minutes = correlation.seconds // 60
    window = f"over {_duration(minutes if minutes >= LONGEST else minutes + 1)} after {variables[0]}"
    return _rendered(correlation, events, names, window, " and ".join(variables), "sliding")


def _rendered(
    correlation: Correlation,
    events: Sequence[str],
    names: Sequence[str],
    window: str,
    condition: str,
    kind: Window,
    *warnings: str,
) -> Rendered:
    text = rule_text(correlation.title, events, condition, match=f"{', '.join(names)} {window}")
    return Rendered({".yaral": text}, kind, warnings)


def _variables(correlation: Correlation) -> list[str]:
    """An event variable for each rule."""
    return [f"$r{index}" for index in range(1, len(correlation.branches) + 1)]


def _events(
    correlation: Correlation, variables: Sequence[str], names: Sequence[str], domains: Mapping[str, str]
) -> list[str]:
    """The predicates on each event; the shared placeholders join them."""
    lines: list[str] = []
    for variable, branch in zip(variables, correlation.branches, strict=True):
        writer = SecopsRenderer(variable)
        lines += writer.lines(expression_of(branch.query))
        lines += _grouping(names, writer, branch.keys, domains)
    return lines


def _grouping(
    names: Sequence[str], writer: SecopsRenderer, keys: Sequence[str], domains: Mapping[str, str]
) -> Iterator[str]:
    """Group keys must be placeholders; events that lack one drop out (page "Match section syntax").

    An account is grouped by with its domain. Since a placeholder that comes from a function keeps empty values, the
    name itself must be carried.
    """
    for name, key in zip(names, keys, strict=True):
        if key in domains:
            yield writer.each_carried(key)
            yield f'{name} = strings.concat({writer.lowered(domains[key])}, "/", {writer.lowered(key)})'
        else:
            yield f"{name} = {writer.variable}.{key}"


def _placeholders(keys: Sequence[str]) -> list[str]:
    """A variable for each group key, apart from the event variables and the counted value."""
    names: list[str] = []
    for key in keys:
        word = key.lower()
        own = f"$key_{word}" if _OTHER_VARIABLES.fullmatch(word) else f"${word}"
        names.append(own if own not in names else f"{own}_{len(names) + 1}")
    return names


def _time(variable: str) -> str:
    return f"{variable}.metadata.event_timestamp.seconds"


def _within(seconds: int, earlier: str, later: str) -> str:
    return f"{_time(later)} <= {_time(earlier)} + {seconds}"


def _hopping_minutes(seconds: int) -> int:
    """The length of overlapping windows of which one holds every span of ``seconds``.

    A window must last the span and one step. The step is Google's; the page "Match section syntax" shows a tenth of
    the window, so the span may be nine tenths of it.
    """
    return max(1, -(-seconds * 10 // 540))


def _duration(minutes: int) -> str:
    """A window's length in YARA-L."""
    if minutes > LONGEST:
        raise Unsupported(f"it takes a window of {minutes} minutes; those of Google SecOps last at most {LONGEST}")
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
