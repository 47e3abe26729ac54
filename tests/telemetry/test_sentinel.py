from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import defender
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.sentinel import SCHEMA, events
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
)

XMLNS = 'xmlns="http://schemas.microsoft.com/win/2004/08/events/event"'
SECURITY_EVENT: dict[str, Value] = {
    "TimeGenerated": TIME,
    "Type": "SecurityEvent",
    "Computer": "WS-1.corp.example",
    "Channel": "Security",
    "EventSourceName": "Microsoft-Windows-Security-Auditing",
}


@pytest.mark.parametrize("native", [PROCESS, FILE, DELETED, LINUX_PROCESS, LINUX_FILE, LINUX_DELETED])
def test_rows_of_advanced_hunting_are_streamed(native: Native) -> None:
    hunted, streamed = defender.events(native), events(native)
    assert [(event.time, event.source) for event in streamed] == [(TIME, event.source) for event in hunted]
    for there, here in zip(hunted, streamed, strict=True):
        expected = {**there.record, "TimeGenerated": TIME, "Type": there.source}
        del expected["Timestamp"]
        assert here.record == expected


def test_a_new_process() -> None:
    assert events(NEW_PROCESS) == [
        Event(
            TIME,
            "SecurityEvent",
            {
                **SECURITY_EVENT,
                "EventID": 4688,
                "Task": 13312,
                "Activity": "4688 - A new process has been created.",
                "Account": "CORP\\JDoe",
                "AccountType": "User",
                "SubjectAccount": "CORP\\JDoe",
                "SubjectUserSid": "S-1-5-21-1-2-3-1104",
                "SubjectUserName": "JDoe",
                "SubjectDomainName": "CORP",
                "SubjectLogonId": "0x3144c",
                "NewProcessId": "0xfa0",
                "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
                "Process": "cmd.exe",
                "TokenElevationType": "%%1938",
                "ProcessId": "0x7d0",
                "CommandLine": 'cmd.exe /c "copy a b & dir > c"',
                "TargetAccount": "-\\-",
                "TargetUserSid": "S-1-0-0",
                "TargetUserName": "-",
                "TargetDomainName": "-",
                "TargetLogonId": "0x0",
                "ParentProcessName": "C:\\Windows\\explorer.exe",
                "MandatoryLabel": "S-1-16-8192",
                "EventData": (
                    f"<EventData {XMLNS}>"
                    '<Data Name="SubjectUserSid">S-1-5-21-1-2-3-1104</Data>'
                    '<Data Name="SubjectUserName">JDoe</Data>'
                    '<Data Name="SubjectDomainName">CORP</Data>'
                    '<Data Name="SubjectLogonId">0x3144c</Data>'
                    '<Data Name="NewProcessId">0xfa0</Data>'
                    '<Data Name="NewProcessName">C:\\Windows\\System32\\cmd.exe</Data>'
                    '<Data Name="TokenElevationType">%%1938</Data>'
                    '<Data Name="ProcessId">0x7d0</Data>'
                    '<Data Name="CommandLine">cmd.exe /c "copy a b &amp; dir &gt; c"</Data>'
                    '<Data Name="TargetUserSid">S-1-0-0</Data>'
                    '<Data Name="TargetUserName">-</Data>'
                    '<Data Name="TargetDomainName">-</Data>'
                    '<Data Name="TargetLogonId">0x0</Data>'
                    '<Data Name="ParentProcessName">C:\\Windows\\explorer.exe</Data>'
                    '<Data Name="MandatoryLabel">S-1-16-8192</Data>'
                    "</EventData>"
                ),
            },
        )
    ]


def test_a_share() -> None:
    assert events(SHARE) == [
        Event(
            TIME,
            "SecurityEvent",
            {
                **SECURITY_EVENT,
                "EventID": 5140,
                "Task": 12808,
                "Activity": "5140 - A network share object was accessed.",
                "Account": "CORP\\WS-2$",
                "AccountType": "Machine",
                "SubjectAccount": "CORP\\WS-2$",
                "SubjectUserSid": "S-1-5-21-1-2-3-1105",
                "SubjectUserName": "WS-2$",
                "SubjectDomainName": "CORP",
                "SubjectLogonId": "0x541f35",
                "ObjectType": "File",
                "IpAddress": "10.0.0.100",
                "IpPort": "49212",
                "ShareName": "\\\\*\\Documents",
                "ShareLocalPath": "\\??\\C:\\Documents",
                "AccessMask": "0x1",
                "EventData": (
                    f"<EventData {XMLNS}>"
                    '<Data Name="SubjectUserSid">S-1-5-21-1-2-3-1105</Data>'
                    '<Data Name="SubjectUserName">WS-2$</Data>'
                    '<Data Name="SubjectDomainName">CORP</Data>'
                    '<Data Name="SubjectLogonId">0x541f35</Data>'
                    '<Data Name="ObjectType">File</Data>'
                    '<Data Name="IpAddress">10.0.0.100</Data>'
                    '<Data Name="IpPort">49212</Data>'
                    '<Data Name="ShareName">\\\\*\\Documents</Data>'
                    '<Data Name="ShareLocalPath">\\??\\C:\\Documents</Data>'
                    '<Data Name="AccessMask">0x1</Data>'
                    '<Data Name="AccessList">%%4416</Data>'
                    "</EventData>"
                ),
            },
        )
    ]


