"""Where an engine puts what it finds, and what reports are made of: a DuckDB database in the scratch folder.

It spills to disk, so that memory is bounded however much is found. An engine gives the events that match; which of a
rule's conditions they meet, and so which fields the reports show, is told here, the same for every engine.
"""

# ruff: noqa: S608 - what is put in SQL are names of columns and literals

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from stagewatch import expression as ex
from stagewatch.hunt.plan import HOST_FIELDS, USER_FIELDS, Plan, Question
from stagewatch.hunt.results import ALL_MEMBERS, MEMBERS, Burst, Count, Hit
from stagewatch.logs import EVENT_KEY
from stagewatch.targets.duckdb import HOUSE_COLUMNS, WHOLE_EVENT, DuckdbRenderer, column, literal

MEMORY = "1GiB"
"""What DuckDB may hold in memory; the rest is on disk."""

WHOLE = WHOLE_EVENT.strip('"')
"""The column of the whole event's text."""

ONE_EVENT = f"coalesce({EVENT_KEY}, position::VARCHAR)"
"""What tells events apart: an event of auditd is several rows, and a rule that several of them match has one hit."""

_BATCH = 2048
_HOUSE_TYPES = {"event_time": "TIMESTAMP", "position": "BIGINT"}
_NUMBERS = {
    "found": {"hunt_question": "INTEGER"},
    "members": {"hunt_joined": "INTEGER", "hunt_burst": "BIGINT", "hunt_branch": "INTEGER"},
}
"""Table -> columns before those of an event, named as no field of a log is."""

_HIT = "rule, event_time, host, account, source, origin, position, matched"


@dataclass(frozen=True, slots=True)
class BurstRow:
    """A burst of a correlation as an engine tells it; ``number`` is unique within the correlation, times are in UTC."""

    number: int
    keys: tuple[str, ...]
    first: datetime
    last: datetime
    count: int
    total: int


