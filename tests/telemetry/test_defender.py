from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry.defender import ROWS, SCHEMA, events
from stagewatch.telemetry.native import Native
from tests.telemetry.natives import (
    DELETED,
    FILE,
    LINUX_DELETED,
    LINUX_FILE,
    LINUX_PROCESS,
    LOGS,
    PROCESS,
    TIME,
    sysmon,
)

STARTED = datetime(2026, 11, 21, 9, 0, 0, 120000, UTC)
WINDOWS: dict[str, Value] = {
    "DeviceId": "e65a38d612b5345f76dc5904535afe0da7655d53",
    "DeviceName": "ws-1.corp.example",
    "ReportId": 7,
    "Timestamp": TIME,
}
LINUX: dict[str, Value] = {
    "DeviceId": "44e93e3dbdb942e716fadcd350ba01999a186cf6",
    "DeviceName": "srv-2.corp.example",
    "ReportId": 8,
    "Timestamp": TIME,
}
ENDPOINT: dict[str, Value] = {"DeviceCategory": "Endpoint", "OnboardingStatus": "Onboarded"}
SID = "S-1-5-21-3993763109-1392236608-3224159371-36658"
WRITER = "3671195032243327"
LINUX_WRITER = "1084219899420993"


def test_a_process_on_windows() -> None:
    assert events(PROCESS) == [
        Event(
            TIME,
            "DeviceProcessEvents",
            {
                **WINDOWS,
                "ActionType": "ProcessCreated",
                "FileName": "Robocopy.exe",
                "FolderPath": "C:\\Windows\\System32\\Robocopy.exe",
                "SHA1": "0a0a",
                "MD5": "0b0b",
                "SHA256": "0c0c",
                "ProcessVersionInfoCompanyName": "Microsoft Corporation",
                "ProcessVersionInfoProductName": "Microsoft® Windows® Operating System",
                "ProcessVersionInfoOriginalFileName": "robocopy.exe",
                "ProcessVersionInfoFileDescription": "Microsoft Robocopy",
                "ProcessId": 4000,
                "ProcessUniqueId": WRITER,
                "ProcessCommandLine": '"Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
                "ProcessIntegrityLevel": "Medium",
                "ProcessCreationTime": STARTED,
                "AccountDomain": "corp",
                "AccountName": "jdoe",
                "AccountSid": SID,
                "LogonId": 201804,
                "InitiatingProcessId": 2000,
                "InitiatingProcessUniqueId": "3447112087750378",
                "InitiatingProcessFileName": "pwsh.exe",
                "InitiatingProcessFolderPath": "c:\\program files\\powershell\\7\\pwsh.exe",
                "InitiatingProcessCommandLine": "pwsh.exe -File C:\\A.ps1",
                "InitiatingProcessAccountDomain": "nt authority",
                "InitiatingProcessAccountName": "system",
                "InitiatingProcessAccountSid": "S-1-5-18",
            },
        ),
        Event(TIME, "DeviceInfo", {**WINDOWS, **ENDPOINT, "OSPlatform": "Windows11"}),
    ]


def test_a_file_on_windows() -> None:
    assert events(FILE) == [
        Event(
            TIME,
            "DeviceFileEvents",
            {
                **WINDOWS,
                "ActionType": "FileCreated",
                "FileName": "Annual Report.DOCX",
                "FolderPath": "C:\\Windows\\Temp\\Annual Report.DOCX",
                "InitiatingProcessId": 4000,
                "InitiatingProcessUniqueId": WRITER,
                "InitiatingProcessFileName": "robocopy.exe",
                "InitiatingProcessFolderPath": "c:\\windows\\system32\\robocopy.exe",
                "InitiatingProcessAccountDomain": "corp",
                "InitiatingProcessAccountName": "jdoe",
                "InitiatingProcessAccountSid": SID,
                "RequestProtocol": "Local",
                "RequestAccountDomain": "CORP",
                "RequestAccountName": "JDoe",
                "RequestAccountSid": SID,
            },
        ),
        Event(TIME, "DeviceInfo", {**WINDOWS, **ENDPOINT, "OSPlatform": "Windows11"}),
    ]


def test_a_process_on_linux() -> None:
    assert events(LINUX_PROCESS) == [
        Event(
            TIME,
            "DeviceProcessEvents",
            {
                **LINUX,
                "ActionType": "ProcessCreated",
                "FileName": "Tar",
                "FolderPath": "/usr/bin/Tar",
                "ProcessId": 4000,
                "ProcessUniqueId": LINUX_WRITER,
                "ProcessCommandLine": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
                "ProcessTokenElevation": "None",
                "ProcessCreationTime": STARTED,
                "AccountDomain": "srv-2.corp.example",
                "AccountName": "JDoe",
                "LogonId": 0,
                "InitiatingProcessId": 2000,
                "InitiatingProcessUniqueId": "684564510312249",
                "InitiatingProcessFileName": "Bash",
                "InitiatingProcessFolderPath": "/usr/bin/Bash",
                "InitiatingProcessCommandLine": "-bash",
                "InitiatingProcessAccountDomain": "srv-2.corp.example",
                "InitiatingProcessAccountName": "root",
                "InitiatingProcessLogonId": 0,
                "InitiatingProcessTokenElevation": "None",
                "AdditionalFields": '{"ProcessCurrentWorkingDirectory": "/home/JDoe"}',
            },
        ),
        Event(TIME, "DeviceInfo", {**LINUX, **ENDPOINT, "OSPlatform": "Linux"}),
    ]


