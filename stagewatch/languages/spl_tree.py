"""What a Splunk search consists of, as its grammar reads it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the query, counting from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class And(Generic[T]):
    """All terms hold."""

    terms: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Or(Generic[T]):
    """One of the terms holds."""

    terms: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class Not(Generic[T]):
    """The term does not hold."""

    term: T


# --- the search command ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Macro:
    """A name in backquotes, which stands for a base search."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Compare:
    """``field=value`` and its like; ``value`` is unescaped, and its asterisks are wildcards."""

    field: str
    operator: str
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class OneOf:
    """``field IN (...)``; the values are as in :class:`Compare`."""

    field: str
    values: tuple[str, ...]
    place: Place


Search: TypeAlias = "Macro | Compare | OneOf | And[Search] | Or[Search] | Not[Search]"

# --- expressions of where and eval -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its name."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal, unescaped."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal."""

    value: Fraction
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Relation:
    """A comparison, which is true, false or null."""

    operator: str
    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, a product or the like; the dot joins text."""

    operator: str
    left: Expression
    right: Expression
    place: Place


Expression: TypeAlias = (
    "Field | Text | Number | Call | Relation | Arithmetic | And[Expression] | Or[Expression] | Not[Expression]"
)

# --- commands --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchCommand:
    """``search``, said or implied."""

    expression: Search


@dataclass(frozen=True, slots=True)
class Where:
    """``where``."""

    expression: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Eval:
    """``eval``: field and expression, from left to right."""

    assignments: tuple[tuple[Field, Expression], ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field of ``sort``."""

    field: Field
    descending: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """``count`` is how many results are kept; 0 keeps all."""

    count: int
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """``fields``, which keeps what is named or removes it."""

    names: tuple[Field, ...]
    removes: bool


@dataclass(frozen=True, slots=True)
class Table:
    """``table``."""

    names: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """``rename``: old name and new."""

    names: tuple[tuple[Field, Field], ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``function(field) AS name``; ``field`` is None in a bare ``count``."""

    function: str
    field: Field | None
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Streamstats:
    """``window`` is in events, ``time_window`` in seconds; neither is set where the command does not say."""

    aggregates: tuple[Aggregate, ...]
    by: tuple[Field, ...]
    window: int | None = None
    time_window: int | None = None
    together: bool = True
    current: bool = True


@dataclass(frozen=True, slots=True)
class Stats:
    """``stats``."""

    aggregates: tuple[Aggregate, ...]
    by: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Multisearch:
    """``multisearch``."""

    searches: tuple[Pipeline, ...]


Command: TypeAlias = "SearchCommand | Where | Eval | Sort | Fields | Table | Rename | Streamstats | Stats | Multisearch"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands in their order; the first one gives the events."""

    commands: tuple[Command, ...]
