"""Correlations in Spark SQL: the tables of the target ``duckdb``, with windows that Spark computes in one pass.

Spark computes a frame that slides anew for each event, so that a busy host costs the square of its events, and it has
no ``count(DISTINCT ...)`` over a window. Here each event enters at its time and leaves when the timespan after it is
over; both are rows, in order of time, and what the timespan holds is a running sum (``steps``). A value of a
``value_count`` enters where it was not there already, and leaves where it does not come again in time.

A session must take names in double quotes (``spark.sql.ansi.doubleQuotedIdentifiers``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stagewatch.correlation import Correlation, Kind
from stagewatch.hunt.results import MEMBERS
from stagewatch.hunt.spark_sql import lower, name
from stagewatch.targets.duckdb_correlation import Writer, named_tables


@dataclass(frozen=True, slots=True)
class Joined:
    """A correlation to ask: its number in the plan, and the numbers of its rules' conditions."""

    place: int
    correlation: Correlation
    numbers: tuple[int, ...]

    @property
    def form(self) -> tuple[Kind, int]:
        """What makes the query: the kind, and for those that tell rules apart how many there are."""
        kind = self.correlation.kind
        return kind, len(self.numbers) if kind.startswith("temporal") else 0


def joined_text(asked: Iterable[Joined], table: str) -> str:
    """The events that take part in correlations, one row for each correlation and rule: ``joined`` (the correlation's
    number), ``keys`` (the values of its group keys), ``timespan``, ``at_least``, ``rule`` (from 1) and ``value``.

    ``table`` holds the events; its column ``hunt_hits`` is an array of the numbers of the conditions that hold.
    """
    events = ",\n  ".join(event for one in asked for event in _events(one))
    return f"SELECT event_time, position, inline(array_compact(array(\n  {events}\n)))\nFROM {table}"


def members_texts(asked: Iterable[Joined], table: str) -> Iterator[str]:
    """A query for all correlations of a form: one row for each member of a burst, up to :data:`results.MEMBERS`.

    ``table`` holds the rows of :func:`joined_text`. The columns are ``hunt_joined`` (the correlation's number) and, of
    the burst, ``hunt_keys``, ``hunt_first``, ``hunt_last``, ``hunt_count`` and ``hunt_total``; of the member,
    ``position`` and ``hunt_branch`` (from 0).
    """
    forms: dict[tuple[Kind, int], list[Joined]] = {}
    for one in asked:
        forms.setdefault(one.form, []).append(one)
    for some in forms.values():
        places = tuple(one.place for one in some)
        yield _SparkWriter(some[0].correlation, ('"joined"', '"keys"'), table, places).text()


def _events(joined: Joined) -> Iterator[str]:
    """For each rule what takes part of an event; NULL where the rule does not match or a key is missing."""
    correlation = joined.correlation
    for rule, (branch, number) in enumerate(zip(correlation.branches, joined.numbers, strict=True), 1):
        keys = f"CAST(array({', '.join(map(name, branch.keys))}) AS ARRAY<STRING>)"
        needed = ["event_time", *branch.keys, *([branch.value] if branch.value is not None else [])]
        carried = (f"{name(field)} IS NOT NULL" for field in dict.fromkeys(needed))
        value = lower(name(branch.value)) if branch.value is not None else "CAST(NULL AS STRING)"
        yield (
            f"CASE WHEN {' AND '.join([f'array_contains(hunt_hits, {number})', *carried])} "
            f"THEN named_struct('joined', {joined.place}, 'keys', {keys}, "
            f"'timespan', INTERVAL '{correlation.seconds}' SECOND, 'at_least', {correlation.at_least}, "
            f"'rule', {rule}, 'value', {value}) END"
        )