def test_a_file_on_linux() -> None:
    assert events(LINUX_FILE) == [
        Event(
            TIME,
            "DeviceFileEvents",
            {
                **LINUX,
                "ActionType": "FileCreated",
                "FileName": "O.tgz",
                "FolderPath": "/srv/.x/O.tgz",
                "InitiatingProcessId": 4000,
                "InitiatingProcessUniqueId": LINUX_WRITER,
                "InitiatingProcessFileName": "Tar",
                "InitiatingProcessFolderPath": "/usr/bin/Tar",
                "InitiatingProcessAccountDomain": "srv-2.corp.example",
                "InitiatingProcessAccountName": "JDoe",
            },
        ),
        Event(TIME, "DeviceInfo", {**LINUX, **ENDPOINT, "OSPlatform": "Linux"}),
    ]


def test_a_deleted_file() -> None:
    (created, device), (deleted, same_device) = events(FILE), events(DELETED)
    hashes = {"MD5": "0b0b", "SHA256": "0c0c"}
    assert deleted == replace(created, record={**created.record, "ActionType": "FileDeleted", **hashes})
    assert same_device == device


def test_a_deleted_file_on_linux() -> None:
    (created, device), (deleted, same_device) = events(LINUX_FILE), events(LINUX_DELETED)
    assert deleted == replace(created, record={**created.record, "ActionType": "FileDeleted"})
    assert same_device == device


@pytest.mark.parametrize("native", LOGS, ids=lambda native: str(native.event_id))
def test_logs_are_not_read(native: Native) -> None:
    assert events(native) == []


@pytest.mark.parametrize("event_id", [2, 3, 5, 26])
def test_other_sysmon_events_have_no_row(event_id: int) -> None:
    assert events(replace(FILE, event_id=event_id)) == []


def process(**data: str) -> dict[str, Value]:
    return dict(events(sysmon(1, {"Image": "C:\\Tools\\7z.exe", **data}))[0].record)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("7z.exe a o.7z", "7z.exe a o.7z"),
        ("C:\\Tools\\7z.exe a o.7z", "7z.exe a o.7z"),
        ('"c:\\tools\\7z.exe" a o.7z', '"7z.exe" a o.7z'),
        ("C:\\Tools\\7z a o.7z", "7z a o.7z"),
        ("D:\\Tools\\7z.exe a C:\\Tools\\o.7z", "D:\\Tools\\7z.exe a C:\\Tools\\o.7z"),
        ('"7z.exe" a "C:\\Tools\\o.7z"', '"7z.exe" a "C:\\Tools\\o.7z"'),
        ('"', '"'),
        ("-", "-"),
    ],
)
def test_a_command_line_lacks_the_folder_of_its_executable(text: str, written: str) -> None:
    assert process(CommandLine=text)["ProcessCommandLine"] == written


@pytest.mark.parametrize("value", ["", "-"])
@pytest.mark.parametrize(
    "name", ["User", "Hashes", "OriginalFileName", "ParentImage", "ParentUser", "LogonId", "ProcessId"]
)
def test_what_an_event_lacks_a_row_lacks(name: str, value: str) -> None:
    assert process(**{name: value}) == process()


def test_an_empty_command_line() -> None:
    assert "ProcessCommandLine" not in process(CommandLine="")


def test_a_name_without_a_folder() -> None:
    assert process(Image="System", CommandLine="\\System x")["FileName"] == "System"
    assert process(Image="System", CommandLine="\\System x")["ProcessCommandLine"] == "\\System x"


def test_identifiers_join_rows() -> None:
    started, _ = events(PROCESS)
    written, device = events(FILE)
    assert started.record["ProcessUniqueId"] == written.record["InitiatingProcessUniqueId"]
    assert started.record["DeviceId"] == written.record["DeviceId"] == device.record["DeviceId"]
    other = events(replace(FILE, computer="WS-2.corp.example"))[0]
    assert other.record["DeviceId"] != written.record["DeviceId"]


@pytest.mark.parametrize(
    ("user", "sid"),
    [
        ("NT AUTHORITY\\SYSTEM", "S-1-5-18"),
        ("NT AUTHORITY\\LOCAL SERVICE", "S-1-5-19"),
        ("nt authority\\network service", "S-1-5-20"),
    ],
)
def test_well_known_sids(user: str, sid: str) -> None:
    assert process(User=user)["AccountSid"] == sid


def test_sids_of_one_domain_have_one_authority() -> None:
    one, two, other = (str(process(User=user)["AccountSid"]) for user in ("A\\x", "A\\y", "B\\x"))
    assert one.rpartition("-")[0] == two.rpartition("-")[0] != other.rpartition("-")[0]
    assert one != two


@pytest.mark.parametrize("rows", ROWS.values())
def test_columns_are_in_the_schema(rows: tuple[tuple[str, dict[str, object]], ...]) -> None:
    for table, columns in rows:
        assert set(columns) <= set(SCHEMA[table])


def test_types_of_columns() -> None:
    assert {kind for table in SCHEMA.values() for kind in table.values()} == {
        "string",
        "int",
        "long",
        "datetime",
        "bool",
    }
    assert {table: len(columns) for table, columns in SCHEMA.items()} == {
        "DeviceProcessEvents": 68,
        "DeviceFileEvents": 58,
        "DeviceInfo": 51,
        "DeviceEvents": 64,
    }
