"""The fast way gives the rows of the slow way, and what it cannot read goes there."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stagewatch.logs import Kind, fast
from tests.logs.reading import DATASETS, flat, lines, needs_datasets, read_bytes, reasons, rows_of, sysmon

TIMES = [
    "2024-05-01 10:00:00",
    "2024-05-01T10:00:00.1234567Z",
    "2024-05-01T10:00:00.5+02:00",
    "1969-12-31 23:59:59",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "infinity",
    "not a time",
    "",
    "1714557600",
    "2024-13-45 99:00:00",
]
VALUES: list[Any] = [
    "plain",
    "",
    "ä\u0000ß\U0001f600",
    5,
    -1,
    2**63,
    2**64 + 1,
    10**40,
    1.5,
    True,
    None,
    [1, "a"],
    {"b": {"c": 1}},
    "C:\\x\"y'z",
    "\r\n",
]


def _flat_events() -> list[dict[str, Any]]:
    events = [flat(1, Image=value, Level=value) for value in VALUES]
    events += [{**flat(11), "UtcTime": when, "EventTime": when} for when in TIMES]
    events += [flat(12, EventType=one) for one in ("CreateKey", "DeleteKey", "INFO", "Odd")]
    events += [
        flat(12, EventType="INFO", Message="Registry:\r\nEventType: DeleteKey\r\n", Keywords=-1),
        flat(
            4688,
            SourceName="Microsoft-Windows-Security-Auditing",
            Channel="Security",
            NewProcessName="n",
            ParentProcessName="p",
            SubjectUserName="s",
            SubjectDomainName="D",
            TargetUserName="-",
            MandatoryLabel="S-1-16-12288",
            ProcessId="0x4",
            ProcessID=3,
        ),
        flat(
            4688,
            Channel="Security",
            SourceName="x",
            NewProcessName="n",
            TargetUserName="t",
            TargetDomainName="-",
            Image="own",
        ),
        flat(1, image="lower"),
        flat(1, image="lower", Image="upper"),
        flat(1, image="same", Image="same"),
        flat(1, Hostname="h", Computer="c", ProviderName="filter"),
        {**flat(1), "Channel": None, "SourceName": None, "ProviderName": "P"},
        flat(1, SourceProcessGUID="a", Product="p", Category="c", **{'quo"te': "q", "a'b": "r"}),
        flat(1, SourceProcessGuid="b"),
        {"no": "event"},
        [1],
    ]
    return events


def _raw_events() -> list[dict[str, Any]]:
    events = [sysmon(1, Image=value, Level=value) for value in VALUES]
    for when in TIMES:
        events.append(sysmon(11))
        events[-1]["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"] = when
    events += [sysmon(12, EventType=one) for one in ("CreateKey", "DeleteKey", "Odd")]
    for data in (
        None,
        "",
        "text",
        [],
        {},
        {"Data": "x"},
        {"Data": ["a", "b"]},
        {"Data": {"#text": ["a", None]}},
        {"Data": {"#text": "a"}},
        {"Image": {"#text": "q"}},
        [{"@Name": "Image", "#text": "z"}],
        {"Data": {"#text": "a"}, "Image": {"#text": "q"}},
    ):
        events.append(sysmon(1))
        events[-1]["Event"]["EventData"] = data
    events.append(sysmon(1))
    events[-1]["Event"]["UserData"] = {"X": {"Image": "in user data"}}
    security = sysmon(
        4688, NewProcessName="n", SubjectUserName="s", SubjectDomainName="D", image="own", Computer="field"
    )
    security["Event"]["System"].update({"Provider": {"#attributes": {"Name": "P"}}, "Channel": "Security"})
    odd = sysmon(1, **{"#attributes": {"x": 1}, "Image_attributes": {"y": 1}})
    odd["Event"]["System"]["EventID"] = {"#attributes": {"Qualifiers": 1}, "#text": 1}
    return [*events, security, odd, sysmon(1, image="lower", Image="upper"), {"Event": {"System": {}}}]


EVENTS = {"nxlog": _flat_events, "raw": _raw_events}
WANTED = frozenset({"image", "Level", "Computer", "User", "IntegrityLevel", "EventType", "data", "SourceProcessGuid"})


def _table(rows: list[dict[str, Any]]) -> Counter[tuple[tuple[str, str], ...]]:
    """Rows without their numbers and without the case of names, which columns have not."""
    return Counter(
        tuple(sorted((name.lower(), str(value)) for name, value in row.items() if name != "position")) for row in rows
    )


@pytest.mark.parametrize("fields", [None, WANTED], ids=["all fields", "some fields"])
@pytest.mark.parametrize("shape", ["nxlog", "raw"])
def test_fast_and_slow_give_equal_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, fields: frozenset[str] | None
) -> None:
    first = flat(1) if shape == "nxlog" else sysmon(1)
    data = lines(*[first] * 30, *EVENTS[shape]()) + b"\n   \n{broken\n" + lines(first).replace(b"ws1", b"w\xff1")
    slow, slow_account = read_bytes(data, tmp_path, fields=fields)
    monkeypatch.setattr(fast, "MIN_SIZE", 1000)
    quick, account = read_bytes(data, tmp_path, fields=fields)
    assert account.format == slow_account.format == shape
    planned = fast.plan(tmp_path / "log", shape, "o", tmp_path, _selection(fields))
    assert planned is not None
    assert planned.count > 40
    assert _table(quick) == _table(slow)
    assert account.events == slow_account.events
    assert account.problems == slow_account.problems
    assert len({row["position"] for row in quick}) == len(quick)


def _selection(fields: frozenset[str] | None) -> Any:
    from stagewatch.logs.selection import Selection

    return Selection.of(fields, None)


@needs_datasets
@pytest.mark.parametrize("fields", [None, WANTED], ids=["all fields", "some fields"])
def test_fast_and_slow_give_equal_rows_of_recorded_events(
    monkeypatch: pytest.MonkeyPatch, fields: frozenset[str] | None
) -> None:
    (archive,) = DATASETS.rglob("msf_record_mic.zip")
    slow, slow_account = rows_of(archive, fields=fields)
    monkeypatch.setattr(fast, "MIN_SIZE", 1000)
    quick, account = rows_of(archive, fields=fields)
    assert len(quick) > 1000
    assert _table(quick) == _table(slow)
    assert account.kinds() == slow_account.kinds()


def _process(kind: Kind) -> bool:
    return kind.category == "process_creation"


@pytest.mark.parametrize("least", [1000, 1 << 40], ids=["fast", "slow"])
@pytest.mark.parametrize("shape", ["nxlog", "raw"])
def test_kinds_that_are_not_wanted_are_counted_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, least: int
) -> None:
    monkeypatch.setattr(fast, "MIN_SIZE", least)
    make = flat if shape == "nxlog" else sysmon
    data = lines(*[make(number, Image="a") for number in (1, 11, 3)] * 20)
    rows, account = read_bytes(data, tmp_path, wanted=_process)
    assert [row["EventID"] for row in rows] == ["1"] * 20
    assert {row["position"] for row in rows} == set(range(20))
    assert account.total == 60
    none, account = read_bytes(data, tmp_path, wanted=lambda _: False)
    assert (none, account.total) == ([], 60)


def test_only_the_fields_wanted_are_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MIN_SIZE", 1000)
    data = lines(*[flat(1, Image="a", User="u", CommandLine="c")] * 20)
    rows, _ = read_bytes(data, tmp_path, fields=frozenset({"IMAGE"}))
    assert {name for row in rows for name in row} == {
        "event_time",
        "product",
        "category",
        "service",
        "origin",
        "position",
        "Image",
    }


def test_a_stream_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    from stagewatch.logs import pieces

    monkeypatch.setattr(fast, "MIN_SIZE", 1000)
    monkeypatch.setattr(pieces, "SIZE", 5000)
    monkeypatch.setattr(pieces, "READ", 3000)
    data = lines(*[flat(1, Image=f"i{number}") for number in range(500)]) + b'{"torn'
    rows, account = read_bytes(gzip.compress(data), tmp_path)
    assert sorted(row["Image"] for row in rows) == sorted(f"i{number}" for number in range(500))
    assert {row["position"] for row in rows} == set(range(500))
    assert [(one.reason[:4], one.first) for one in account.problems.values()] == [("torn", "line 501")]


def test_memory_is_bounded_whatever_the_number_of_lines(tmp_path: Path) -> None:
    """A megabyte of one line after another is none of the reader's business: no batch holds more than its rows."""
    from stagewatch.logs import Account, read
    from stagewatch.logs.reader import ROWS

    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        for _ in range(20_000):
            file.write(json.dumps({"Records": "no"}) + "\n")
            file.write('{"eventSource":"s","eventName":"n"}\n')
    account = Account()
    sizes = [len(batch.held) for batch in read([str(path)], account=account)]
    assert max(sizes) <= ROWS
    assert sum(sizes) == account.total == 20_000
    assert reasons(account.files[0]) == ["JSON of no known shape"]
