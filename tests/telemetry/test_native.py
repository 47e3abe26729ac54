from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stagewatch.telemetry.native import SECURITY, SYSMON, Native, native, read_natives


def document(**system: Any) -> dict[str, Any]:
    return {
        "Event": {
            "System": {
                "Provider": {"Name": "Microsoft-Windows-Sysmon"},
                "EventID": 11,
                "TimeCreated": {"SystemTime": "2026-11-21T09:00:00.123456Z"},
                "EventRecordID": 7,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "WS-1.corp.example",
                **system,
            },
            "EventData": {"Image": "C:\\Windows\\explorer.exe", "TargetFilename": "C:\\a.txt"},
        }
    }


EVENT = Native(
    provider=SYSMON,
    event_id=11,
    channel="Microsoft-Windows-Sysmon/Operational",
    computer="WS-1.corp.example",
    time=datetime(2026, 11, 21, 9, 0, 0, 123456, UTC),
    record_id=7,
    data={"Image": "C:\\Windows\\explorer.exe", "TargetFilename": "C:\\a.txt"},
)


def test_an_event() -> None:
    assert native(document()) == EVENT


def test_attributes_as_some_converters_write_them() -> None:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "5770385F-C22A"}},
        "EventID": {"#attributes": {"Qualifiers": "0"}, "#text": 11},
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00.123456Z"}},
        "EventRecordID": "7",
    }
    assert native(document(**system)) == EVENT


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-21T09:00:00.5Z", datetime(2026, 11, 21, 9, 0, 0, 500000, UTC)),
        ("2026-11-21T09:00:00.1234567Z", datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)),
        ("2026-11-21T09:00:00.123456789Z", datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)),
        ("2026-11-21 09:00:00.123", datetime(2026, 11, 21, 9, 0, 0, 123000, UTC)),
        ("2026-11-21T09:00:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
    ],
)
def test_times(text: str, when: datetime) -> None:
    assert native(document(TimeCreated={"SystemTime": text})).time == when


def test_values_are_text() -> None:
    one = document()
    one["Event"]["EventData"] = {
        "#attributes": {"Name": "x"},
        "ProcessId": 4000,
        "Empty": None,
        "Initiated": True,
        "Data": {"#attributes": {"Name": "y"}, "#text": "z"},
        "Nothing": {"#attributes": {"Name": "y"}},
    }
    assert native(one).data == {"ProcessId": "4000", "Empty": "", "Initiated": "True", "Data": "z", "Nothing": ""}


@pytest.mark.parametrize("data", [None, {}])
def test_an_event_without_data(data: dict[str, str] | None) -> None:
    one = document()
    one["Event"]["EventData"] = data
    assert native(one).data == {}
    del one["Event"]["EventData"]
    assert native(one).data == {}


def test_channel_and_record_may_be_missing() -> None:
    one = document(Provider={"Name": SECURITY}, EventID=4688)
    del one["Event"]["System"]["Channel"], one["Event"]["System"]["EventRecordID"]
    event = native(one)
    assert (event.provider, event.event_id, event.channel, event.record_id) == (SECURITY, 4688, "", 0)


def test_documents_one_after_another() -> None:
    one, two = json.dumps(document()), json.dumps(document(EventRecordID=8), indent=2)
    assert [event.record_id for event in read_natives(f"\n{one}\n\n{two}\n")] == [7, 8]
    assert [event.record_id for event in read_natives(one + two)] == [7, 8]


def test_a_list_of_documents() -> None:
    text = json.dumps([document(), document(EventRecordID=8)])
    assert [event.record_id for event in read_natives(text)] == [7, 8]
    assert [event.record_id for event in read_natives(text + json.dumps(document(EventRecordID=9)))] == [7, 8, 9]


@pytest.mark.parametrize("text", ["", " \n", "[]"])
def test_no_events(text: str) -> None:
    assert list(read_natives(text)) == []


@pytest.mark.parametrize("text", ["{", '{"Event": }', "nonsense", '{"Event": {}} tail'])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json says what it expected
        list(read_natives(text))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"Event": None},
        {"Event": {}},
        {"Event": {"System": {}}},
        {"Event": {"System": [], "EventData": {}}},
        [],
        "text",
        7,
        None,
    ],
)
def test_what_is_no_event(wrong: Any) -> None:
    with pytest.raises(ValueError, match="not an event"):
        native(wrong)


@pytest.mark.parametrize("name", ["Provider", "EventID", "TimeCreated", "Computer"])
def test_what_every_event_has(name: str) -> None:
    one = document()
    del one["Event"]["System"][name]
    with pytest.raises(ValueError, match=f"not an event: KeyError: '{name}'"):
        native(one)


@pytest.mark.parametrize(
    "wrong",
    [
        {"EventID": "eleven"},
        {"EventID": None},
        {"EventRecordID": "x"},
        {"TimeCreated": {"SystemTime": "yesterday"}},
        {"TimeCreated": {}},
        {"Provider": {}},
        {"Provider": "Microsoft-Windows-Sysmon"},
        {"TimeCreated": None},
    ],
)
def test_wrong_values(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of a number, of a time or of the event
        native(document(**wrong))


def test_data_that_is_no_mapping() -> None:
    one = document()
    one["Event"]["EventData"] = ["C:\\Windows\\explorer.exe"]
    with pytest.raises(ValueError, match="not an event: AttributeError"):
        native(one)
