from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.languages.yaral_udm import kind
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.secops import SCHEMA, events
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
    security,
    sysmon,
)


def common(native: Native, log_type: str) -> dict[str, Value]:
    return {
        "metadata.event_timestamp.seconds": 1795251600,
        "metadata.event_timestamp.nanos": 123456000,
        "metadata.log_type": log_type,
        "metadata.product_event_type": str(native.event_id),
        "metadata.product_log_id": str(native.record_id),
        "metadata.product_name": native.provider,
        "metadata.vendor_name": "Microsoft",
        "principal.asset.hostname": native.computer,
        "principal.hostname": native.computer,
        "security_result.rule_name": [f"EventID: {native.event_id}"],
    }


def expected(native: Native, log_type: str, record: dict[str, Value]) -> Event:
    return Event(TIME, log_type, {**common(native, log_type), **record})


SUBJECT: dict[str, Value] = {
    "principal.administrative_domain": "CORP",
    "principal.user.userid": "JDoe",
    "principal.user.windows_sid": "S-1-5-21-1-2-3-1104",
}

RECORDS: dict[str, tuple[Native, str, dict[str, Value]]] = {
    "a process": (
        PROCESS,
        "WINDOWS_SYSMON",
        {
            "metadata.event_type": "PROCESS_LAUNCH",
            "additional.fields.key": ["current_directory"],
            "additional.fields.value.string_value": ["C:\\Users\\JDoe\\"],
            "principal.administrative_domain": "CORP",
            "principal.process.command_line": "C:\\Program Files\\PowerShell\\7\\pwsh.exe -File C:\\A.ps1",
            "principal.process.file.full_path": "C:\\Program Files\\PowerShell\\7\\Pwsh.exe",
            "principal.process.pid": "2000",
            "principal.process.product_specific_process_id": "SYSMON:D57E0D2D-429C-3A13-7640-A6E9B9801601",
            "principal.user.userid": "JDoe",
            "target.asset.software.description": ["Microsoft Robocopy"],
            "target.asset.software.name": ["Microsoft® Windows® Operating System"],
            "target.asset.software.vendor_name": ["Microsoft Corporation"],
            "target.asset.software.version": ["10.0.26100.1 (WinBuild.160101.0800)"],
            "target.process.command_line": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
            "target.process.file.full_path": "C:\\Windows\\System32\\Robocopy.exe",
            "target.process.file.md5": "0b0b",
            "target.process.file.pe_file.imphash": "0d0d",
            "target.process.file.sha1": "0a0a",
            "target.process.file.sha256": "0c0c",
            "target.process.pid": "4000",
            "target.process.product_specific_process_id": "SYSMON:BB73FC80-5CDC-0C88-181F-AF4344A23B23",
        },
    ),
    "a file": (
        FILE,
        "WINDOWS_SYSMON",
        {
            "metadata.event_type": "FILE_CREATION",
            "principal.administrative_domain": "CORP",
            "principal.process.file.full_path": "C:\\Windows\\System32\\Robocopy.exe",
            "principal.process.pid": "4000",
            "principal.process.product_specific_process_id": "SYSMON:BB73FC80-5CDC-0C88-181F-AF4344A23B23",
            "principal.user.userid": "JDoe",
            "target.file.full_path": "C:\\Windows\\Temp\\Annual Report.DOCX",
        },
    ),
    "the end of a process": (
        ENDED,
        "WINDOWS_SYSMON",
        {
            "metadata.event_type": "PROCESS_TERMINATION",
            "principal.administrative_domain": "CORP",
            "principal.user.userid": "JDoe",
            "target.process.file.full_path": "C:\\Windows\\System32\\Robocopy.exe",
            "target.process.pid": "4000",
            "target.process.product_specific_process_id": "SYSMON:BB73FC80-5CDC-0C88-181F-AF4344A23B23",
        },
    ),
    "a deleted file": (
        DELETED,
        "WINDOWS_SYSMON",
        {
            "metadata.event_type": "FILE_DELETION",
            "principal.administrative_domain": "CORP",
            "principal.process.file.full_path": "C:\\Windows\\System32\\Robocopy.exe",
            "principal.process.pid": "4000",
            "principal.process.product_specific_process_id": "SYSMON:BB73FC80-5CDC-0C88-181F-AF4344A23B23",
            "principal.user.userid": "JDoe",
            "target.file.full_path": "C:\\Windows\\Temp\\Annual Report.DOCX",
            "target.file.md5": "0b0b",
            "target.file.sha256": "0c0c",
        },
    ),
    "a process on Linux": (
        LINUX_PROCESS,
        "LINUX_SYSMON",
        {
            "metadata.event_type": "PROCESS_LAUNCH",
            "additional.fields.key": ["current_directory"],
            "additional.fields.value.string_value": ["/home/JDoe"],
            "principal.platform": "LINUX",
            "principal.process.command_line": "-bash",
            "principal.process.file.full_path": "/usr/bin/Bash",
            "principal.process.pid": "2000",
            "principal.process.product_specific_process_id": "SYSMON:F4B16A99-E089-97A7-D9C4-93D9D0840348",
            "principal.user.userid": "JDoe",
            "target.asset.software.description": ["-"],
            "target.asset.software.name": ["-"],
            "target.asset.software.vendor_name": ["-"],
            "target.asset.software.version": ["-"],
            "target.process.command_line": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
            "target.process.file.full_path": "/usr/bin/Tar",
            "target.process.pid": "4000",
            "target.process.product_specific_process_id": "SYSMON:11E9E943-95F5-0CD5-8D40-F0C7C9BA5D8F",
        },
    ),
    "a file on Linux": (
        LINUX_FILE,
        "LINUX_SYSMON",
        {
            "metadata.event_type": "FILE_CREATION",
            "principal.platform": "LINUX",
            "principal.process.file.full_path": "/usr/bin/Tar",
            "principal.process.pid": "4000",
            "principal.process.product_specific_process_id": "SYSMON:11E9E943-95F5-0CD5-8D40-F0C7C9BA5D8F",
            "principal.user.userid": "JDoe",
            "target.file.full_path": "/srv/.x/O.tgz",
        },
    ),
    "a new process": (
        NEW_PROCESS,
        "WINEVTLOG",
        {
            **SUBJECT,
            "metadata.event_type": "PROCESS_LAUNCH",
            "additional.fields.key": ["TokenElevationType", "TargetLogonId", "MandatoryLabel", "Channel"],
            "additional.fields.value.string_value": ["%%1938", "0x0", "S-1-16-8192", "Security"],
            "principal.labels.key": ["SubjectLogonId"],
            "principal.labels.value": ["0x3144c"],
            "principal.process.command_line": 'cmd.exe /c "copy a b & dir > c"',
            "principal.process.file.full_path": "C:\\Windows\\explorer.exe",
            "principal.process.pid": "0x7d0",
            "security_result.action": ["ALLOW"],
            "target.administrative_domain": "-",
            "target.process.file.full_path": "C:\\Windows\\System32\\cmd.exe",
            "target.process.pid": "0xfa0",
            "target.user.userid": "-",
            "target.user.windows_sid": "S-1-0-0",
        },
    ),
    "a share": (
        SHARE,
        "WINEVTLOG",
        {
            **SUBJECT,
            "metadata.event_type": "USER_RESOURCE_ACCESS",
            "additional.fields.key": ["Channel"],
            "additional.fields.value.string_value": ["Security"],
            "principal.ip": ["10.0.0.100"],
            "principal.port": 49212,
            "principal.process.access_mask": 1,
            "principal.user.userid": "WS-2$",
            "principal.user.windows_sid": "S-1-5-21-1-2-3-1105",
            "security_result.action": ["ALLOW"],
            "target.file.full_path": "\\??\\C:\\Documents",
            "target.hostname": "WS-1.corp.example",
            "target.resource.attribute.permissions.name": ["%%4416"],
            "target.resource.name": "\\\\*\\Documents",
        },
    ),
    "a shared file": (
        SHARED_FILE,
        "WINEVTLOG",
        {
            **SUBJECT,
            "metadata.event_type": "USER_RESOURCE_ACCESS",
            "additional.fields.key": ["SubjectLogonId", "Channel"],
            "additional.fields.value.string_value": ["0x38d34", "Security"],
            "principal.ip": ["10.0.0.100"],
            "principal.port": 56926,
            "principal.process.access_mask": 2,
            "security_result.action": ["ALLOW"],
            "security_result.description": ["-"],
            "target.file.full_path": "\\??\\C:\\Documents",
            "target.file.names": ["stage\\o.zip"],
            "target.resource.attribute.permissions.name": ["%%4417"],
            "target.resource.name": "\\\\*\\Documents",
        },
    ),
    "an access": (
        ACCESS,
        "WINEVTLOG",
        {
            **SUBJECT,
            "metadata.event_type": "FILE_OPEN",
            "additional.fields.key": ["Channel"],
            "additional.fields.value.string_value": ["Security"],
            "principal.labels.key": ["SubjectLogonId"],
            "principal.labels.value": ["0x3144c"],
            "principal.process.access_mask": 1,
            "principal.process.file.full_path": "C:\\Windows\\System32\\xcopy.exe",
            "principal.process.pid": "0xfa0",
            "security_result.action": ["ALLOW"],
            "target.file.full_path": "C:\\Finance\\o.xlsx",
            "target.resource.attribute.labels.key": ["HandleId", "ObjectServer", "ResourceAttributes"],
            "target.resource.attribute.labels.value": ["0x1bc", "Security", "S:AI"],
            "target.resource.attribute.permissions.name": ["%%4416"],
            "target.resource.resource_subtype": "File",
        },
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record(name: str) -> None:
    native, log_type, record = RECORDS[name]
    assert events(native) == [expected(native, log_type, record)]


SCRIPT = 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a<$b) { & $c }'


@pytest.mark.parametrize(
    ("path", "by_windows", "by_powershell"),
    [
        ("", {}, {"metadata.event_type": "STATUS_UPDATE"}),
        (
            "C:\\A.ps1",
            {"target.file.full_path": "C:\\A.ps1"},
            {"metadata.event_type": "PROCESS_LAUNCH", "target.process.file.full_path": "C:\\A.ps1"},
        ),
    ],
)
def test_a_script_block_is_told_by_two_parsers(
    path: str, by_windows: dict[str, Value], by_powershell: dict[str, Value]
) -> None:
    native = replace(SCRIPT_BLOCK, data={**SCRIPT_BLOCK.data, "Path": path})
    channel = "Microsoft-Windows-PowerShell/Operational"
    assert events(native) == [
        expected(
            native,
            "WINEVTLOG",
            {
                "metadata.description": "Script block logging",
                "metadata.event_type": "PROCESS_LAUNCH",
                "additional.fields.key": ["Channel", "MessageNumber", "MessageTotal"],
                "additional.fields.value.string_value": [channel, "1", "1"],
                "principal.resource.product_object_id": "f0c1",
                "target.application": "Microsoft-Windows-PowerShell",
                "target.process.command_line": SCRIPT,
                **by_windows,
            },
        ),
        expected(
            native,
            "POWERSHELL",
            {
                "security_result.action": ["ALLOW"],
                "security_result.detection_fields.key": ["ScriptBlockText"],
                "security_result.detection_fields.value": [SCRIPT],
                **by_powershell,
            },
        ),
    ]


@pytest.mark.parametrize(
    ("kind_of_object", "event_type", "path"),
    [
        ("SymbolicLink", "FILE_OPEN", "target.file.full_path"),
        ("Key", "REGISTRY_UNCATEGORIZED", "target.registry.registry_key"),
        ("Process", "PROCESS_OPEN", "target.process.file.full_path"),
        ("Event", "USER_RESOURCE_ACCESS", "target.resource.name"),
    ],
)
def test_an_access_depends_on_the_kind_of_object(kind_of_object: str, event_type: str, path: str) -> None:
    [event] = events(security(4663, {"ObjectType": kind_of_object, "ObjectName": "o"}))
    assert (event.record["metadata.event_type"], event.record[path]) == (event_type, "o")


@pytest.mark.parametrize(
    "native",
    [
        sysmon(3, {}),
        security(4624, {}),
        security(4663, {"ObjectType": "Token", "ObjectName": "o"}),
        replace(SCRIPT_BLOCK, event_id=4103),
        replace(SCRIPT_BLOCK, provider="PowerShell"),
    ],
)
def test_what_is_not_told(native: Native) -> None:
    assert events(native) == []


def test_a_number_that_is_none_is_left_out() -> None:
    [event] = events(replace(SHARE, data={**SHARE.data, "IpPort": "-", "AccessMask": "x"}))
    assert not {"principal.port", "principal.process.access_mask"} & set(event.record)


@pytest.mark.parametrize("native", [*(native for native, _, _ in RECORDS.values()), SCRIPT_BLOCK])
def test_records_are_of_the_schema(native: Native) -> None:
    for event in events(native):
        for path, value in event.record.items():
            if path.startswith("additional.fields."):
                continue
            stated = kind(SCHEMA, path)
            assert isinstance(value, list) == bool(stated.root), path
            one = value[0] if isinstance(value, list) else value
            assert isinstance(one, int if stated.family == "number" else str), path
            if stated.family == "enum":
                assert one in stated.values
