"""Values, times and names, as the event table holds them."""

# ruff: noqa: DTZ001  a time of the event table has no zone

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from stagewatch.logs.values import column, one_column, text, utc
from tests.logs.reading import flat, lines, read_bytes, reasons, sysmon


@pytest.mark.parametrize(
    ("value", "when"),
    [
        ("2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10)),
        ("2024-05-01 12:00:00.123456+02:00", datetime(2024, 5, 1, 10, 0, 0, 123456)),
        ("2024-05-01 10:00:00 UTC", datetime(2024, 5, 1, 10)),
        ("2024-05-01T10:00:00.1234567Z", datetime(2024, 5, 1, 10, 0, 0, 123456)),
        ("/Date(1714557600123)/", datetime(2024, 5, 1, 10, 0, 0, 123000)),
        (1714557600, datetime(2024, 5, 1, 10)),
        (1714557600123, datetime(2024, 5, 1, 10, 0, 0, 123000)),
        ("1714557600.5", datetime(2024, 5, 1, 10, 0, 0, 500000)),
        ("1601-01-01T00:00:00Z", datetime(1601, 1, 1)),
        (-1.0, datetime(1969, 12, 31, 23, 59, 59)),
        ("9999-12-31T23:59:59-12:00", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ([], None),
        (True, datetime(1970, 1, 1, 0, 0, 1)),
    ],
)
def test_times(value: Any, when: datetime | None) -> None:
    assert utc(value) == when


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("x", "x"),
        (5, "5"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ([1, "ä"], '[1,"ä"]'),
        (None, None),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_texts(value: Any, written: str | None) -> None:
    assert text(value) == written


def test_names_of_the_house_get_an_underscore() -> None:
    assert [column(name) for name in ("Product", "POSITION", "origin", "Image")] == [
        "Product_",
        "POSITION_",
        "origin_",
        "Image",
    ]


def test_names_that_differ_by_case_lose_no_value() -> None:
    row = {"user": "b", "User": "a", "uSer": "b", "Other": "x", "other": "x"}
    one_column(row)
    assert row == {"User": "a", "User_2": "b", "Other": "x"}


def test_numbers_beyond_64_bits_are_kept_digit_by_digit(tmp_path: Path) -> None:
    number = 123456789012345678901234567890
    rows, _ = read_bytes(lines(flat(1, A=number, B=2**64 - 1, C=-(2**63))), tmp_path)
    assert (rows[0]["A"], rows[0]["B"], rows[0]["C"]) == (str(number), str(2**64 - 1), str(-(2**63)))


def test_numbers_without_end_are_kept_too(tmp_path: Path) -> None:
    data = lines(flat(1)).replace(b'"EventID": 1', b'"EventID": 1, "A": 1e999, "B": ' + b"9" * 5000)
    rows, _ = read_bytes(data, tmp_path)
    assert (rows[0]["A"], rows[0]["B"]) == ("1e999", "9" * 5000)


def test_what_strict_readers_refuse_is_read(tmp_path: Path) -> None:
    data = lines(flat(1)).replace(
        b'"EventID": 1', b'"EventID": 1, "A": NaN, "B": "\\ud800x", "C": "\xff", "D": "a\\u0000b"'
    )
    rows, account = read_bytes(data, tmp_path)
    assert [rows[0][name] for name in "ABCD"] == ["NaN", "\ufffdx", "\ufffd", "a\0b"]
    assert not account.problems


def test_a_name_that_stands_twice_in_an_object_counts_once(tmp_path: Path) -> None:
    rows, _ = read_bytes(lines(flat(1)).replace(b'"EventID": 1', b'"EventID": 1, "A": "1", "A": "2"'), tmp_path)
    assert rows[0]["A"] == "2"


@pytest.mark.parametrize("data", [5, "x", [], [1, [2]], {"Data": 5}, {"Data": [None, 5]}, {"": "x"}, None, True])
def test_events_of_odd_forms_raise_nothing(tmp_path: Path, data: Any) -> None:
    odd = sysmon(1)
    odd["Event"]["EventData"] = data
    for place in (("Event",), ("Event", "System"), ("Event", "System", "Provider"), ("Event", "System", "TimeCreated")):
        other = sysmon(1)
        inner = other
        for name in place[:-1]:
            inner = inner[name]
        inner[place[-1]] = data
        rows, account = read_bytes(lines(sysmon(1), other, sysmon(1)), tmp_path)
        assert len(rows) + len(reasons(account)) == 3
    rows, _ = read_bytes(lines(odd), tmp_path)
    assert rows[0]["EventID"] == "1"


@pytest.mark.parametrize(
    "part", ["winlog", "event", "result", "hits", "_source", "Records", "userIdentity", "SyslogMessage"]
)
@pytest.mark.parametrize("value", [5, "x", [], {}, [5], None, {"event_data": 5, "user_data": [], "event_id": {}}])
def test_documents_of_odd_forms_raise_nothing(tmp_path: Path, part: str, value: Any) -> None:
    rows, _account = read_bytes(lines({part: value, "eventName": "e"}, sysmon(1)), tmp_path)
    assert sum(row["EventID"] == "1" for row in rows if "EventID" in row) == 1
