"""Evaluates the predicates of YARA-L on UDM events.

Google SecOps documentation: "Match section syntax" (an absent field reads as the zero value of its type), "Expressions,
operators, and constructs" (``=`` tells upper from lower case unless ``nocase``), "Repeated fields" of "YARA-L 2.0
language syntax" (an event is told once for each element, and in each telling the field is that element; ``any`` and
``all`` look at the whole list instead).

Open questions, and how they are read here: a repeated field without elements is told once, as its zero value; ``any``
of no elements is false, ``all`` of none true; ``nocase`` folds all of Unicode; a value that a parser wrote as ``-`` is
a value like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from operator import add, ge, gt, le, lt, mul, sub
from typing import Any

from stagewatch.languages.base import Event, Problem, QueryError, Schema, Value
from stagewatch.languages.yaral_functions import call, found
from stagewatch.languages.yaral_plan import Plan
from stagewatch.languages.yaral_tree import (
    And,
    Atom,
    Call,
    Field,
    Not,
    Operand,
    Or,
    Pattern,
    Placeholder,
    Predicate,
    Sum,
    Test,
    fields,
    operands,
    parts,
)
from stagewatch.languages.yaral_udm import Kind, kind

SECONDS = "metadata.event_timestamp.seconds"

ORDER = {"<": lt, "<=": le, ">": gt, ">=": ge}
ARITHMETIC = {"+": add, "-": sub, "*": mul}

VALUES = ("value", "value.string_value")
"""What holds the values beside the keys of labels and of a map."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One event, with one element of each repeated field that the rule reads."""

    position: int
    event: Event
    elements: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names stand for: events by variable, placeholders, and the element that ``any`` or ``all`` is at."""

    schema: Schema
    events: Mapping[str, Telling]
    placeholders: Mapping[str, Value] = field(default_factory=dict)
    element: tuple[Field, Value] | None = None


def tellings(taken: Plan, variable: str, events: Sequence[Event], schema: Schema) -> Iterator[Scope]:
    """Each telling of each event that satisfies what the rule says of a variable alone, with its placeholders."""
    roots = _roots(taken, variable, schema)
    for position, event in enumerate(events):
        sizes = [range(max(1, _size(event, root))) for root in roots]
        for elements in product(*sizes):
            scope = Scope(schema, {variable: Telling(position, event, dict(zip(roots, elements, strict=True)))})
            if all(holds(predicate, scope) for predicate in taken.filters[variable]):
                values = _values(taken, variable, scope)
                if values is not None:
                    yield replace(scope, placeholders=values)


def _values(taken: Plan, variable: str, scope: Scope) -> dict[str, Value] | None:
    """What the placeholders stand for, or nothing where one would have to be two values."""
    values: dict[str, Value] = {}
    for binding in taken.bindings[variable]:
        value = _value(binding.operand, scope)
        if values.setdefault(binding.name, value) != value:
            return None
    return values


def _roots(taken: Plan, variable: str, schema: Schema) -> list[str]:
    read = [one for predicate in (*taken.filters[variable], *taken.joins) for one in fields(predicate)]
    read += [one for binding in taken.bindings[variable] for one in parts(binding.operand) if isinstance(one, Field)]
    plain = [one for one in read if one.event == variable and not one.quantifier and one.key is None]
    return sorted({kind(schema, one.path).root for one in plain} - {""})


def _size(event: Event, root: str) -> int:
    lists = [
        value
        for path, value in event.record.items()
        if isinstance(value, list) and (path == root or path.startswith(f"{root}."))
    ]
    return max(map(len, lists), default=0)


def holds(predicate: Predicate, scope: Scope) -> bool:
    """Whether a predicate that was checked holds."""
    match predicate:
        case And(operands=inside):
            return all(holds(one, scope) for one in inside)
        case Or(operands=inside):
            return any(holds(one, scope) for one in inside)
        case Not(operand=inside):
            return not holds(inside, scope)
        case _:
            return _atom(predicate, scope)


def _atom(atom: Atom, scope: Scope) -> bool:
    quantified = next((one for one in operands(atom) if isinstance(one, Field) and one.quantifier), None)
    if quantified is None:
        return _holds(atom, scope)
    tests = (_holds(atom, replace(scope, element=(quantified, element))) for element in _elements(quantified, scope))
    return any(tests) if quantified.quantifier == "any" else all(tests)


def _holds(atom: Atom, scope: Scope) -> bool:
    if isinstance(atom, Test):
        return bool(_call(atom.call, scope, nocase=atom.nocase))
    left: Any = _value(atom.left, scope)
    if isinstance(atom.right, Pattern):
        return found(atom.right.value, left, nocase=atom.nocase) == (atom.operator == "=")
    right: Any = _value(atom.right, scope)
    if atom.operator in ORDER:
        return bool(ORDER[atom.operator](left, right))
    if atom.nocase:
        left, right = left.lower(), right.lower()
    return bool(left == right) == (atom.operator == "=")


def _value(operand: Operand, scope: Scope) -> Value:
    match operand:
        case Field():
            return _field(operand, scope)
        case Placeholder(name=name):
            return scope.placeholders[name]
        case Call():
            return _call(operand, scope)
        case Sum(terms=terms, signs=signs):
            total: Any = _value(terms[0], scope)
            for sign, term in zip(signs, terms[1:], strict=True):
                total = ARITHMETIC[sign](total, _value(term, scope))
            return total  # type: ignore[no-any-return]
        case _:
            return operand.value


def _call(operand: Call, scope: Scope, *, nocase: bool = False) -> Value:
    return call(operand.function, [_value(one, scope) for one in operand.arguments], nocase=nocase)


def _field(operand: Field, scope: Scope) -> Value:
    if scope.element and scope.element[0] == operand:
        return scope.element[1]
    telling = scope.events[operand.event]
    record, stated = telling.event.record, kind(scope.schema, operand.path, operand.key)
    if operand.key is not None:
        return _keyed(record, operand.path, operand.key)
    if operand.path == SECONDS and SECONDS not in record:
        return int(telling.event.time.timestamp())
    value = record.get(operand.path)
    if not stated.root:
        return _single(operand.path, value, stated)
    elements, position = _list(value), telling.elements[stated.root]
    return elements[position] if position < len(elements) else stated.zero


def _single(path: str, value: Value, stated: Kind) -> Value:
    if isinstance(value, list):
        raise QueryError(Problem(f"an event with several values of {path}, which is not repeated"))
    return stated.zero if value is None else value


def _keyed(record: Mapping[str, Value], path: str, key: str) -> Value:
    keys = _list(record.get(f"{path}.key"))
    values = next((_list(record[f"{path}.{name}"]) for name in VALUES if f"{path}.{name}" in record), [])
    return dict(zip(map(str, keys), values, strict=False)).get(key, "")


def _list(value: Value) -> list[Value]:
    return [*value] if isinstance(value, list) else [] if value is None else [value]


def _elements(operand: Field, scope: Scope) -> list[Any]:
    return _list(scope.events[operand.event].event.record.get(operand.path))
