"""Windows events in any number for benchmarks, the same for the same seed: ``python -m tests.benchmarks.events``.

Frames and fields are those of the captures in OTRF's Security Datasets. The kinds of event are those that are frequent
there, in the same order but for process starts, file creations and connections: the captures are of idle machines, and
few of the events that most rules look at would flatter a hunt. One event in 2,000 is one that a rule of the pack
must find, taken from the rules' own fixtures; the cases of correlations are among them.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import orjson

from stagewatch.findings import Finding
from stagewatch.fixtures import Case, Fixture, read_fixtures
from stagewatch.logs import read, write_parquet
from stagewatch.telemetry.native import SECURITY, SYSMON, Native
from tests.benchmarks.kinds import BEGIN, CHANNELS, GUIDS, KINDS, Data, Kind, utc, writers
from tests.benchmarks.world import World

REPOSITORY = Path(__file__).resolve().parents[2]
DAYS = 30
PLANTED = 1 / 2000
"""Share of the events that a rule must find."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, in no shape yet."""

    time: datetime
    host: str
    kind: Kind
    data: Data


def events(count: int, seed: int = 1074) -> Iterator[Event]:
    """So many events, in order of time."""
    random = Random(seed)  # noqa: S311 - not for secrets
    found = list(_planted(int(count * PLANTED), random))
    ordinary = _ordinary(count - len(found), random)
    yield from heapq.merge(ordinary, sorted(found, key=_time), key=_time)


def _time(event: Event) -> datetime:
    return event.time


def _ordinary(count: int, random: Random) -> Iterator[Event]:
    """Events that no rule of the pack finds."""
    world = World(random)
    fields = writers(world, random)
    kinds = [kind for kind in KINDS for _ in range(kind.share)]
    step = timedelta(days=DAYS) / max(count, 1)
    for number in range(count):
        when = BEGIN + step * (number + random.random())
        kind = kinds[int(len(kinds) * random.random())]
        host = world.rank(len(world.hosts))
        running = world.running[host]
        place = int(len(running) * random.random())
        if kind.event_id in (1, 4688):
            running[place] = world.process()
        data = fields[kind.event_id](running[place])
        if kind.provider == SYSMON:
            data = {"RuleName": "-", "UtcTime": utc(when), **data}
        yield Event(when, world.hosts[host], kind, data)


# --- what the rules must find ---------------------------------------------------------------------------------------


def _planted(count: int, random: Random) -> Iterator[Event]:
    """Events of the fixtures at any time and on any host; one in five is of a whole case of a correlation."""
    singles, cases = _of_fixtures()
    hosts = World(Random(0)).hosts  # noqa: S311 - names only
    left = count
    while left > 0:
        chosen = random.choice(cases).events if random.random() < 0.02 else (random.choice(singles),)
        begin = BEGIN + timedelta(days=DAYS - 1) * random.random()
        host = random.choice(hosts)
        names: dict[str, str] = {}  # in each case processes of its own
        for native in chosen[:left]:
            guid = native.data.get("ProcessGuid", "")
            names.setdefault(guid, f"{{{random.getrandbits(128):032x}}}")
            when = begin + (native.time - chosen[0].time)
            data = {name: value for name, value in native.data.items() if name != "RuleName"}
            yield Event(
                when,
                host,
                next(kind for kind in KINDS if (kind.provider, kind.event_id) == (native.provider, native.event_id)),
                {"RuleName": "-", **data, "UtcTime": utc(when), "ProcessGuid": names[guid]},
            )
        left -= len(chosen)


def _of_fixtures() -> tuple[list[Native], list[Case]]:
    """The events of Windows that rules must find, and the cases of correlations in which there is a hit on one host."""
    findings: list[Finding] = []
    fixtures = read_fixtures(REPOSITORY / "tests" / "rules", findings)
    if findings:
        raise ValueError(f"the fixtures cannot be read: {findings[0]}")
    singles = [
        case.events[place]
        for fixture in fixtures.values()
        for case in fixture.cases
        for place in sorted(case.matching or ())
        if not _joins(fixture) and (case.events[place].provider, case.events[place].event_id) in _KNOWN
    ]
    cases = [
        case
        for fixture in fixtures.values()
        for case in fixture.cases
        if _joins(fixture) and case.groups and len({event.computer for event in case.events}) == 1
    ]
    return singles, cases


