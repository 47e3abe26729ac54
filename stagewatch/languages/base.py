"""What every language module offers, and the plain data that goes in and comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

Value = str | int | float | bool | datetime | list[str] | None

Schema = Mapping[str, Mapping[str, str]]
"""Table, index or record type -> column -> type, in the platform's own words."""


@dataclass(frozen=True, slots=True)
class Event:
    """One record as a platform holds it.

    ``source`` is the table, index, data stream or record type in which the platform keeps it. ``record`` is flat:
    nested names are joined by dots. A column that is absent is one that the record does not carry. ``time`` is in UTC.
    ``raw`` is the text that a search without a field looks at.
    """

    time: datetime
    source: str
    record: Mapping[str, Value]
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a parser or a check has against a query. Lines and columns count from 1."""

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        return f"{place}{self.message}"


class QueryError(Exception):
    """A query that cannot be read or run; never half of it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gives.

    A query on single events gives ``events``, their positions in what was given to it. One that groups or joins events
    gives ``rows``: what stands in each row of its answer, and the positions are not told.
    """

    events: frozenset[int] = frozenset()
    rows: tuple[Mapping[str, Value], ...] = ()


class Language(ABC):
    """One query language of one vendor."""

    name: ClassVar[str]
    """As its vendor calls it, such as ``KQL``."""

    parser: ClassVar[str]
    """Who wrote the parser: ``vendor``, ``third party`` or ``own grammar``."""

    engine: ClassVar[str]
    """What evaluates queries, in a few words, such as ``duckdb-kql on DuckDB``."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """Package -> version of everything that parses, checks and runs."""

    @abstractmethod
    def parse(self, query: str) -> list[Problem]:
        """What is wrong with the syntax; nothing where the parser accepts the whole query."""

    @abstractmethod
    def check(self, query: str, schema: Schema) -> list[Problem]:
        """Unknown tables, columns, functions and types, for a query that parses."""

    @abstractmethod
    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        """Run a query on events. Raises :class:`QueryError` for what the engine cannot read or does not know."""
