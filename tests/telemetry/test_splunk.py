from __future__ import annotations

from dataclasses import replace

import pytest

from stagewatch.languages.base import Event
from stagewatch.telemetry import splunk_azure, splunk_cloudtrail, splunk_gcp, splunk_osquery
from stagewatch.telemetry.native import POWERSHELL, Native
from stagewatch.telemetry.splunk import SCHEMA, TABLES, events
from tests.telemetry.natives import (
    ACCESS,
    AUDITD_RECORDS,
    DELETED,
    ENDED,
    FILE,
    HANDLE,
    LINUX_DELETED,
    LINUX_FILE,
    LINUX_PROCESS,
    LOGS,
    MAC_FILE,
    MAC_PROCESS,
    NEW_PROCESS,
    PROCESS,
    SCRIPT_BLOCK,
    SHARE,
    SHARED_FILE,
    TIME,
    sysmon,
)

COMPUTER = "WS-1.corp.example"
HOST = {
    "index": "main",
    "host": COMPUTER,
    "Computer": COMPUTER,
    "dvc_nt_host": COMPUTER,
    "sourcetype": "XmlWinEventLog",
}
SYSTEM_TIME = "2026-11-21T09:00:00.123456000Z"


def windows(provider: str, guid: str, channel: str, event_id: int, record: int) -> dict[str, str]:
    """What every event of a Windows log has."""
    return {
        **HOST,
        "source": f"XmlWinEventLog:{channel}",
        "Channel": channel,
        "EventCode": str(event_id),
        "EventID": str(event_id),
        "signature_id": str(event_id),
        "EventRecordID": str(record),
        "RecordNumber": str(record),
        "Guid": guid,
        "Name": provider,
        "SystemTime": SYSTEM_TIME,
    }


def of_sysmon(event_id: int) -> dict[str, str]:
    guid = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
    common = windows("Microsoft-Windows-Sysmon", guid, "Microsoft-Windows-Sysmon/Operational", event_id, 7)
    return {**common, "RecordID": "7", "dest": COMPUTER}


def of_security(event_id: int) -> dict[str, str]:
    guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}"
    return {**windows("Microsoft-Windows-Security-Auditing", guid, "Security", event_id, 9), "dest": COMPUTER}


def of_linux(event_id: int) -> dict[str, str]:
    return {
        "index": "main",
        "host": "Srv-2.corp.example",
        "Computer": "Srv-2.corp.example",
        "dest": "Srv-2.corp.example",
        "source": "Syslog:Linux-Sysmon/Operational",
        "sourcetype": "sysmon:linux",
        "Channel": "Linux-Sysmon/Operational",
        "EventCode": str(event_id),
        "EventID": str(event_id),
        "signature_id": str(event_id),
        "EventRecordID": "8",
        "RecordID": "8",
        "Guid": "{ff032593-a8d3-4f13-b0d6-01fc615a0f97}",
        "Name": "Linux-Sysmon",
        "SystemTime": SYSTEM_TIME,
    }


def check(native: Native, table: str, record: dict[str, str]) -> Event:
    (found,) = events(native)
    assert (found.time, found.source, found.record) == (TIME, table, record)
    return found


WRITER = {
    "process_exec": "Robocopy.exe",
    "process_guid": "{BB73FC80-5CDC-0C88-181F-AF4344A23B23}",
    "process_id": "4000",
    "process_name": "Robocopy.exe",
    "process_path": "C:\\Windows\\System32\\Robocopy.exe",
}
LINUX_WRITER = {
    "process_exec": "Tar",
    "process_guid": "{11E9E943-95F5-0CD5-8D40-F0C7C9BA5D8F}",
    "process_id": "4000",
    "process_name": "Tar",
    "process_path": "/usr/bin/Tar",
}


def test_a_process_on_windows() -> None:
    record = {
        **of_sysmon(1),
        **PROCESS.data,
        **WRITER,
        "IMPHASH": "0D0D",
        "MD5": "0B0B",
        "SHA1": "0A0A",
        "SHA256": "0C0C",
        "original_file_name": "robocopy.exe",
        "parent_process": "C:\\Program Files\\PowerShell\\7\\pwsh.exe -File C:\\A.ps1",
        "parent_process_exec": "Pwsh.exe",
        "parent_process_guid": "{D57E0D2D-429C-3A13-7640-A6E9B9801601}",
        "parent_process_id": "2000",
        "parent_process_name": "Pwsh.exe",
        "parent_process_path": "C:\\Program Files\\PowerShell\\7\\Pwsh.exe",
        "process": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
        "process_current_directory": "C:\\Users\\JDoe\\",
        "process_hash": "SHA1=0A0A,MD5=0B0B,SHA256=0C0C,IMPHASH=0D0D",
        "process_integrity_level": "Medium",
    }
    check(PROCESS, "Sysmon EventID 1", record)


