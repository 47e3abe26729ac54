"""QRadar: the properties of each kind of event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Value
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.qradar import SCHEMA, events
from tests.telemetry.natives import (
    ACCESS,
    DELETED,
    ENDED,
    FILE,
    LINUX_FILE,
    LINUX_PROCESS,
    NEW_PROCESS,
    PROCESS,
    SCRIPT_BLOCK,
    SHARE,
    SHARED_FILE,
    TIME,
    sysmon,
)

TIMES: dict[str, Value] = dict.fromkeys(("starttime", "endtime", "devicetime"), 1795251600123)
WINDOWS = {**TIMES, "devicetype": 12, "eventcount": 1, "Machine Identifier": "WS-1.corp.example"}
LINUX = {**TIMES, "devicetype": 11, "eventcount": 1, "Machine Identifier": "Srv-2.corp.example"}
SYSMON = {**WINDOWS, "Provider Name": "Microsoft-Windows-Sysmon", "username": "JDoe", "Rule Name": "-", "RuleName": "-"}
SYSMON_LINUX = {**LINUX, "Provider Name": "Linux-Sysmon", "username": "JDoe", "Rule Name": "-", "RuleName": "-"}
SECURITY = {**WINDOWS, "Provider Name": "Microsoft-Windows-Security-Auditing"}


def own(native: Native, *renamed: str) -> dict[str, Value]:
    """Items that are properties under their own name, all but the given ones."""
    assert set(renamed) <= native.data.keys()
    return {name: value for name, value in native.data.items() if name not in renamed}


RENAMED = (
    *("CommandLine", "Image", "LogonId", "ParentCommandLine", "ParentImage", "ParentProcessId", "ProcessId"),
    "RuleName",
)

EXPECTED: list[tuple[Native, dict[str, Value]]] = [
    (
        PROCESS,
        {
            **SYSMON,
            **own(PROCESS, *RENAMED),
            "Event ID": "1",
            "category": 8110,
            "Command": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
            "Process Path": "C:\\Windows\\System32\\Robocopy.exe",
            "Process ID": "4000",
            "Parent Command": "C:\\Program Files\\PowerShell\\7\\pwsh.exe -File C:\\A.ps1",
            "Parent Process Path": "C:\\Program Files\\PowerShell\\7\\Pwsh.exe",
            "Parent Process ID": "2000",
            "Logon ID": "0x3144c",
            "IMP Hash": "0D0D",
            "MD5 Hash": "0B0B",
            "SHA1 Hash": "0A0A",
            "SHA256 Hash": "0C0C",
        },
    ),
    (
        FILE,
        {
            **SYSMON,
            **own(FILE, "Image", "ProcessId", "RuleName"),
            "Event ID": "11",
            "category": 8028,
            "Process Path": "C:\\Windows\\System32\\Robocopy.exe",
            "Process ID": "4000",
            "TargetFilename": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "Filename": "Annual Report.DOCX",
            "File Directory": "C:\\Windows\\Temp",
            "File Extension": "DOCX",
        },
    ),
    (
        ENDED,
        {
            **SYSMON,
            **own(ENDED, "Image", "ProcessId", "RuleName"),
            "Event ID": "5",
            "Process Path": "C:\\Windows\\System32\\Robocopy.exe",
            "Process ID": "4000",
        },
    ),
    (
        DELETED,
        {
            **SYSMON,
            **own(DELETED, "Image", "ProcessId", "RuleName"),
            "Event ID": "23",
            "Process Path": "C:\\Windows\\System32\\Robocopy.exe",
            "Process ID": "4000",
            "Filename": "Annual Report.DOCX",
            "File Directory": "C:\\Windows\\Temp",
            "File Extension": "DOCX",
            "MD5 Hash": "0B0B",
            "SHA256 Hash": "0C0C",
        },
    ),
    (
        NEW_PROCESS,
        {
            **SECURITY,
            **own(NEW_PROCESS, "CommandLine", "ProcessId"),
            "Event ID": "4688",
            "category": 8110,
            "username": "JDoe",
            "Command": 'cmd.exe /c "copy a b & dir > c"',
            "Process ID": "0x7d0",
            "Process Name": "C:\\Windows\\System32\\cmd.exe",
            "Parent Process Name": "C:\\Windows\\explorer.exe",
            "Subject Account Name": "JDoe",
        },
    ),
    (
        SHARE,
        {
            **SECURITY,
            **own(SHARE),
            "Event ID": "5140",
            "username": "WS-2$",
            "sourceip": "10.0.0.100",
            "Share Name": "\\\\*\\Documents",
            "Subject Account Name": "WS-2$",
        },
    ),
    (
        SHARED_FILE,
        {
            **SECURITY,
            **own(SHARED_FILE),
            "Event ID": "5145",
            "username": "JDoe",
            "sourceip": "10.0.0.100",
            "Share Name": "\\\\*\\Documents",
            "Subject Account Name": "JDoe",
        },
    ),
    (
        ACCESS,
        {
            **SECURITY,
            **own(ACCESS, "ProcessId"),
            "Event ID": "4663",
            "username": "JDoe",
            "Process ID": "0xfa0",
            "Process Name": "C:\\Windows\\System32\\xcopy.exe",
            "Subject Account Name": "JDoe",
        },
    ),
    (
        SCRIPT_BLOCK,
        {**WINDOWS, **own(SCRIPT_BLOCK), "Event ID": "4104", "Provider Name": "Microsoft-Windows-PowerShell"},
    ),
    (
        LINUX_PROCESS,
        {
            **SYSMON_LINUX,
            **own(LINUX_PROCESS, *RENAMED),
            "Event ID": "1",
            "category": 8110,
            "Command": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
            "Process Path": "/usr/bin/Tar",
            "Process ID": "4000",
            "Parent Command": "-bash",
            "Parent Process Path": "/usr/bin/Bash",
            "Parent Process ID": "2000",
            "Logon ID": "1000",
        },
    ),
    (
        LINUX_FILE,
        {
            **SYSMON_LINUX,
            **own(LINUX_FILE, "Image", "ProcessId", "RuleName"),
            "Event ID": "11",
            "category": 8028,
            "Process Path": "/usr/bin/Tar",
            "Process ID": "4000",
            "TargetFilename": "/srv/.x/O.tgz",
            "Filename": "O.tgz",
            "File Directory": "/srv/.x",
            "File Extension": "tgz",
        },
    ),
]
IDS = [f"{native.provider} {native.event_id}" for native, _ in EXPECTED]


@pytest.mark.parametrize(("native", "properties"), EXPECTED, ids=IDS)
def test_properties(native: Native, properties: dict[str, Value]) -> None:
    (event,) = events(native)
    assert {name: value for name, value in event.record.items() if name != "payload"} == properties
    assert (event.time, event.source) == (TIME, "events")


@pytest.mark.parametrize("native", [native for native, _ in EXPECTED], ids=IDS)
def test_payload_holds_every_value(native: Native) -> None:
    (event,) = events(native)
    assert event.raw == event.record["payload"]
    assert all(f"{name}: {value}" in event.raw for name, value in native.data.items())
    assert f"Computer={native.computer}\tEventID={native.event_id}\t" in event.raw


@pytest.mark.parametrize("native", [native for native, _ in EXPECTED], ids=IDS)
def test_schema_has_every_property(native: Native) -> None:
    (event,) = events(native)
    assert event.record.keys() <= SCHEMA["events"].keys()


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/srv/x", {"Filename": "x", "File Directory": "/srv"}),
        ("/srv/.x", {"Filename": ".x", "File Directory": "/srv"}),
        ("/srv/a.tar.gz", {"Filename": "a.tar.gz", "File Directory": "/srv", "File Extension": "gz"}),
        ("x", {}),
    ],
)
def test_a_path_is_split(path: str, parts: dict[str, Value]) -> None:
    (event,) = events(replace(FILE, data={**FILE.data, "TargetFilename": path}))
    names = ("Filename", "File Directory", "File Extension")
    assert {name: event.record[name] for name in names if name in event.record} == parts


def test_what_is_not_described() -> None:
    assert events(sysmon(26, {})) == []