def test_a_file_on_a_share() -> None:
    (event,) = events(SHARED_FILE)
    assert (event.time, event.source) == (TIME, "SecurityEvent")
    assert {name: value for name, value in event.record.items() if name != "EventData"} == {
        **SECURITY_EVENT,
        "EventID": 5145,
        "Task": 12811,
        "Activity": ("5145 - A network share object was checked to see whether client can be granted desired access."),
        "Account": "CORP\\JDoe",
        "AccountType": "User",
        "SubjectAccount": "CORP\\JDoe",
        "SubjectUserSid": "S-1-5-21-1-2-3-1104",
        "SubjectUserName": "JDoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x38d34",
        "ObjectType": "File",
        "IpAddress": "10.0.0.100",
        "IpPort": "56926",
        "ShareName": "\\\\*\\Documents",
        "ShareLocalPath": "\\??\\C:\\Documents",
        "RelativeTargetName": "stage\\o.zip",
        "AccessMask": "0x2",
    }
    assert '<Data Name="AccessList">%%4417</Data><Data Name="AccessReason">-</Data>' in str(event.record["EventData"])


def test_an_access_to_a_file() -> None:
    (event,) = events(ACCESS)
    assert (event.time, event.source) == (TIME, "SecurityEvent")
    assert {name: value for name, value in event.record.items() if name != "EventData"} == {
        **SECURITY_EVENT,
        "EventID": 4663,
        "Task": 12800,
        "Activity": "4663 - An attempt was made to access an object.",
        "Account": "CORP\\JDoe",
        "AccountType": "User",
        "SubjectAccount": "CORP\\JDoe",
        "SubjectUserSid": "S-1-5-21-1-2-3-1104",
        "SubjectUserName": "JDoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x3144c",
        "ObjectServer": "Security",
        "ObjectType": "File",
        "ObjectName": "C:\\Finance\\o.xlsx",
        "HandleId": "0x1bc",
        "AccessMask": "0x1",
        "ProcessId": "0xfa0",
        "ProcessName": "C:\\Windows\\System32\\xcopy.exe",
    }
    assert '<Data Name="ResourceAttributes">S:AI</Data>' in str(event.record["EventData"])


def test_a_script_block() -> None:
    text = 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a<$b) { & $c }'
    escaped = 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a&lt;$b) { &amp; $c }'
    assert events(SCRIPT_BLOCK) == [
        Event(
            TIME,
            "Event",
            {
                "TimeGenerated": TIME,
                "Type": "Event",
                "Computer": "WS-1.corp.example",
                "EventID": 4104,
                "Source": "Microsoft-Windows-PowerShell",
                "EventLog": "Microsoft-Windows-PowerShell/Operational",
                "EventData": (
                    '<DataItem Type="System.XmlData" time="2026-11-21T09:00:00.123456Z">'
                    f"<EventData {XMLNS}>"
                    '<Data Name="MessageNumber">1</Data>'
                    '<Data Name="MessageTotal">1</Data>'
                    f'<Data Name="ScriptBlockText">{escaped}</Data>'
                    '<Data Name="ScriptBlockId">f0c1</Data>'
                    '<Data Name="Path"></Data>'
                    "</EventData></DataItem>"
                ),
                "ParameterXml": (
                    f"<Param>1</Param><Param>1</Param><Param>{escaped}</Param><Param>f0c1</Param><Param></Param>"
                ),
                "RenderedDescription": (
                    f"Creating Scriptblock text (1 of 1):\r\n{text}\r\n\r\nScriptBlock ID: f0c1\r\nPath: "
                ),
            },
        ),
        Event(
            TIME,
            "WindowsEvent",
            {
                "TimeGenerated": TIME,
                "Type": "WindowsEvent",
                "Computer": "WS-1.corp.example",
                "EventID": 4104,
                "Channel": "Microsoft-Windows-PowerShell/Operational",
                "EventData": json.dumps(dict(SCRIPT_BLOCK.data)),
                "EventRecordId": str(SCRIPT_BLOCK.record_id),
                "Provider": "Microsoft-Windows-PowerShell",
            },
        ),
    ]


@pytest.mark.parametrize(
    "native", [replace(NEW_PROCESS, event_id=4624), replace(SCRIPT_BLOCK, event_id=4103), replace(FILE, event_id=26)]
)
def test_other_events_have_no_row(native: Native) -> None:
    assert events(native) == []


@pytest.mark.parametrize(
    "native",
    [PROCESS, FILE, LINUX_PROCESS, LINUX_FILE, NEW_PROCESS, SHARE, SHARED_FILE, ACCESS, SCRIPT_BLOCK],
)
def test_columns_are_in_the_schema(native: Native) -> None:
    for event in events(native):
        assert set(event.record) <= set(SCHEMA[event.source])


def test_types_of_columns() -> None:
    kinds = {kind for table in SCHEMA.values() for kind in table.values()}
    assert kinds == {"string", "int", "long", "real", "datetime", "bool", "dynamic"}
    assert {table: len(columns) for table, columns in SCHEMA.items()} == {
        "DeviceProcessEvents": 74,
        "DeviceFileEvents": 64,
        "DeviceInfo": 39,
        "DeviceEvents": 62,
        "SecurityEvent": 218,
        "Event": 22,
        "WindowsEvent": 26,
        "AWSCloudTrail": 53,
        "AzureActivity": 37,
        "GCPAuditLogs": 29,
    }
    for table in ("DeviceProcessEvents", "DeviceFileEvents", "DeviceInfo", "DeviceEvents"):
        common = set(SCHEMA[table]) & set(defender.SCHEMA[table])
        differ = {name for name in common if SCHEMA[table][name] != defender.SCHEMA[table][name]}
        assert differ == {"AdditionalFields"} | ({"LoggedOnUsers"} if table == "DeviceInfo" else set())