def test_a_file_on_windows() -> None:
    record = {
        **of_sysmon(11),
        **FILE.data,
        **WRITER,
        "file_create_time": "2026-11-21 09:00:00.120",
        "file_name": "Annual Report.DOCX",
        "file_path": "C:\\Windows\\Temp\\Annual Report.DOCX",
    }
    assert check(FILE, "Sysmon EventID 11", record).raw == (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/>"
        "<EventID>11</EventID><TimeCreated SystemTime='2026-11-21T09:00:00.123456000Z'/>"
        "<EventRecordID>7</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
        "<Computer>WS-1.corp.example</Computer></System><EventData>"
        "<Data Name='RuleName'>-</Data>"
        "<Data Name='UtcTime'>2026-11-21 09:00:00.120</Data>"
        "<Data Name='ProcessGuid'>{BB73FC80-5CDC-0C88-181F-AF4344A23B23}</Data>"
        "<Data Name='ProcessId'>4000</Data>"
        "<Data Name='Image'>C:\\Windows\\System32\\Robocopy.exe</Data>"
        "<Data Name='TargetFilename'>C:\\Windows\\Temp\\Annual Report.DOCX</Data>"
        "<Data Name='CreationUtcTime'>2026-11-21 09:00:00.120</Data>"
        "<Data Name='User'>CORP\\JDoe</Data></EventData></Event>"
    )


def test_a_process_on_linux() -> None:
    record = {
        **of_linux(1),
        **LINUX_PROCESS.data,
        **LINUX_WRITER,
        "original_file_name": "-",
        "parent_process": "-bash",
        "parent_process_exec": "Bash",
        "parent_process_guid": "{F4B16A99-E089-97A7-D9C4-93D9D0840348}",
        "parent_process_id": "2000",
        "parent_process_name": "Bash",
        "parent_process_path": "/usr/bin/Bash",
        "process": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
        "process_current_directory": "/home/JDoe",
        "process_hash": "-",
        "process_integrity_level": "no level",
    }
    check(LINUX_PROCESS, "Sysmon for Linux EventID 1", record)


def test_a_file_on_linux() -> None:
    record = {
        **of_linux(11),
        **LINUX_FILE.data,
        **LINUX_WRITER,
        "file_create_time": "2026-11-21 09:00:00.120",
        "file_name": "O.tgz",
        "file_path": "/srv/.x/O.tgz",
    }
    assert check(LINUX_FILE, "Sysmon for Linux EventID 11", record).raw.startswith(
        '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/>'
        "<EventID>11</EventID>"
    )


def test_the_end_of_a_process() -> None:
    check(ENDED, "Sysmon EventID 5", {**of_sysmon(5), **ENDED.data, **WRITER})


def test_a_deleted_file() -> None:
    names = {"file_name": "Annual Report.DOCX", "file_path": "C:\\Windows\\Temp\\Annual Report.DOCX"}
    hashes = {"MD5": "0B0B", "SHA256": "0C0C", "file_hash": "MD5=0B0B,SHA256=0C0C"}
    check(DELETED, "Sysmon EventID 23", {**of_sysmon(23), **DELETED.data, **WRITER, **names, **hashes})


def test_a_deleted_file_on_linux() -> None:
    names = {"file_hash": "-", "file_name": "O.tgz", "file_path": "/srv/.x/O.tgz"}
    check(LINUX_DELETED, "Sysmon for Linux EventID 23", {**of_linux(23), **LINUX_DELETED.data, **LINUX_WRITER, **names})


def test_a_new_process() -> None:
    line = 'cmd.exe /c "copy a b &amp; dir &gt; c"'
    record = {
        **of_security(4688),
        **NEW_PROCESS.data,
        "SubjectUserSid": "CORP\\JDoe",
        "TargetUserSid": "NULL SID",
        "MandatoryLabel": "Mandatory Label\\Medium Mandatory Level",
        "CommandLine": line,
        "Process_Command_Line": line,
        "process": line,
        "new_process_name": "cmd.exe",
        "process_name": "cmd.exe",
        "process_path": "C:\\Windows\\System32\\cmd.exe",
        "parent_process_name": "explorer.exe",
        "parent_process_path": "C:\\Windows\\explorer.exe",
    }
    found = check(NEW_PROCESS, "Windows Event Log Security 4688", record)
    assert f"<Data Name='CommandLine'>{line}</Data>" in found.raw
    assert "<Data Name='SubjectUserSid'>CORP\\JDoe</Data>" in found.raw


CLIENT = {"src": "10.0.0.100", "src_ip": "10.0.0.100"}


def test_a_share() -> None:
    record = {**of_security(5140), **SHARE.data, **CLIENT, "SubjectUserSid": "CORP\\WS-2$", "src_port": "49212"}
    check(SHARE, "Windows Event Log Security 5140", record)


def test_a_shared_file() -> None:
    record = {**of_security(5145), **SHARED_FILE.data, **CLIENT, "SubjectUserSid": "CORP\\JDoe", "src_port": "56926"}
    check(SHARED_FILE, "Windows Event Log Security 5145", record)


def test_an_access() -> None:
    record = {
        **of_security(4663),
        **ACCESS.data,
        "SubjectUserSid": "CORP\\JDoe",
        "object_file_name": "o.xlsx",
        "object_file_path": "C:\\Finance\\o.xlsx",
        "process_name": "xcopy.exe",
        "process_path": "C:\\Windows\\System32\\xcopy.exe",
    }
    check(ACCESS, "Windows Event Log Security 4663", record)


