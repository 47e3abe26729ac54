"""What a YARA-L rule is made of, once read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins. Lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Field:
    """``$event.path``, ``$event.path["key"]``, ``any $event.path``."""

    place: Place
    event: str
    path: str
    key: str | None = None
    quantifier: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``$name``."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string, in quotes or back quotes."""

    place: Place
    value: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What stands between slashes."""

    place: Place
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number without a sign."""

    place: Place
    value: int | float


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``."""

    place: Place
    value: bool


@dataclass(frozen=True, slots=True)
class Call:
    """``module.function(...)``."""

    place: Place
    function: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms and the signs between them; one term more than signs."""

    place: Place
    terms: tuple[Operand, ...]
    signs: tuple[str, ...]


Operand = Field | Placeholder | Text | Pattern | Number | Flag | Call | Sum


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; a :class:`Pattern` stands on its right only."""

    place: Place
    last_line: int
    left: Operand
    operator: str
    right: Operand
    nocase: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A function that tells true or false."""

    place: Place
    last_line: int
    call: Call
    nocase: bool


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class And(Generic[T]):
    """Two or more of which all hold."""

    place: Place
    last_line: int
    operands: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Or(Generic[T]):
    """Two or more of which one holds."""

    place: Place
    last_line: int
    operands: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A predicate that does not hold."""

    place: Place
    last_line: int
    operand: Predicate


Atom = Compare | Test
Predicate = Compare | Test | Not | And["Predicate"] | Or["Predicate"]


@dataclass(frozen=True, slots=True)
class Exists:
    """``$e`` in the condition."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Count:
    """``#e >= 3`` or ``#placeholder >= 3``."""

    place: Place
    name: str
    operator: str
    number: int | float


Condition = Exists | Count | And["Condition"] | Or["Condition"]


@dataclass(frozen=True, slots=True)
class Match:
    """``$keys over 5m``, of seconds; ``after`` or ``before`` a pivot, or neither."""

    keys: tuple[Placeholder, ...]
    seconds: int
    direction: str
    pivot: str
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; options are name, value and place."""

    name: str
    place: Place
    meta: tuple[tuple[str, str], ...]
    events: tuple[Predicate, ...]
    match: Match | None
    condition: Condition
    options: tuple[tuple[str, bool, Place], ...]


def atoms(predicate: Predicate) -> Iterator[Atom]:
    """The comparisons and tests in a predicate."""
    match predicate:
        case Compare() | Test():
            yield predicate
        case Not(operand=operand):
            yield from atoms(operand)
        case And(operands=operands) | Or(operands=operands):
            for operand in operands:
                yield from atoms(operand)


def operands(atom: Atom) -> Iterator[Operand]:
    """The operands of a comparison or a test, with what they are made of."""
    tops = (atom.left, atom.right) if isinstance(atom, Compare) else (atom.call,)
    for top in tops:
        yield from parts(top)


def parts(operand: Operand) -> Iterator[Operand]:
    """An operand and all that it is made of."""
    yield operand
    inner = operand.arguments if isinstance(operand, Call) else operand.terms if isinstance(operand, Sum) else ()
    for part in inner:
        yield from parts(part)


def fields(predicate: Predicate) -> Iterator[Field]:
    """The fields that a predicate reads."""
    for atom in atoms(predicate):
        for operand in operands(atom):
            if isinstance(operand, Field):
                yield operand


def placeholders(predicate: Predicate) -> Iterator[Placeholder]:
    """The placeholders that a predicate names."""
    for atom in atoms(predicate):
        for operand in operands(atom):
            if isinstance(operand, Placeholder):
                yield operand


def occurrences(condition: Condition) -> Iterator[Exists | Count]:
    """The terms of a condition."""
    if isinstance(condition, Exists | Count):
        yield condition
    else:
        for operand in condition.operands:
            yield from occurrences(operand)