class Store:
    """Hits, bursts and members of one hunt.

    ``columns`` are what an engine gives of an event beside the columns of the house: the fields that the plan names,
    and under :data:`WHOLE` the text of all fields where a keyword asks it.
    """

    def __init__(self, plan: Plan, scratch: Path) -> None:
        import duckdb

        self._plan = plan
        self.columns = tuple({name.lower(): name for name in plan.names}.values())  # DuckDB tells none apart by case
        self.columns += (EVENT_KEY,) if plan.fields is not None else (EVENT_KEY, WHOLE)
        self.connection = duckdb.connect(
            str(scratch / "found.duckdb"), config={"memory_limit": MEMORY, "temp_directory": str(scratch / "spilled")}
        )
        fields = ", ".join(f"{column(name)} VARCHAR" for name in self.columns)
        event = ", ".join(f"{name} {_HOUSE_TYPES.get(name, 'VARCHAR')}" for name in HOUSE_COLUMNS)
        event = f"{event}, {fields}" if fields else event
        for table, numbers in _NUMBERS.items():
            before = ", ".join(f"{name} {kind}" for name, kind in numbers.items())
            self._execute(f"CREATE TABLE {table} ({before}, {event})")
        self._execute(
            "CREATE TABLE bursts (joined INTEGER, number BIGINT, keys VARCHAR[], first_seen TIMESTAMP, "
            "last_seen TIMESTAMP, count BIGINT, total BIGINT)"
        )
        matched = "STRUCT(name VARCHAR, value VARCHAR)[]"
        shown = (
            "event_time TIMESTAMP, host VARCHAR, account VARCHAR, source VARCHAR, origin VARCHAR, position BIGINT, "
            f"matched {matched}"
        )
        self._execute(f"CREATE TABLE hits (rule VARCHAR, {shown})")
        self._execute(f"CREATE TABLE member_hits (joined INTEGER, burst BIGINT, rule VARCHAR, {shown})")

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        self.connection.close()

    def add_found(self, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Events that match: (number of the question in the plan, columns of the event)."""
        self._insert("found", ({**row, "hunt_question": question} for question, row in rows))

    def add_members(self, joined: int, rows: Iterable[tuple[int, int, Mapping[str, Any]]]) -> None:
        """Events of bursts: (number of the burst, number of the rule in the correlation, columns of the event)."""
        numbered = (
            {**row, "hunt_joined": joined, "hunt_burst": burst, "hunt_branch": branch} for burst, branch, row in rows
        )
        self._insert("members", numbered)

    def add_bursts(self, joined: int, bursts: Iterable[BurstRow]) -> None:
        """Bursts of the plan's correlation number ``joined``."""
        for one in bursts:
            values = [joined, one.number, list(one.keys), one.first, one.last, one.count, one.total]
            self._execute("INSERT INTO bursts VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows in bulk, as one JSON text: a statement for each row takes a hundred times as long."""
        kinds = {**_NUMBERS[table], **dict.fromkeys((*HOUSE_COLUMNS, *self.columns), "VARCHAR"), **_HOUSE_TYPES}
        schema = literal(json.dumps([kinds]))
        statement = f"INSERT INTO {table} BY NAME SELECT unnest(from_json(?, {schema}), recursive := true)"
        ahead = iter(rows)
        while batch := [{name: row.get(name) for name in kinds} for row in islice(ahead, _BATCH)]:
            self._execute(statement, [json.dumps(batch, default=str)])

    def finish(self) -> None:
        """Tell for each event found which of the rule's conditions it meets."""
        for number in self._numbers("SELECT DISTINCT hunt_question FROM found ORDER BY 1"):
            question = self._plan.questions[number]
            self._execute(
                f"INSERT INTO hits SELECT {self._hit(question)} FROM found WHERE hunt_question = {number} "
                f"QUALIFY row_number() OVER (PARTITION BY {ONE_EVENT} ORDER BY position) = 1"
            )
        for joined, branch in self._execute(
            "SELECT DISTINCT hunt_joined, hunt_branch FROM members ORDER BY ALL"
        ).fetchall():
            question = self._plan.joined[joined].questions[branch]
            self._execute(
                f"INSERT INTO member_hits SELECT hunt_joined, hunt_burst, {self._hit(question)} FROM members "
                f"WHERE hunt_joined = {joined} AND hunt_branch = {branch}"
            )

    def hits(self) -> Iterator[Hit]:
        """All hits in order of time, those without a time last. Several may be read at once."""
        rows = self.connection.cursor().execute(
            f"SELECT {_HIT} FROM hits ORDER BY event_time NULLS LAST, position, rule"
        )
        while batch := rows.fetchmany(_BATCH):
            yield from (_hit(*row) for row in batch)

    def bursts(self) -> list[Burst]:
        """All bursts, those of a correlation together and in order of time."""
        members: dict[tuple[int, int], tuple[Hit, ...]] = {}
        rows = self.connection.cursor().execute(
            f"SELECT joined, burst, {_HIT} FROM (SELECT *, row_number() OVER (PARTITION BY joined, burst "
            "ORDER BY event_time, position, rule) AS rank FROM member_hits) "
            f"QUALIFY rank <= {MEMBERS} AND row_number() OVER (ORDER BY rank, joined, burst) <= {ALL_MEMBERS} "
            "ORDER BY joined, burst, rank"
        )
        for key, group in groupby(iter(rows.fetchone, None), lambda row: row[:2]):
            members[key] = tuple(_hit(*row[2:]) for row in group)
        found = self._execute("SELECT * FROM bursts ORDER BY joined, first_seen, number").fetchall()
        return [
            Burst(
                rule=self._plan.joined[joined].rule,
                keys=dict(zip(self._plan.joined[joined].correlation.keys, keys, strict=True)),
                first=first,
                last=last,
                count=count,
                members=members.get((joined, number), ()),
                total=total,
            )
            for joined, number, keys, first, last, count, total in found
        ]

    def counts(self, bursts: Iterable[Burst]) -> list[Count]:
        """How often each rule was hit on each host, by rule and host."""
        rows = self._execute("SELECT rule, host, count(*), min(event_time), max(event_time) FROM hits GROUP BY ALL")
        counts = [Count(*row) for row in rows.fetchall()]
        by_host: dict[tuple[str, str | None], list[Burst]] = {}
        for burst in bursts:
            by_host.setdefault((burst.rule, burst.host), []).append(burst)
        for (rule, host), some in by_host.items():
            first, last = min(one.first for one in some), max(one.last for one in some)
            counts.append(Count(rule, host, len(some), first, last))
        return sorted(counts, key=lambda count: (count.rule, count.host or ""))

    def _hit(self, question: Question) -> str:
        """The columns of a hit in SQL."""
        host = self._first_of(HOST_FIELDS)
        account = self._first_of(USER_FIELDS)
        return (
            f"{literal(question.rule)}, event_time, {host}, {account}, "
            "concat_ws('/', product, service, category), origin, position, "
            f"{self._matched(question)}"
        )

    def _first_of(self, names: Iterable[str]) -> str:
        there = {name.lower() for name in self.columns}
        known = [f"nullif(nullif({column(name)}, ''), '-')" for name in names if name.lower() in there]
        return f"coalesce({', '.join(known)})" if known else "NULL"

    def _matched(self, question: Question) -> str:
        """A list of name and value: the fields of those conditions that hold."""
        renderer = DuckdbRenderer()
        entries = [
            f"CASE WHEN {renderer.leaf(leaf)} THEN {{'name': {literal(name)}, 'value': {value}}} END"
            for leaf, name, value in _shown(question.evidence)
        ]
        held = "lambda one: one.value IS NOT NULL"
        return f"list_distinct(list_filter([{', '.join(entries)}], {held}))" if entries else "[]"

    def _numbers(self, sql: str) -> list[int]:
        return [number for (number,) in self._execute(sql).fetchall()]

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self.connection.execute(sql, values)


def _shown(evidence: Iterable[ex.Leaf]) -> Iterator[tuple[ex.Leaf, str, str]]:
    """Each condition with the name and the value, in SQL, that a report shows where it holds."""
    for leaf in evidence:
        if isinstance(leaf, ex.Keyword):
            for glob in leaf.globs:
                yield ex.Keyword((glob,), leaf.cased), "keyword", literal(str(glob))
        else:
            for name in ex.fields(leaf):
                yield leaf, name, column(name)


def _hit(
    rule: str,
    time: datetime | None,
    host: str | None,
    user: str | None,
    source: str,
    origin: str,
    position: int,
    matched: list[dict[str, str]],
) -> Hit:
    fields = {entry["name"]: entry["value"] for entry in matched}
    return Hit(rule, time, host, user, source, origin, position, dict(sorted(fields.items())))
