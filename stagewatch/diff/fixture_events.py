"""The fixtures of both sides as one table of events, and what either side expects of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from stagewatch.diff.asking import CASE
from stagewatch.fixtures import Case, Fixture
from stagewatch.telemetry.duckdb import SCHEMA, TABLE
from stagewatch.telemetry.duckdb import events as telemetry
from stagewatch.telemetry.native import Native

Content = tuple[Any, ...]
"""What an event says: its number, its time of record and its label aside, it is the same event."""

_ASIDE = frozenset({"RuleName"})

PLATFORM = "duckdb"
"""The target on which events are tried, by which fixtures may say what it does not see."""


@dataclass(frozen=True, slots=True)
class CaseOf:
    """A case of a rule's fixture, on one side or, where both have it letter by letter, on both."""

    rule: str
    fixture: str
    case: Case
    before: bool
    now: bool

    @property
    def place(self) -> str:
        """How a report names it: the fixture's folder and the case."""
        return f"{self.fixture}: {self.case.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """An event of the table, with the case in which it stands there."""

    content: Content
    case: int
    index: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one side's fixture of a rule wants of an event: True, False, or None where it only counts hits."""

    label: str
    place: str
    hit: bool | None


class FixtureEvents:
    """All events of both sides' fixtures."""

    def __init__(self, before: Mapping[str, Fixture], now: Mapping[str, Fixture]) -> None:
        self.cases: list[CaseOf] = list(_cases(before, now))
        self.rows: list[Row] = [
            Row(content_of(event), number, index)
            for number, case in enumerate(self.cases)
            for index, event in enumerate(case.case.events)
        ]
        self.wanted = (self._wanted(lambda case: case.before), self._wanted(lambda case: case.now))
        """For each side: rule id -> content of an event -> what is wanted of it."""

    def _wanted(self, on: Any) -> dict[str, dict[Content, Wanted]]:
        found: dict[str, dict[Content, Wanted]] = {}
        for row in self.rows:
            case = self.cases[row.case]
            if not on(case):
                continue
            of_rule = found.setdefault(case.rule, {})
            hit = _is_wanted(case.case, row.index)
            if row.content not in of_rule or hit:
                of_rule[row.content] = Wanted(case.case.labels[row.index], case.place, hit)
        return found

    def write(self, path: Path, fields: frozenset[str] | None, only: frozenset[Content] | None = None) -> bool:
        """Write the table as Parquet, with the fields that are asked for (None: all); whether it holds anything."""
        import duckdb

        columns = dict(SCHEMA[TABLE])
        if fields is not None:
            wanted = {name.lower() for name in fields}
            columns = {name: kind for name, kind in columns.items() if name.lower() in wanted or name in _HOUSE}
        columns |= _HOUSE | {CASE: "VARCHAR"}
        text = path.with_suffix(".json")
        with text.open("w", encoding="utf-8") as out:
            count = sum(out.write(json.dumps(record) + "\n") > 0 for record in self._records(columns, only))
        if count:
            named = ", ".join(f"{_literal(name)}: {_literal(kind)}" for name, kind in columns.items())
            source = f"read_json({_literal(str(text))}, format = 'newline_delimited', columns = {{{named}}})"
            with duckdb.connect(config={"threads": 1}) as connection:
                connection.execute(f"COPY (SELECT * FROM {source}) TO {_literal(str(path))} (FORMAT parquet)")  # noqa: S608
        text.unlink()
        return count > 0

    def _records(self, columns: Mapping[str, str], only: frozenset[Content] | None) -> Iterator[dict[str, Any]]:
        for position, row in enumerate(self.rows):
            if only is not None and row.content not in only:
                continue
            for event in telemetry(self.cases[row.case].case.events[row.index]):
                record = {name: value for name, value in event.record.items() if name in columns}
                time = event.time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
                yield {**record, "event_time": time, "position": position, CASE: str(row.case)}


_HOUSE = {"event_time": "TIMESTAMP", "position": "BIGINT", "product": "VARCHAR", "category": "VARCHAR"} | {
    "service": "VARCHAR",
    "origin": "VARCHAR",
}


def content_of(event: Native) -> Content:
    """What an event says."""
    said = tuple(item for item in event.data.items() if item[0] not in _ASIDE)
    return event.provider, event.event_id, event.channel, event.computer, said


def _is_wanted(case: Case, index: int) -> bool | None:
    if case.matching is None:
        return None
    return index in case.matching and index not in case.not_seen.get(PLATFORM, frozenset())


def _cases(before: Mapping[str, Fixture], now: Mapping[str, Fixture]) -> Iterator[CaseOf]:
    """Every case of both sides; one that did not change is there once."""
    old = [(rule, fixture, case) for rule, fixture in before.items() for case in fixture.cases]
    by_name = {(rule, case.name): case for rule, _, case in old}
    shared: set[int] = set()
    for rule, fixture in now.items():
        for case in fixture.cases:
            was = by_name.get((rule, case.name))
            same = was is not None and was == case
            shared |= {id(was)} if same else set()
            yield CaseOf(rule, _folder(fixture), case, before=same, now=True)
    for rule, fixture, case in old:
        if id(case) not in shared:
            yield CaseOf(rule, _folder(fixture), case, before=True, now=False)


def _folder(fixture: Fixture) -> str:
    parts = fixture.path.split("/")
    return parts[-2] if len(parts) > 1 else parts[-1]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