_KNOWN = {(kind.provider, kind.event_id) for kind in KINDS}


def _joins(fixture: Fixture) -> bool:
    return "/correlation_" in fixture.path


# --- shapes ---------------------------------------------------------------------------------------------------------


def nxlog(event: Event, number: int) -> bytes:
    """A line in the flat shape of NXLog, as in OTRF's captures; ``number`` is the event's record number."""
    kind, local = event.kind, event.time.replace(tzinfo=None).isoformat(" ", "seconds")
    security = kind.provider == SECURITY
    document = {
        "EventTime": local,
        "Hostname": event.host,
        "Keywords": -9214364837600034816 if security else -9223372036854775808,
        "EventType": "AUDIT_SUCCESS" if security else "INFO",
        "SeverityValue": 2,
        "Severity": "INFO",
        "EventID": kind.event_id,
        "SourceName": kind.provider,
        "ProviderGuid": GUIDS[kind.provider],
        "Version": kind.version,
        "Task": kind.event_id,
        "OpcodeValue": 0,
        "RecordNumber": number,
        "ExecutionProcessID": 3392,
        "ThreadID": 5552,
        "Channel": CHANNELS[kind.provider],
        "Domain": "NT AUTHORITY",
        "AccountName": "SYSTEM",
        "UserID": "S-1-5-18",
        "AccountType": "User",
        "Category": kind.says,
        "Opcode": "Info",
        **{name: value for name, value in event.data.items() if name != "EventType"},
        "EventReceivedTime": local,
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
        "Message": f"{kind.says}:\r\n" + "\r\n".join([f"{name}: {value}" for name, value in event.data.items()]),
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def raw(event: Event, number: int) -> bytes:
    """A line in the shape of converters of EVTX."""
    kind, time = event.kind, event.time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    system = {
        "Provider": {"#attributes": {"Name": kind.provider, "Guid": GUIDS[kind.provider]}},
        "EventID": kind.event_id,
        "Version": kind.version,
        "Level": 4,
        "Task": kind.event_id,
        "Opcode": 0,
        "Keywords": "0x8020000000000000" if kind.provider == SECURITY else "0x8000000000000000",
        "TimeCreated": {"#attributes": {"SystemTime": time}},
        "EventRecordID": number,
        "Correlation": None,
        "Execution": {"#attributes": {"ProcessID": 3392, "ThreadID": 5552}},
        "Channel": CHANNELS[kind.provider],
        "Computer": event.host,
        "Security": {"#attributes": {"UserID": "S-1-5-18"}},
    }
    return orjson.dumps({"Event": {"System": system, "EventData": event.data}}, option=orjson.OPT_APPEND_NEWLINE)


SHAPES = {"nxlog": nxlog, "raw": raw}


def write(path: Path, count: int, shape: str = "nxlog", seed: int = 1074) -> None:
    """So many events as lines of JSON. Raises :class:`OSError`."""
    line = SHAPES[shape]
    with path.open("wb", buffering=1 << 20) as out:
        for number, event in enumerate(events(count, seed), 1):
            out.write(line(event, number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path, help="lines of JSON; beside them a .parquet with --parquet")
    parser.add_argument("--shape", choices=SHAPES, default="nxlog")
    parser.add_argument("--seed", type=int, default=1074)
    parser.add_argument("--parquet", action="store_true")
    options = parser.parse_args()
    write(options.path, options.count, options.shape, options.seed)
    if options.parquet:
        write_parquet(read([str(options.path)]), options.path.with_suffix(".parquet"))


if __name__ == "__main__":
    main()
