"""Rules beside rules: the same asked twice, or one rule's hits all found by another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.implication import implies
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wider import Wider
from stagewatch.pack import PackRule

CODES = (
    Code(
        "SW260",
        "Two rules find the same events",
        "warning",
        "Each event raises two alerts, and a change of one rule leaves the other behind.",
        "Keep one of them, and name the other in its 'related'.",
    ),
    Code(
        "SW261",
        "Whatever this rule finds, another finds as well",
        "note",
        "Each of its events raises two alerts. Where that is meant, as with a narrow rule of a higher level, "
        "'related' says so.",
        "Name the other rule in 'related', or leave the narrow case out of the wide rule.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Rule:
    asked: Asked
    rule: SigmaRule
    expression: ex.Expression


def overlaps(checked: Checked) -> Iterator[Remark]:
    """Pairs of rules on one log source of which the one follows from the other."""
    by_source: dict[tuple[str | None, ...], list[_Rule]] = defaultdict(list)
    for asked in asked_by(checked):
        entry, expression = asked.subject.entry, asked.tree.expression
        if isinstance(entry, PackRule) and isinstance(entry.rule, SigmaRule) and expression is not None:
            source = asked.source
            by_source[source.product, source.category, source.service].append(_Rule(asked, entry.rule, expression))
    bases = _bases(checked)
    for rules in by_source.values():
        index = Wider([rule.expression for rule in rules])
        for place, one in enumerate(rules):
            candidates = [other for other in index.candidates(one.expression) if other != place]
            yield from _of_rule(place, candidates, rules, bases)


def _of_rule(place: int, candidates: list[int], rules: list[_Rule], bases: frozenset[int]) -> Iterator[Remark]:
    one = rules[place]
    title = Node("and", ("title",))
    for number in candidates:
        other = rules[number]
        if not implies(one.expression, other.expression):
            continue
        named = f"{other.rule.title} ({other.asked.subject.entry.source.path})"
        if implies(other.expression, one.expression):
            if number < place:
                yield one.asked.remark("SW260", title, f"the rule finds the same events as {named}")
        elif not _related(one.rule, other.rule) and not {id(one.rule), id(other.rule)} & bases:
            yield one.asked.remark("SW261", title, f"whatever the rule finds, {named} finds as well")
            return  # one is enough to think of


def _bases(checked: Checked) -> frozenset[int]:
    """The rules that correlations count: they are wide so that there is something to count."""
    found = (entry.rule for entry in checked.pack.rules if isinstance(entry.rule, SigmaCorrelationRule))
    return frozenset(id(reference.rule) for rule in found for reference in rule.rules or [])


def _related(one: SigmaRule, other: SigmaRule) -> bool:
    """Whether either rule names the other, so that somebody has thought of it."""
    return other.id in _named(one) or one.id in _named(other)


def _named(rule: SigmaRule) -> list[object]:
    return [item.id for item in rule.related.related] if rule.related else []


CHECKS: tuple[Check, ...] = (overlaps,)
