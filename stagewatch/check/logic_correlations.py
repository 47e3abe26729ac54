"""Correlations that count nothing: thresholds of one, fields that the rules' events lack, values that cannot differ."""

from __future__ import annotations

from collections.abc import Iterator

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.rule import SigmaRule

from stagewatch.check.model import Check, Checked, Code, Remark, Subject
from stagewatch.findings import StagewatchError, Unsupported
from stagewatch.pack import PackFilter
from stagewatch.targets import TARGETS, load_target
from stagewatch.translation import Translator

CODES = (
    Code(
        "SW270",
        "A correlation that one event fulfils",
        "warning",
        "With a threshold of one nothing is correlated: each event of the rules raises the alert, and again in the "
        "correlation.",
        "Ask for two or more, or use the rule alone.",
    ),
    Code(
        "SW271",
        "A correlation groups or counts by a field that its rules' events lack",
        "error",
        "No platform that has the rule has this field in its events. Without it there is no group, so nothing is "
        "found.",
        "Take a field of those events, or give each rule's own field with 'aliases'.",
    ),
    Code(
        "SW272",
        "A correlation counts the values of a field by which it groups",
        "error",
        "Within a group the field has one value, so there are never two to count.",
        "Take the field out of group-by, or count another.",
    ),
)

COUNTS = (SigmaCorrelationType.EVENT_COUNT, SigmaCorrelationType.VALUE_COUNT)


def thresholds(checked: Checked) -> Iterator[Remark]:
    """Thresholds of one, and counts of what groups."""
    for subject, rule in _correlations(checked):
        condition = rule.condition
        if rule.type not in COUNTS or not isinstance(condition, SigmaCorrelationCondition):
            continue
        if condition.op in _LEAST and condition.count < _LEAST[condition.op]:
            place = subject.places("correlation", "condition", condition.op.name.lower())
            message = f"the condition {condition.op.name.lower()}: {condition.count} holds with the first event"
            yield Remark("SW270", place, message, rule=subject.entry.source.stem)
        for name in _counted(rule):
            if name in (rule.group_by or ()):
                place = subject.places("correlation", "condition", "field")
                message = f"{name} is counted within groups of one {name} each"
                yield Remark("SW272", place, message, rule=subject.entry.source.stem)


_LEAST = {SigmaCorrelationConditionOperator.GTE: 2, SigmaCorrelationConditionOperator.GT: 1}
"""The smallest number with which more than one event is asked for."""


def fields(checked: Checked) -> Iterator[Remark]:
    """Fields to group or count by that no platform has in the events of a rule."""
    found = list(_correlations(checked))
    if not found:
        return
    names = [name for name in TARGETS if name != "duckdb" and name in (checked.layout.targets or TARGETS)]
    translators = [load_target(name, checked.layout.pipelines).translator for name in names]
    for subject, rule in found:
        for reference in rule.rules or []:
            if not isinstance(reference.rule, SigmaRule):
                continue
            base = reference.rule
            for name in dict.fromkeys((*(rule.group_by or []), *_counted(rule))):
                real = _alias(rule, reference.reference, base, name)
                if _is_lacking(base, real, translators):
                    key = (
                        ("group-by", (rule.group_by or []).index(name))
                        if name in (rule.group_by or ())
                        else ("condition", "field")
                    )
                    message = f"no platform has {real} in the events of {base.title}"
                    yield Remark("SW271", subject.places("correlation", *key), message, rule=subject.entry.source.stem)


def _correlations(checked: Checked) -> Iterator[tuple[Subject, SigmaCorrelationRule]]:
    for subject in checked.subjects:
        if not isinstance(subject.entry, PackFilter) and isinstance(subject.entry.rule, SigmaCorrelationRule):
            yield subject, subject.entry.rule


def _counted(rule: SigmaCorrelationRule) -> list[str]:
    """The fields of which a correlation counts the values."""
    condition = rule.condition
    named = condition.fieldref if isinstance(condition, SigmaCorrelationCondition) else None
    return list(named) if isinstance(named, list) else [named] if named else []


def _alias(rule: SigmaCorrelationRule, reference: str, base: SigmaRule, name: str) -> str:
    """The rule's own field for a name that the correlation uses."""
    for alias in rule.aliases or ():
        for of, own in alias.mapping.items():
            if alias.alias == name and of.reference in (reference, base.name, str(base.id)):
                return str(own)
    return name


def _is_lacking(base: SigmaRule, name: str, translators: list[Translator]) -> bool:
    """Whether platforms have the rule and none of them the field."""
    having = False
    for translator in translators:
        try:
            translator.translate(base)
        except StagewatchError:
            continue
        having = True
        try:
            translator.map_field(base, name)
        except Unsupported:
            continue
        return False
    return having


CHECKS: tuple[Check, ...] = (thresholds, fields)
