"""Sumo Logic Cloud SIEM: the record of each kind of event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Value
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.sumo import SCHEMA, events
from tests.telemetry.natives import (
    ACCESS,
    DELETED,
    FILE,
    LINUX_DELETED,
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

COMMON: dict[str, Value] = {"friendlyName": "Record", "metadata_schemaVersion": 3, "timestamp": 1795251600123}
MICROSOFT = {**COMMON, "metadata_vendor": "Microsoft", "metadata_product": "Windows"}
LINUX = {**COMMON, "metadata_vendor": "Linux", "metadata_product": "Sysmon for Linux"}
WINDOWS_HOST = {"device_hostname": "ws-1", "device_hostname_raw": "WS-1.corp.example"}
LINUX_HOST = {"device_hostname": "srv-2", "device_hostname_raw": "Srv-2.corp.example"}
SYSMON_USER = {"user_username": "jdoe", "user_username_raw": "CORP\\JDoe"}
LINUX_USER = {"user_username": "jdoe", "user_username_raw": "JDoe"}
SUBJECT = {"user_authDomain": "CORP", "user_userId": "S-1-5-21-1-2-3-1104", **LINUX_USER}

EXPECTED: list[tuple[Native, dict[str, Value]]] = [
    (
        PROCESS,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SYSMON_USER,
            "action": "ProcessCreate",
            "baseImage": "C:\\Windows\\System32\\Robocopy.exe",
            "commandLine": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
            "description": "Sysmon observed process creation",
            "file_hash_imphash": "0D0D",
            "file_hash_md5": "0B0B",
            "file_hash_sha1": "0A0A",
            "file_hash_sha256": "0C0C",
            "metadata_deviceEventId": "Microsoft-Windows-Sysmon/Operational-1",
            "normalizedAction": "create",
            "normalizedResource": "process",
            "objectType": "EndpointProcess",
            "parentBaseImage": "C:\\Program Files\\PowerShell\\7\\Pwsh.exe",
            "parentCommandLine": "C:\\Program Files\\PowerShell\\7\\pwsh.exe -File C:\\A.ps1",
            "parentPid": 2000,
            "pid": 4000,
            "sourceUid": "7",
        },
    ),
    (
        FILE,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SYSMON_USER,
            "action": "FileCreate",
            "baseImage": "C:\\Windows\\System32\\Robocopy.exe",
            "changeTarget": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "description": "Sysmon observed a FileCreate",
            "file_path": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "metadata_deviceEventId": "Microsoft-Windows-Sysmon/Operational-11",
            "normalizedAction": "create",
            "objectType": "EndpointProcess",
            "sourceUid": "7",
        },
    ),
    (
        DELETED,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SYSMON_USER,
            "baseImage": "C:\\Windows\\System32\\Robocopy.exe",
            "changeTarget": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "file_path": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "metadata_deviceEventId": "Microsoft-Windows-Sysmon/Operational-23",
            "objectType": "EndpointProcess",
            "sourceUid": "7",
        },
    ),
    (
        NEW_PROCESS,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SUBJECT,
            "baseImage": "C:\\Windows\\System32\\cmd.exe",
            "commandLine": 'cmd.exe /c "copy a b & dir > c"',
            "description": "A new process has been created",
            "metadata_deviceEventId": "Security-4688",
            "objectType": "EndpointProcess",
            "parentBaseImage": "C:\\Windows\\explorer.exe",
            "targetUser_username": "-",
        },
    ),
    (
        ACCESS,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SUBJECT,
            "baseImage": "C:\\Windows\\System32\\xcopy.exe",
            "description": "An attempt was made to access an object.",
            "file_path": "C:\\Finance\\o.xlsx",
            "metadata_deviceEventId": "Security-4663",
            "objectType": "Audit",
        },
    ),
    (
        SHARE,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            "description": "A network share object was accessed",
            "metadata_deviceEventId": "Security-5140",
            "objectType": "AuditResourceAccess",
            "resource": "\\\\*\\Documents",
            "srcDevice_ip": "10.0.0.100",
            "user_authDomain": "CORP",
            "user_userId": "S-1-5-21-1-2-3-1105",
            "user_username": "ws-2$",
            "user_username_raw": "WS-2$",
        },
    ),
    (
        SHARED_FILE,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            **SUBJECT,
            "changeType": "Network share object checked to see whether client can be granted desired access",
            "description": "A network share object was checked to see whether client can be granted desired access",
            "file_basename": "stage\\o.zip",
            "file_path": "\\\\*\\Documents",
            "metadata_deviceEventId": "Security-5145",
            "objectType": "AuditChange",
            "srcDevice_ip": "10.0.0.100",
            "srcPort": 56926,
        },
    ),
    (
        SCRIPT_BLOCK,
        {
            **MICROSOFT,
            **WINDOWS_HOST,
            "baseImage": "powershell.exe",
            "commandLine": 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a<$b) { & $c }',
            "description": "PowerShell Script Block Logging",
            "file_path": "",
            "metadata_deviceEventId": "Microsoft-Windows-PowerShell/Operational-4104",
            "objectType": "Endpoint",
        },
    ),
    (
        LINUX_PROCESS,
        {
            **LINUX,
            **LINUX_HOST,
            **LINUX_USER,
            "baseImage": "/usr/bin/Tar",
            "commandLine": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
            "file_hash_sha256": "-",
            "metadata_deviceEventId": "Linux-Sysmon/Operational-1",
            "objectType": "EndpointProcess",
            "parentBaseImage": "/usr/bin/Bash",
            "parentCommandLine": "-bash",
            "parentPid": 2000,
            "pid": 4000,
            "sourceUid": "8",
        },
    ),
    (
        LINUX_FILE,
        {
            **LINUX,
            **LINUX_HOST,
            **LINUX_USER,
            "action": "FileCreate",
            "baseImage": "/usr/bin/Tar",
            "changeTarget": "/srv/.x/O.tgz",
            "file_path": "/srv/.x/O.tgz",
            "metadata_deviceEventId": "Linux-Sysmon/Operational-11",
            "normalizedAction": "create",
            "normalizedResource": "file",
            "objectType": "EndpointProcess",
            "sourceUid": "8",
        },
    ),
    (
        LINUX_DELETED,
        {
            **LINUX,
            **LINUX_HOST,
            **LINUX_USER,
            "baseImage": "/usr/bin/Tar",
            "changeTarget": "/srv/.x/O.tgz",
            "file_path": "/srv/.x/O.tgz",
            "metadata_deviceEventId": "Linux-Sysmon/Operational-23",
            "objectType": "EndpointProcess",
            "sourceUid": "8",
        },
    ),
]
IDS = [f"{native.provider} {native.event_id}" for native, _ in EXPECTED]


@pytest.mark.parametrize(("native", "attributes"), EXPECTED, ids=IDS)
def test_attributes(native: Native, attributes: dict[str, Value]) -> None:
    (event,) = events(native)
    assert {name: value for name, value in event.record.items() if not name.startswith("fields.")} == attributes
    assert (event.time, event.source) == (TIME, "Record")


def raw_keys(native: Native) -> dict[str, Value]:
    (event,) = events(native)
    return {name.removeprefix("fields."): value for name, value in event.record.items() if name.startswith("fields.")}


def test_raw_keys_of_windows() -> None:
    assert raw_keys(PROCESS) == {
        **{f"EventData.{name}": value for name, value in PROCESS.data.items()},
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WS-1.corp.example",
        "EventID": "1",
        "EventRecordID": "7",
        "IMPHASH": "0D0D",
        "MD5": "0B0B",
        "Provider.Name": "Microsoft-Windows-Sysmon",
        "SHA1": "0A0A",
        "SHA256": "0C0C",
        "TimeCreated.SystemTime": "2026-11-21T09:00:00.123456000Z",
    }


def test_raw_keys_of_linux() -> None:
    header = {"System.Computer": "Srv-2.corp.example", "System.EventRecordID": "8"}
    assert raw_keys(LINUX_FILE) == {**LINUX_FILE.data, **header}


@pytest.mark.parametrize(
    ("user", "normalised"),
    [
        ("CORP\\JDoe", "jdoe"),
        ("NT AUTHORITY\\SYSTEM", "nt authority\\system"),
        ("JDoe", "jdoe"),
        ("JDoe@corp.example", "jdoe"),
    ],
)
def test_user_is_normalised(user: str, normalised: str) -> None:
    (event,) = events(replace(FILE, data={**FILE.data, "User": user}))
    assert (event.record["user_username"], event.record["user_username_raw"]) == (normalised, user)


def test_what_no_mapper_reads() -> None:
    assert events(sysmon(5, {})) == []


@pytest.mark.parametrize("native", [native for native, _ in EXPECTED], ids=IDS)
def test_schema_has_every_name(native: Native) -> None:
    (event,) = events(native)
    for name in event.record:
        key = name.removeprefix("fields.")
        assert key in SCHEMA["fields" if name.startswith("fields.") else "Record"]


def test_types_are_the_schema_s() -> None:
    assert {column: SCHEMA["Record"][column] for column in ("pid", "timestamp", "baseImage", "success", "fields")} == {
        "pid": "int",
        "timestamp": "long",
        "baseImage": "string",
        "success": "boolean",
        "fields": "map[string]string",
    }
