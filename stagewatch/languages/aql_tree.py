"""The tree of an AQL query."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A column, a table or an alias; ``quoted`` in double quotation marks."""

    text: str
    quoted: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the query; ``star`` for ``COUNT(*)``."""

    function: str
    arguments: tuple[Value, ...]
    star: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class If:
    """``IF condition THEN yes ELSE no``."""

    condition: Condition
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True)
class Bool:
    """``AND``, ``OR`` or ``NOT``."""

    word: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values."""

    operator: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Like:
    """``LIKE``, ``ILIKE``, ``MATCHES`` or ``IMATCHES``."""

    word: str
    operand: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class In:
    """``IN``, IBM's short form of several ``OR``."""

    operand: Value
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """``IS NULL``, or ``IS NOT NULL`` where ``negated``."""

    operand: Value
    negated: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """A call that is true or false."""

    call: Call


Value = Name | Literal | Call | If
Condition = Bool | Compare | Like | In | IsNull | Holds


@dataclass(frozen=True, slots=True)
class Item:
    """What a search shows in one column."""

    value: Value
    alias: Name | None


@dataclass(frozen=True, slots=True)
class Search:
    """A ``SELECT``; ``seconds`` is its time window."""

    items: tuple[Item, ...]
    source: Name | Search
    where: Condition | None = None
    group: tuple[Name, ...] = ()
    having: Condition | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """The condition of a search alone, as QRadar's rule wizard takes it ("when the event matches this AQL filter")."""

    condition: Condition
