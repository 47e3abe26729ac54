"""Runs a query on events in a platform's own shape, and tells which of them it returns.

Events that stand each for itself are asked together: each gets a time of its own, all within the day that the pages'
queries look back on, so that a row of the answer is told by its time. A case, whose events belong together, keeps the
distances between them and is moved as a whole, so that the clock says the same in each run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from stagewatch.languages import load_language
from stagewatch.languages.base import Event, Language, Value
from stagewatch.telemetry import Telemetry, load_telemetry
from stagewatch.telemetry.native import Native
from tests.rules_pack.fixtures import REPOSITORY, detections

END = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""When the last event of a run is."""

APART = timedelta(milliseconds=1)

TIMES = {"defender": "Timestamp", "sentinel": "TimeGenerated"}

Records = tuple[Event, ...]
"""What a platform holds of one event."""

Key = tuple[str | int, ...]
"""What an event that is asked about is known by."""

Found = Mapping[Key, tuple[str, ...]]
"""The rules of the pack that find an event."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a query: what the compiler has against it, else the events, by place, or rows that it returned."""

    problems: tuple[str, ...] = ()
    found: frozenset[int] = frozenset()
    rows: tuple[Mapping[str, Value], ...] = ()

    @property
    def compiles(self) -> bool:
        return not self.problems


def singles(natives: Sequence[Native], platform: str) -> list[Records]:
    """What a platform holds of events that stand each for itself."""
    of = telemetry(platform).events
    last = len(natives) - 1
    return [tuple(of(replace(one, time=END - (last - place) * APART))) for place, one in enumerate(natives)]


def together(natives: Sequence[Native], platform: str) -> list[Records]:
    """What a platform holds of the events of a case."""
    of = telemetry(platform).events
    moved = END - max(one.time for one in natives)
    return [tuple(of(replace(one, time=one.time + moved))) for one in natives]


def ask(query: str, records: Sequence[Records], platform: str) -> Answer:
    """Run a query on events that stand each for itself."""
    problems = refused(query, platform)
    if problems:
        return Answer(problems)
    owners = [place for place, held in enumerate(records) for _ in held]
    result = kusto().run(query, [event for held in records for event in held], telemetry(platform).schema)
    found = {owners[position] for position in result.events}
    times = {event.time: place for place, held in enumerate(records) for event in held}
    for row in result.rows:
        if row.get("FileCount") is not None:
            raise ValueError("events that stand each for itself were counted together")
        when = row[TIMES[platform]]
        if not isinstance(when, datetime):
            raise TypeError(f"a row without its time: {row}")
        found.add(times[when])
    return Answer(found=frozenset(found), rows=result.rows)


def ask_case(query: str, records: Sequence[Records], platform: str) -> Answer:
    """Run a query on events that belong together; a query without groups gives each event as a row."""
    problems = refused(query, platform)
    if problems:
        return Answer(problems)
    events = [event for held in records for event in held]
    result = kusto().run(query, events, telemetry(platform).schema)
    return Answer(rows=result.rows or tuple(events[place].record for place in sorted(result.events)))


@cache
def refused(query: str, platform: str) -> tuple[str, ...]:
    """What Microsoft's compiler has against a query on a platform's tables."""
    language = kusto()
    return tuple(map(str, language.parse(query) or language.check(query, telemetry(platform).schema)))


def lacks(query: str, columns: Sequence[str], platform: str) -> tuple[str, ...]:
    """Which columns the answer of a query does not have, as the compiler says it."""
    return tuple(name for name in columns if refused(f"{query}\n| project {name}", platform))


def found_by_pack(asked: Mapping[Key, Records], platform: str) -> dict[Key, tuple[str, ...]]:
    """The rules of the pack that find each event, correlations apart. All events are asked about at once."""
    found: dict[Key, list[str]] = {key: [] for key in asked}
    keys = list(asked)
    for stem in pack_rules(platform):
        for place in ask(ours(stem, platform), list(asked.values()), platform).found:
            found[keys[place]].append(stem)
    return {key: tuple(stems) for key, stems in found.items()}


@cache
def pack_rules(platform: str) -> tuple[str, ...]:
    """The rules, correlations apart, that have a query on a platform."""
    have = {path.stem for path in (REPOSITORY / "dist" / platform / "queries").glob("*.kql")}
    return tuple(sorted(have & set(detections())))


@cache
def ours(stem: str, platform: str) -> str:
    """The query of a rule of the pack, as it stands in ``dist/``."""
    return (REPOSITORY / "dist" / platform / "queries" / f"{stem}.kql").read_text(encoding="utf-8")


@cache
def telemetry(platform: str) -> Telemetry:
    return load_telemetry(platform)


def kusto() -> Language:
    return load_language(".kql")
