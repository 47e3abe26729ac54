"""The tree of a Cloud SIEM rule expression, and of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of the schema, or a raw key (``fields['EventData.X']``)."""

    name: str
    raw: bool
    line: int
    column: int

    @property
    def key(self) -> str:
        """Where a record holds it."""
        return f"fields.{self.name}" if self.raw else self.name


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, or true or false."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the rules language."""

    function: str
    arguments: tuple[Value, ...]
    line: int
    column: int


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
class In:
    """A value in a list of literals."""

    operand: Value
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """``like``, ``rlike``, or ``matches`` a wildcard pattern (``glob``) or a regular expression (``regex``)."""

    word: str
    operand: Value
    pattern: str
    escape: str = "\\"


@dataclass(frozen=True, slots=True)
class Holds:
    """A call that is true or false."""

    call: Call


Value = Field | Literal | Call
Condition = Bool | Compare | In | Match | Holds


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its JSON says: what must match how often, per which fields, in which time."""

    kind: str
    expressions: tuple[Condition, ...]
    limits: tuple[int, ...] = (1,)
    distinct: Field | None = None
    group: tuple[tuple[str, Field], ...] = ()
    entities: tuple[tuple[str, Field], ...] = ()
    ordered: bool = False
    window: timedelta = timedelta()


def parts(condition: Condition) -> Sequence[Condition]:
    """The conditions that ``AND``, ``OR`` and ``NOT`` join."""
    if isinstance(condition, Bool):
        return [part for inner in condition.parts for part in parts(inner)]
    return [condition]