def test_a_script_block() -> None:
    """Its path is empty, so there is no such field, but the raw event has it."""
    guid = "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}"
    record = {
        **windows(POWERSHELL, guid, "Microsoft-Windows-PowerShell/Operational", 4104, 10),
        "MessageNumber": "1",
        "MessageTotal": "1",
        "ScriptBlockText": 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a&lt;$b) { &amp; $c }',
        "ScriptBlockId": "f0c1",
    }
    assert "<Data Name='Path'></Data>" in check(SCRIPT_BLOCK, "Powershell Script Block Logging 4104", record).raw


def test_guids_without_braces_get_them() -> None:
    (found,) = events(replace(FILE, data={"ProcessGuid": "BB73FC80-5CDC-0C88-181F-AF4344A23B23", "LogonGuid": "-"}))
    assert (found.record["ProcessGuid"], found.record["LogonGuid"]) == ("{BB73FC80-5CDC-0C88-181F-AF4344A23B23}", "-")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"SubjectUserSid": "S-1-5-18", "SubjectUserName": "WS-1$"}, "NT AUTHORITY\\SYSTEM"),
        ({"SubjectUserSid": "S-1-5-21-1", "SubjectUserName": "-", "SubjectDomainName": "-"}, "S-1-5-21-1"),
        ({"SubjectUserSid": "S-1-5-21-1", "SubjectUserName": "a"}, "S-1-5-21-1"),
    ],
)
def test_sids_of_the_security_log_are_names_where_they_are_known(data: dict[str, str], name: str) -> None:
    (found,) = events(replace(NEW_PROCESS, data=data))
    assert found.record["SubjectUserSid"] == name


def test_a_process_on_macos() -> None:
    (found,) = events(MAC_PROCESS)
    record = found.record
    assert (found.source, record["sourcetype"], record["name"]) == ("osquery", "osquery:results", "es_process_events")
    assert (record["columns.path"], record["columns.event_type"]) == ("/usr/bin/tar", "exec")
    assert record["columns.cmdline"] == "tar czf /tmp/o.tgz /Users/jdoe "
    assert set(record) <= set(SCHEMA["osquery"])


def test_what_splunk_does_not_list_of_osquery_is_in_the_raw_event_alone() -> None:
    (found,) = events(MAC_FILE)
    assert set(found.record) <= set(SCHEMA["osquery"])
    assert "Annual Report.tgz" in str(found.raw)


@pytest.mark.parametrize("command_line", ["ls -l", "ls -l "])
def test_one_blank_ends_a_command_line_on_macos(command_line: str) -> None:
    (found,) = events(replace(MAC_PROCESS, data={**MAC_PROCESS.data, "cmdline": command_line}))
    assert found.record["columns.cmdline"] == "ls -l "


def test_a_handle() -> None:
    (found,) = events(HANDLE)
    assert found.source == "Windows Event Log Security 4656"
    assert (found.record["AccessMask"], found.record["process_name"]) == ("0x2", "xcopy.exe")


def test_what_is_not_described_gives_nothing() -> None:
    assert events(sysmon(26, dict(FILE.data))) == []
    assert events(replace(PROCESS, provider="Another")) == []


def test_schema_knows_every_field() -> None:
    sysmons = (PROCESS, FILE, ENDED, DELETED, LINUX_PROCESS, LINUX_FILE, LINUX_DELETED)
    others = (*AUDITD_RECORDS, HANDLE)
    found = [event for native in (*sysmons, *LOGS, *others) for event in events(native)]
    assert sorted(event.source for event in found) == sorted(TABLES.values())
    assert {event.source: set(event.record) - set(SCHEMA[event.source]) for event in found} == {
        table: set() for table in TABLES.values()
    }


def test_schema_tells_tables_and_macros() -> None:
    alone = {splunk_azure.TABLE, splunk_cloudtrail.TABLE, splunk_gcp.TABLE, splunk_osquery.TABLE}
    assert set(SCHEMA) == {"macros", "data sources", *alone, *TABLES.values()}
    assert set(SCHEMA["data sources"]) == {*alone, *TABLES.values()}
    assert SCHEMA["macros"] == {
        "stagewatch_aws_cloudtrail": '(index=* sourcetype="aws:cloudtrail")',
        "stagewatch_azure_activity": '(index=* sourcetype="azure:monitor:activity")',
        "stagewatch_gcp_audit": '(index=* sourcetype="google:gcp:pubsub:*")',
        "stagewatch_auditd": '(index=* sourcetype="auditd")',
        "stagewatch_osquery": '(index=* sourcetype="osquery:results")',
        "stagewatch_powershell": '(index=* source="XmlWinEventLog:Microsoft-Windows-PowerShell/Operational")',
        "stagewatch_sysmon": '(index=* source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational")',
        "stagewatch_sysmon_linux": '(index=* source="Syslog:Linux-Sysmon/Operational")',
        "stagewatch_windows_security": '(index=* source="XmlWinEventLog:Security")',
    }
