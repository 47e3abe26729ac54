"""A Sigma correlation, resolved for one platform: what each target's correlation emitter starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.rule import SigmaRule

from stagewatch.findings import Unsupported
from stagewatch.translation import Query, Translator

Kind = Literal["event_count", "value_count", "temporal", "temporal_ordered"]

_KINDS: dict[SigmaCorrelationType, Kind] = {
    SigmaCorrelationType.EVENT_COUNT: "event_count",
    SigmaCorrelationType.VALUE_COUNT: "value_count",
    SigmaCorrelationType.TEMPORAL: "temporal",
    SigmaCorrelationType.TEMPORAL_ORDERED: "temporal_ordered",
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One rule that a correlation refers to.

    ``label`` is an identifier made of ``[a-z0-9_]``, unique in the correlation. ``keys`` are the platform's fields
    for the correlation's group-by, in its order. ``value`` is the platform's field whose distinct values count.
    """

    label: str
    query: Query
    keys: tuple[str, ...]
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """What a target must find.

    ``event_count``: at least ``at_least`` events of the branches per group, within ``seconds``.
    ``value_count``: at least ``at_least`` distinct values of the branches' ``value``.
    ``temporal``: at least one event of each branch, in any order. ``temporal_ordered``: in the order of the branches;
    events at the same instant are in order. The window slides: the span from the first to the last event of a hit is at
    most ``seconds``. Events that lack a group key take no part. ``keys`` are identifiers for the group-by fields.
    ``title`` is the rule's, for languages in which a query has a name.
    """

    kind: Kind
    branches: tuple[Branch, ...]
    keys: tuple[str, ...]
    seconds: int
    at_least: int
    title: str = ""

    @property
    def degraded(self) -> tuple[str, ...]:
        """What the branches no longer see, each reason once."""
        return tuple(dict.fromkeys(reason for branch in self.branches for reason in branch.query.degraded))


def resolve(rule: SigmaCorrelationRule, translator: Translator) -> Correlation:
    """Resolve a correlation whose rule references pySigma has resolved. Raises :class:`Unsupported`."""
    kind = _KINDS.get(rule.type)
    if kind is None:
        raise Unsupported(f"the correlation type {rule.type.name.lower()} is not supported")
    references = rule.rules or []
    branches = tuple(
        _branch(rule, index, reference.reference, reference.rule, translator)
        for index, reference in enumerate(references)
    )
    if not branches:
        raise Unsupported("the correlation refers to no rule")
    if kind.startswith("temporal") and len(branches) < 2:
        raise Unsupported(f"a {kind} correlation needs at least two rules")
    return Correlation(
        kind=kind,
        branches=branches,
        keys=tuple(_unique_names(rule.group_by or [])),
        seconds=rule.timespan.seconds,
        at_least=_at_least(rule, kind),
        title=rule.title or "",
    )


def _branch(
    rule: SigmaCorrelationRule, index: int, reference: str, referenced: object, translator: Translator
) -> Branch:
    if not isinstance(referenced, SigmaRule):
        raise Unsupported(f"the correlation refers to {reference}, itself a correlation; chains are not supported")
    aliases = {
        alias.alias: name
        for alias in rule.aliases
        for target, name in alias.mapping.items()
        if target.reference in (referenced.name, str(referenced.id))
    }
    value = rule.condition.fieldref if isinstance(rule.condition, SigmaCorrelationCondition) else None
    if isinstance(value, list):
        raise Unsupported("counting the values of several fields at once is not supported")

    def mapped(name: str) -> str:
        return translator.map_field(referenced, aliases.get(name, name))

    return Branch(
        label=f"r{index + 1}_{_identifier(referenced.name or referenced.title)}"[:60],
        query=translator.translate(referenced),
        keys=tuple(map(mapped, rule.group_by or [])),
        value=mapped(value) if value is not None else None,
    )


def _at_least(rule: SigmaCorrelationRule, kind: Kind) -> int:
    condition = rule.condition
    if kind.startswith("temporal"):
        trivial = isinstance(condition, SigmaCorrelationCondition) and (
            condition.op is SigmaCorrelationConditionOperator.GTE and condition.count == len(rule.rules or [])
        )
        if not trivial:
            raise Unsupported("a temporal correlation with a condition of its own is not supported")
        return 1
    if not isinstance(condition, SigmaCorrelationCondition):
        raise Unsupported("an extended condition is supported for no correlation type")
    match condition.op:
        case SigmaCorrelationConditionOperator.GTE:
            count = condition.count
        case SigmaCorrelationConditionOperator.GT:
            count = condition.count + 1
        case other:
            raise Unsupported(
                f"the correlation condition {other.name.lower()} is not supported: "
                "only 'gte' and 'gt' name a burst that a sliding window can point to"
            )
    if count < 1:
        raise Unsupported("a correlation must ask for at least one event")
    return count


def _identifier(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "rule"


def _unique_names(names: list[str]) -> list[str]:
    """Identifiers for the group-by fields: the rule's own names where they are plain words."""
    taken: list[str] = []
    for index, name in enumerate(names):
        word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or f"key{index + 1}"
        if not word[0].isalpha():
            word = f"key_{word}"
        taken.append(word if word not in taken else f"{word}_{index + 1}")
    return taken