@dataclass(frozen=True, slots=True)
class _SparkWriter(Writer):
    """Writes for several correlations at once: what tells them apart are columns, ``joined`` and ``keys`` as well as
    ``timespan`` and ``at_least``. So the plan is no longer for a hundred than for one."""

    table: str
    places: tuple[int, ...]

    def text(self) -> str:
        return (
            f"WITH {named_tables([*self.tables(), *self._members()])}\n"
            'SELECT "joined" AS hunt_joined, "keys" AS hunt_keys, "burst_first" AS hunt_first, '
            '"burst_last" AS hunt_last, "burst_count" AS hunt_count, "total" AS hunt_total, "position", '
            f'"rule" - 1 AS hunt_branch\nFROM members\nWHERE "number" <= {MEMBERS}'
        )

    def tables(self) -> Iterator[tuple[str, str]]:
        """Before those of every dialect: the events of each rule (``joined``)."""
        places = ", ".join(map(str, self.places))
        yield "joined", f'SELECT *\nFROM {self.table}\nWHERE "joined" IN ({places})'
        yield from super(
            _SparkWriter, self
        ).tables()  # a dataclass with slots is made anew, which super() does not know

    def found(self) -> str:
        if self.tells_rules:
            return "SELECT *\nFROM joined"
        return f"SELECT DISTINCT {', '.join(['event_time', 'position', *self._carried, *self._value])}\nFROM joined"

    @property
    def timespan(self) -> str:
        return '"timespan"'

    @property
    def least(self) -> str:
        return '"at_least"'

    @property
    def _carried(self) -> tuple[str, ...]:
        return (*self.keys, self.timespan, self.least)

    @property
    def _value(self) -> list[str]:
        return ['"value"'] if self.correlation.kind == "value_count" else []

    def sized(self, name: str, latest: list[str]) -> Iterator[tuple[str, str]]:
        shown = ", ".join(["event_time", "position", *(['"rule"'] if self.tells_rules else []), *self._carried])
        enters, leaves = "1", "-1"
        more = [f'lead("event_time") OVER ({self.partition}ORDER BY "event_time") AS "next"']
        if self._value:
            alike = f'OVER (PARTITION BY {", ".join([*self.keys, *self._value])} ORDER BY "event_time")'
            more += [f'lag("event_time") {alike} AS "before"', f'lead("event_time") {alike} AS "again"']
            enters = f'CASE WHEN "before" >= "event_time" - {self.timespan} THEN 0 ELSE 1 END'
            leaves = f'CASE WHEN "again" <= "event_time" + {self.timespan} THEN 0 ELSE -1 END'
        yield "ranked", f"SELECT {shown}, {', '.join([*self._value, *more])}\nFROM found"
        yield (
            "steps",
            (
                f'SELECT {shown}, "event_time" AS "at", 0 AS "turn", {enters} AS "change", NULL AS "next"\n'
                f"FROM ranked\n"
                f'UNION ALL\nSELECT {shown}, "event_time" + {self.timespan}, 1, {leaves}, "next"\nFROM ranked'
            ),
        )
        steps = f'steps AS ({self.partition}ORDER BY "at", "turn" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)'
        count = 'sum("change") OVER steps AS "count"'
        start = 'coalesce(max("next") OVER steps, min("event_time") OVER steps) AS "start"'
        entered = f'SELECT *\nFROM (\n{self.select("steps", [count, start], [steps])}\n)\nWHERE "turn" = 0'
        if not latest:
            yield name, entered
        else:
            yield "entered", entered
            yield name, self.select("entered", latest, [self.before])

    def _members(self) -> Iterator[tuple[str, str]]:
        """All events of each group from the first to the last of a burst: those before a hit belong to the burst of
        the next hit, if they are not before its first event."""
        keys = "".join(f"{key}, " for key in self.keys)
        yield (
            "marked",
            (
                f'SELECT {keys}"event_time", "position", "rule", NULL AS "burst", NULL AS "first_seen", '
                f'NULL AS "count"\n'
                f'FROM joined\nUNION ALL\nSELECT {keys}"event_time", NULL, NULL, "burst", "first_seen", "count"\n'
                f"FROM bursts"
            ),
        )
        ahead = f'{self.partition}ORDER BY "event_time" DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
        yield "placed", f'SELECT *, last("burst", TRUE) OVER ({ahead}) AS "within"\nFROM marked'
        whole = f'whole AS (PARTITION BY {keys}"within")'
        facts = [
            'min("first_seen") OVER whole AS "burst_first"',
            'max(CASE WHEN "burst" IS NOT NULL THEN "event_time" END) OVER whole AS "burst_last"',
            'max("count") OVER whole AS "burst_count"',
        ]
        yield "gathered", self.select('placed\nWHERE "within" IS NOT NULL', facts, [whole])
        order = f'OVER (PARTITION BY {keys}"within" ORDER BY "event_time", "position", "rule")'
        yield (
            "ordered",
            (
                f'SELECT *,\n  row_number() {order} AS "number",\n'
                f'  CASE WHEN lag("position") {order} = "position" THEN 0 ELSE 1 END AS "other"\n'
                'FROM gathered\nWHERE "position" IS NOT NULL AND "event_time" >= "burst_first"'
            ),
        )
        yield "members", f'SELECT *,\n  sum("other") OVER (PARTITION BY {keys}"within") AS "total"\nFROM ordered'
