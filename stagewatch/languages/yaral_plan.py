"""A rule taken apart: what holds of one event, what joins several, and what placeholders stand for.

Google SecOps documentation, "YARA-L 2.0 language syntax" and "Events section syntax": a placeholder is given a value
by an equality with a field or a function of one, in the events section; each further equality of the same placeholder
joins. That only predicates of their own do so, and none inside ``or`` or ``not``, is our reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stagewatch.languages.yaral_tree import (
    And,
    Call,
    Compare,
    Field,
    Operand,
    Place,
    Placeholder,
    Predicate,
    Rule,
    fields,
    parts,
    placeholders,
)


@dataclass(frozen=True, slots=True)
class Binding:
    """``$name = operand``, of one event variable."""

    place: Place
    name: str
    event: str
    operand: Operand
    nocase: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """``filters`` and ``bindings`` are by event variable, in the order of the rule; ``joins`` need several of them."""

    rule: Rule
    variables: tuple[str, ...]
    filters: Mapping[str, Sequence[Predicate]]
    bindings: Mapping[str, Sequence[Binding]]
    joins: Sequence[Predicate]

    def bound(self, name: str) -> list[Binding]:
        """Where a placeholder gets its value."""
        return [binding for group in self.bindings.values() for binding in group if binding.name == name]


@lru_cache(maxsize=512)
def plan(rule: Rule) -> Plan:
    """The parts of a rule, checked or not."""
    conjuncts = [part for predicate in rule.events for part in _conjuncts(predicate)]
    names = dict.fromkeys(field.event for predicate in conjuncts for field in fields(predicate))
    filters: dict[str, list[Predicate]] = {name: [] for name in names}
    bindings: dict[str, list[Binding]] = {name: [] for name in names}
    joins: list[Predicate] = []
    for predicate in conjuncts:
        events = {field.event for field in fields(predicate)}
        if binding := _binding(predicate):
            bindings[binding.event].append(binding)
        elif len(events) == 1 and not any(placeholders(predicate)):
            filters[events.pop()].append(predicate)
        else:
            joins.append(predicate)
    return Plan(rule, tuple(names), filters, bindings, joins)


def _conjuncts(predicate: Predicate) -> Iterator[Predicate]:
    if isinstance(predicate, And):
        for operand in predicate.operands:
            yield from _conjuncts(operand)
    else:
        yield predicate


def _binding(predicate: Predicate) -> Binding | None:
    if not isinstance(predicate, Compare) or predicate.operator != "=":
        return None
    for name, operand in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
        inside = list(parts(operand))
        events = {part.event for part in inside if isinstance(part, Field)}
        if (
            isinstance(name, Placeholder)
            and isinstance(operand, Field | Call)
            and len(events) == 1
            and not any(isinstance(part, Placeholder) for part in inside)
        ):
            return Binding(predicate.place, name.name, events.pop(), operand, predicate.nocase)
    return None
