"""Correlations in DuckDB: window functions over the events that the rules find, sliding exactly, without a join.

A frame ``RANGE BETWEEN INTERVAL n SECONDS PRECEDING AND CURRENT ROW`` holds the events of the timespan up to each
event, those of the same instant included, and ``count(DISTINCT ...)`` counts in a frame too ("Window functions"). For
an order of rules no frame is needed: of all chains that end at an event, the one that starts last is the shortest,
and its start is the latest one among the events before. So each rule costs one sort of what the rules find, however
busy a host is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.targets.duckdb import DuckdbRenderer, column

OWN_COLUMNS = frozenset(
    {"event_time", "position", "rule", "value", "count", "first_seen", "last_seen", "begins", "burst"}
)
"""Columns of the query itself, beside those that begin with ``start``; a group key of such a name gets another one."""


def correlation_text(correlation: Correlation, renderer: DuckdbRenderer) -> str:
    """The query: one row for each burst of a group.

    A window that is a hit is told by its last event, and hits at most a timespan apart are one burst. ``first_seen``
    and ``last_seen`` are the first and the last event in it. ``count`` is the most that one timespan of it holds:
    distinct values of a ``value_count``, else events; one that two rules of a temporal correlation match counts for
    both.
    """
    return _DuckdbWriter(correlation, key_columns(correlation.keys), renderer).text()


def key_columns(keys: tuple[str, ...]) -> tuple[str, ...]:
    """A quoted name for each key, apart from all others whatever their case."""
    return tuple(_key_columns(keys))


def _key_columns(keys: tuple[str, ...]) -> Iterator[str]:
    taken = set(OWN_COLUMNS)
    for number, key in enumerate(keys, 1):
        name = f"key{number}_{key}" if key.lower() in taken or key.lower().startswith("start") else key
        taken.add(name.lower())
        yield column(name)


@dataclass(frozen=True, slots=True)
class Writer(ABC):
    """Writes a chain of tables, each made of the one before. A dialect of SQL says where the events come from and how
    those of a timespan are counted."""

    correlation: Correlation
    keys: tuple[str, ...]

    @abstractmethod
    def found(self) -> str:
        """The events of all rules that carry the group keys, with ``event_time`` and ``position``; ``rule`` where rules
        are told apart, else an event that two rules match is there once."""

    @abstractmethod
    def sized(self, name: str, latest: list[str]) -> Iterator[tuple[str, str]]:
        """Tables up to the named one: the events with ``count``, what the timespan up to each holds, and ``latest``
        (columns over :attr:`before`), or without these ``start``, the first event of the timespan."""

    def tables(self) -> Iterator[tuple[str, str]]:
        """From the events of the rules (``found``) to the hits with the number of their burst (``bursts``)."""
        yield "found", self.found()
        yield from self._windows()
        yield "bursts", self._bursts()

    def _windows(self) -> Iterator[tuple[str, str]]:
        """From the events to those at which a window ends that is a hit, with its first event."""
        match self.correlation.kind:
            case "event_count" | "value_count":
                yield from self.sized("counted", [])
                yield "hits", self._hits("counted", '"start"', f'"count" >= {self.least}')
            case "temporal":
                yield from self.sized("counted", [_latest("event_time", number) for number in self._numbers])
                starts = [f'"start_{number}"' for number in self._numbers]
                within = "\n  AND ".join(f"{start} >= {self._earliest}" for start in starts)
                yield "hits", self._hits("counted", f"least({', '.join(starts)})", within)
            case "temporal_ordered":
                yield from self.sized("step_1", [_latest("event_time", 1)])
                for number in self._numbers[1:]:
                    start = _latest(f"start_{number - 1}", number)
                    yield f"step_{number}", self.select(f"step_{number - 1}", [start], [self.before])
                last = self._numbers[-1]
                within = f'"rule" = {last}\n  AND "start_{last}" >= {self._earliest}'
                yield "hits", self._hits(f"step_{last}", f'"start_{last}"', within)

    def select(self, source: str, more: list[str], windows: list[str]) -> str:
        """A table with columns over named windows added."""
        return f"SELECT *,\n  {f',{chr(10)}  '.join(more)}\nFROM {source}\nWINDOW {f',{chr(10)}  '.join(windows)}"

    def _hits(self, source: str, first: str, condition: str) -> str:
        """A burst begins more than the timespan after the hit before; ``lag`` sees what the condition leaves."""
        begins = f'{self._earliest} > lag("event_time") OVER ({self.partition}ORDER BY "event_time")'
        return f'SELECT *,\n  {first} AS "first_seen",\n  {begins} AS "begins"\nFROM {source}\nWHERE {condition}'

    def _bursts(self) -> str:
        number = f'count(CASE WHEN "begins" THEN 1 END) OVER ({self.partition}ORDER BY "event_time")'
        return f'SELECT *,\n  {number} AS "burst"\nFROM hits'

    @property
    def tells_rules(self) -> bool:
        """Whether an event is there once for each rule that it matches."""
        return self.correlation.kind.startswith("temporal")

    @property
    def _numbers(self) -> range:
        return range(1, len(self.correlation.branches) + 1)

    @property
    def partition(self) -> str:
        return f"PARTITION BY {', '.join(self.keys)} " if self.keys else ""

    @property
    def timespan(self) -> str:
        return f"INTERVAL {self.correlation.seconds} SECONDS"

    @property
    def least(self) -> str:
        """What a timespan must hold."""
        return str(self.correlation.at_least)

    @property
    def _earliest(self) -> str:
        return f'"event_time" - {self.timespan}'

    @property
    def before(self) -> str:
        """All events up to an event, those of the same instant included."""
        frame = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        return f'before AS ({self.partition}ORDER BY "event_time" {frame})'


@dataclass(frozen=True, slots=True)
class _DuckdbWriter(Writer):
    renderer: DuckdbRenderer

    def text(self) -> str:
        keys = "".join(f"{key}, " for key in self.keys)
        return (
            f'WITH {named_tables(self.tables())}\nSELECT {keys}min("first_seen") AS "first_seen", '
            'max("event_time") AS "last_seen", max("count") AS "count"\n'
            f'FROM bursts\nGROUP BY {keys}"burst"\nORDER BY "first_seen"'
        )

    def found(self) -> str:
        branches = enumerate(self.correlation.branches, 1)
        join = "\nUNION ALL\n" if self.tells_rules else "\nUNION\n"
        return join.join(self._events(number, branch) for number, branch in branches)

    def _events(self, number: int, branch: Branch) -> str:
        shown = [f"{column(field)} AS {key}" for field, key in zip(branch.keys, self.keys, strict=True)]
        needed = ["event_time", *branch.keys]  # without a time an event is in no timespan
        if branch.value is not None:
            shown.append(f'lower({column(branch.value)}) AS "value"')  # one file name in two cases is one value
            needed.append(branch.value)
        if self.tells_rules:
            shown.append(f'{number} AS "rule"')
        carried = (ex.Present(field) for field in dict.fromkeys(needed))
        clauses = self.renderer.from_where(ex.conjunction(branch.query.expression, *carried))
        return f"SELECT {', '.join(['event_time', 'position', *shown])}\n{clauses}"

    def sized(self, name: str, latest: list[str]) -> Iterator[tuple[str, str]]:
        counted = 'DISTINCT "value"' if self.correlation.kind == "value_count" else "*"
        count = f'count({counted}) OVER span AS "count"'
        if latest:
            yield name, self.select("found", [count, *latest], [self._span, self.before])
        else:
            yield name, self.select("found", [count, 'min("event_time") OVER span AS "start"'], [self._span])

    @property
    def _span(self) -> str:
        """The timespan up to an event."""
        frame = f"RANGE BETWEEN {self.timespan} PRECEDING AND CURRENT ROW"
        return f'span AS ({self.partition}ORDER BY "event_time" {frame})'


def _latest(time: str, rule: int) -> str:
    """The latest such time among the events of a rule so far; NULL where there is none."""
    return f'max(CASE WHEN "rule" = {rule} THEN "{time}" END) OVER before AS "start_{rule}"'


def named_tables(tables: Iterable[tuple[str, str]]) -> str:
    """What stands behind WITH."""
    return ",\n".join(f"{name} AS (\n{_indented(body)}\n)" for name, body in tables)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
