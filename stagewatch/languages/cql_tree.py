"""What a CQL query says, as plain data; :mod:`stagewatch.languages.cql_parser` builds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins; lines and columns count from 1."""

    line: int
    column: int


# --- patterns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Glob:
    """Text in which ``*`` stands for any run of characters, quoted or not."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Regex:
    """What stands between two slashes, and the flags behind them."""

    source: str
    flags: str
    place: Place


Pattern = Glob | Regex


# --- filters ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Equal:
    """``field = pattern`` or, negated, ``field != pattern``."""

    field: str
    pattern: Pattern
    negated: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Like:
    """``field like pattern``: the pattern somewhere in the field."""

    field: str
    pattern: Glob
    place: Place


@dataclass(frozen=True, slots=True)
class Order:
    """``field < number`` and its like."""

    field: str
    operator: str
    number: float
    place: Place


@dataclass(frozen=True, slots=True)
class FreeText:
    """A pattern without a field."""

    pattern: Pattern
    quoted: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Constant:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT filter``."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class Every:
    """Filters joined by ``AND``, written or not."""

    operands: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Filters joined by ``OR``."""

    operands: tuple[Filter, ...]


Filter = Equal | Like | Order | FreeText | Constant | Not | Every | Some


# --- expressions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bare:
    """A word without quotes: by its context the value of a field, the name of one, or a word such as ``max``."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Quoted:
    """A word in quotes: a value in an expression, a name where a parameter takes the name of a field."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``!x``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison or a computation."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, with its name where it is written."""

    name: str | None
    value: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Argument, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Array:
    """``[a, b]``."""

    items: tuple[Expression | Assign, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Subquery:
    """``{ pipeline }`` as an argument."""

    pipeline: Pipeline
    place: Place


Expression = Bare | Quoted | Unary | Binary | Call | Array | Subquery


# --- steps -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Where:
    """A filter as a step."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class Apply:
    """A function as a step, or the negation of one that filters."""

    call: Call
    negated: bool


@dataclass(frozen=True, slots=True)
class Assign:
    """``field := expression``."""

    field: str
    value: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """``case { pipeline; pipeline }``."""

    branches: tuple[Pipeline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """``field <=> other.field`` in a query of ``correlate()``."""

    field: str
    other: str
    place: Place


@dataclass(frozen=True, slots=True)
class Node:
    """A named query of ``correlate()``; ``include`` is ``None`` where it says ``*``."""

    name: str
    pipeline: Pipeline
    include: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Correlate:
    """``correlate(name: {...}, ..., option=value, ...)``."""

    nodes: tuple[Node, ...]
    options: tuple[Argument, ...]
    place: Place


Step = Where | Apply | Assign | Case | Link | Correlate
Pipeline = tuple[Step, ...]


def filters(node: Filter) -> Iterator[Filter]:
    """A filter and all filters in it."""
    yield node
    match node:
        case Not(operand):
            yield from filters(operand)
        case Every(operands) | Some(operands):
            for operand in operands:
                yield from filters(operand)
        case _:
            pass


def expressions(node: Expression) -> Iterator[Expression]:
    """An expression and all expressions in it, without those in subqueries."""
    yield node
    match node:
        case Unary(_, operand):
            yield from expressions(operand)
        case Binary(_, left, right):
            yield from expressions(left)
            yield from expressions(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from expressions(argument.value)
        case Array(items):
            for item in items:
                yield from expressions(item.value if isinstance(item, Assign) else item)
        case _:
            pass
