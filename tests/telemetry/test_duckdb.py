"""Rows of the event table: Sigma's names, the log source in three columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Value
from stagewatch.telemetry.duckdb import SCHEMA, events
from stagewatch.telemetry.native import Native
from tests.telemetry import natives


def row(native: Native) -> dict[str, Value]:
    (event,) = events(native)
    assert event.source == "events"
    assert event.time == native.time
    assert set(event.record) <= set(SCHEMA["events"])
    return dict(event.record)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        (natives.PROCESS, ("windows", "process_creation", "sysmon")),
        (natives.FILE, ("windows", "file_event", "sysmon")),
        (natives.LINUX_PROCESS, ("linux", "process_creation", "sysmon")),
        (natives.sysmon(26, {}), ("windows", "file_delete", "sysmon")),
        (natives.sysmon(12, {"EventType": "CreateKey"}), ("windows", "registry_add", "sysmon")),
        (natives.sysmon(12, {"EventType": "DeleteValue"}), ("windows", "registry_delete", "sysmon")),
        (natives.security(5145, {}), ("windows", None, "security")),
    ],
)
def test_log_source(native: Native, expected: tuple[str | None, ...]) -> None:
    found = row(native)
    assert tuple(found[name] for name in ("product", "category", "service")) == expected


def test_fields_keep_their_names_and_values() -> None:
    found = row(natives.PROCESS)
    assert {name: found[name] for name in ("Image", "EventID", "Computer", "Provider_Name", "ProcessId")} == {
        "Image": "C:\\Windows\\System32\\Robocopy.exe",
        "EventID": "1",
        "Computer": "WS-1.corp.example",
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "ProcessId": "4000",
    }


def test_a_field_called_like_a_column_of_the_house() -> None:
    found = row(natives.PROCESS)
    assert (found["product"], found["Product_"]) == ("windows", "Microsoft® Windows® Operating System")


def test_4688_is_a_process_start_too() -> None:
    data = {"NewProcessName": "C:\\a.exe", "ProcessId": "0x7d0", "SubjectUserName": "jdoe", "SubjectDomainName": "CORP"}
    found = row(natives.security(4688, data))
    assert (found["category"], found["service"]) == ("process_creation", "security")
    assert (found["Image"], found["NewProcessName"], found["User"]) == ("C:\\a.exe", "C:\\a.exe", "CORP\\jdoe")
    assert found["ProcessId"] == "0x7d0"
    assert "ParentImage" not in found


def test_another_provider_is_not_known() -> None:
    assert events(replace(natives.PROCESS, provider="Other")) == []


def test_no_two_columns_differ_in_case_alone() -> None:
    names = [name.lower() for name in SCHEMA["events"]]
    assert len(set(names)) == len(names)
