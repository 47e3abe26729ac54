"""Elastic: a native event in, its documents out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry.elastic import SCHEMA, events
from stagewatch.telemetry.elastic_values import arguments, hashes, words
from stagewatch.telemetry.native import POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

WHEN = datetime(2026, 11, 21, 9, 0, 0, 500000, tzinfo=UTC)
LOGGED = datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC)

WINDOWS_PROCESS = {
    "RuleName": "-",
    "UtcTime": "2026-11-21 09:00:00.500",
    "ProcessGuid": "{1B5F6075-AAEF-D3E3-2FF1-BC9CA3A875F5}",
    "ProcessId": "4000",
    "Image": r"C:\Windows\System32\Robocopy.exe",
    "FileVersion": "10.0.1",
    "Description": "Microsoft Robocopy",
    "Product": "-",
    "Company": "-",
    "OriginalFileName": "robocopy.exe",
    "CommandLine": r'robocopy "C:\My Data" D:\x',
    "CurrentDirectory": "C:\\Users\\jdoe\\",
    "User": r"CORP\jdoe",
    "LogonId": "0x3144c",
    "IntegrityLevel": "Medium",
    "Hashes": "MD5=AB12,SHA256=0000,IMPHASH=CD34",
    "ParentProcessGuid": "{00000000-0000-0000-0000-000000000000}",
    "ParentProcessId": "2000",
    "ParentImage": r"C:\Windows\System32\cmd.exe",
    "ParentCommandLine": "cmd.exe",
    "ParentUser": r"CORP\jdoe",
}
LINUX_PROCESS = {
    "RuleName": "-",
    "UtcTime": "2026-11-21 09:00:00.500",
    "ProcessGuid": "{A8BA4AD2}",
    "ProcessId": "4000",
    "Image": "/usr/bin/tar",
    "OriginalFileName": "-",
    "CommandLine": "tar czf /opt/.x/a.tgz 'My Data'",
    "CurrentDirectory": "/home/jdoe",
    "User": "jdoe",
    "IntegrityLevel": "no level",
    "Hashes": "-",
    "ParentProcessId": "2000",
    "ParentImage": "/usr/bin/bash",
    "ParentCommandLine": "-bash",
    "ParentUser": "root",
}


def native(provider: str, event_id: int, data: dict[str, str], channel: str = "C", computer: str = "ws.corp") -> Native:
    return Native(provider, event_id, channel, computer, LOGGED, 77, data)


def stream(dataset: str, module: str) -> dict[str, Value]:
    return {
        "data_stream.type": "logs",
        "data_stream.dataset": dataset,
        "data_stream.namespace": "default",
        "event.dataset": dataset,
        "event.module": module,
        "event.kind": "event",
    }


def log(dataset: str, module: str, code: str, provider: str) -> dict[str, Value]:
    return stream(dataset, module) | {
        "agent.type": "filebeat",
        "event.code": code,
        "event.created": LOGGED,
        "event.provider": provider,
        "host.name": "ws.corp",
        "log.level": "information",
        "winlog.channel": "C",
        "winlog.computer_name": "ws.corp",
        "winlog.event_id": code,
        "winlog.record_id": "77",
    }


def windows_log(dataset: str, module: str, code: str, provider: str) -> dict[str, Value]:
    more: dict[str, Value] = {
        "host.os.type": "windows",
        "host.os.family": "windows",
        "winlog.provider_name": provider,
    }
    return log(dataset, module, code, provider) | more


def security(code: int, record: dict[str, Value]) -> Event:
    base = windows_log("system.security", "system", str(code), SECURITY)
    return Event(
        LOGGED, "logs-system.security-default", base | {"@timestamp": LOGGED, "event.outcome": "success"} | record
    )


def test_a_windows_process() -> None:
    sysmon, defend = events(native(SYSMON, 1, WINDOWS_PROCESS))
    assert sysmon == Event(
        WHEN,
        "logs-windows.sysmon_operational-default",
        windows_log("windows.sysmon_operational", "windows", "1", SYSMON)
        | {
            "@timestamp": WHEN,
            "event.action": "Process creation",
            "event.category": ["process"],
            "event.type": ["start"],
            "process.args": ["robocopy", r"C:\My Data", r"D:\x"],
            "process.args_count": 3,
            "process.command_line": r'robocopy "C:\My Data" D:\x',
            "process.entity_id": "{1B5F6075-AAEF-D3E3-2FF1-BC9CA3A875F5}",
            "process.executable": r"C:\Windows\System32\Robocopy.exe",
            "process.hash.md5": "ab12",
            "process.name": "Robocopy.exe",
            "process.parent.args": ["cmd.exe"],
            "process.parent.args_count": 1,
            "process.parent.command_line": "cmd.exe",
            "process.parent.executable": r"C:\Windows\System32\cmd.exe",
            "process.parent.name": "cmd.exe",
            "process.parent.pid": 2000,
            "process.pe.description": "Microsoft Robocopy",
            "process.pe.file_version": "10.0.1",
            "process.pe.imphash": "cd34",
            "process.pe.original_file_name": "robocopy.exe",
            "process.pid": 4000,
            "process.working_directory": "C:\\Users\\jdoe\\",
            "related.hash": ["ab12", "cd34"],
            "related.user": ["jdoe"],
            "user.domain": "CORP",
            "user.id": "S-1-5-18",
            "user.name": "jdoe",
            "winlog.event_data.Description": "Microsoft Robocopy",
            "winlog.event_data.FileVersion": "10.0.1",
            "winlog.event_data.IntegrityLevel": "Medium",
            "winlog.event_data.LogonId": "0x3144c",
            "winlog.event_data.ParentUser": r"CORP\jdoe",
        },
    )
    assert defend == Event(
        LOGGED,
        "logs-endpoint.events.process-default",
        stream("endpoint.events.process", "endpoint")
        | {
            "@timestamp": LOGGED,
            "agent.type": "endpoint",
            "event.action": "start",
            "event.category": ["process"],
            "event.created": LOGGED,
            "event.type": ["start"],
            "host.hostname": "ws",
            "host.name": "ws",
            "host.os.type": "windows",
            "message": "Endpoint process event",
            "process.Ext.authentication_id": "0x3144c",
            "process.Ext.token.integrity_level_name": "medium",
            "process.args": ["robocopy", r"C:\My Data", r"D:\x"],
            "process.args_count": 3,
            "process.command_line": r'robocopy "C:\My Data" D:\x',
            "process.entity_id": "ezFCNUY2MDc1LUFBRUYtRDNFMy0yRkYxLUJDOUNBM0E4NzVGNX0=",
            "process.executable": r"C:\Windows\System32\Robocopy.exe",
            "process.hash.md5": "ab12",
            "process.name": "Robocopy.exe",
            "process.parent.args": ["cmd.exe"],
            "process.parent.args_count": 1,
            "process.parent.command_line": "cmd.exe",
            "process.parent.executable": r"C:\Windows\System32\cmd.exe",
            "process.parent.name": "cmd.exe",
            "process.parent.pid": 2000,
            "process.pe.imphash": "cd34",
            "process.pe.original_file_name": "robocopy.exe",
            "process.pid": 4000,
            "process.working_directory": "C:\\Users\\jdoe\\",
            "user.domain": "CORP",
            "user.name": "jdoe",
        },
    )


def test_a_windows_file() -> None:
    data = {
        "RuleName": "staged",
        "UtcTime": "2026-11-21 09:00:00.500",
        "ProcessGuid": "{1B}",
        "ProcessId": "4000",
        "Image": r"C:\Windows\explorer.exe",
        "TargetFilename": r"C:\Temp\a.b\LOOT",
        "CreationUtcTime": "2026-11-21 09:00:00.500",
        "User": r"CORP\jdoe",
    }
    sysmon, defend = events(native(SYSMON, 11, data))
    assert sysmon == Event(
        WHEN,
        "logs-windows.sysmon_operational-default",
        windows_log("windows.sysmon_operational", "windows", "11", SYSMON)
        | {
            "@timestamp": WHEN,
            "event.action": "FileCreate",
            "event.category": ["file"],
            "event.type": ["creation"],
            "file.directory": r"C:\Temp\a.b",
            "file.extension": r"b\LOOT",
            "file.name": "LOOT",
            "file.path": r"C:\Temp\a.b\LOOT",
            "process.entity_id": "{1B}",
            "process.executable": r"C:\Windows\explorer.exe",
            "process.name": "explorer.exe",
            "process.pid": 4000,
            "related.user": ["jdoe"],
            "rule.name": "staged",
            "user.domain": "CORP",
            "user.id": "S-1-5-18",
            "user.name": "jdoe",
            "winlog.event_data.CreationUtcTime": "2026-11-21 09:00:00.500",
        },
    )
    assert defend == Event(
        LOGGED,
        "logs-endpoint.events.file-default",
        stream("endpoint.events.file", "endpoint")
        | {
            "@timestamp": LOGGED,
            "agent.type": "endpoint",
            "event.action": "creation",
            "event.category": ["file"],
            "event.created": LOGGED,
            "event.type": ["creation"],
            "file.name": "LOOT",
            "file.path": r"C:\Temp\a.b\LOOT",
            "host.hostname": "ws",
            "host.name": "ws",
            "host.os.type": "windows",
            "message": "Endpoint file event",
            "process.entity_id": "ezFCfQ==",
            "process.executable": r"C:\Windows\explorer.exe",
            "process.name": "explorer.exe",
            "process.pid": 4000,
            "user.domain": "CORP",
            "user.name": "jdoe",
        },
    )


def test_a_linux_process() -> None:
    sysmon, defend = events(native(SYSMON_LINUX, 1, LINUX_PROCESS))
    assert sysmon == Event(
        LOGGED,
        "logs-sysmon_linux.log-default",
        log("sysmon_linux.log", "sysmon_linux", "1", SYSMON_LINUX)
        | {
            "@timestamp": LOGGED,
            "event.action": "log",
            "event.category": ["process"],
            "event.type": ["start"],
            "host.hostname": "ws.corp",
            "host.os.type": "linux",
            "process.args": ["tar", "czf", "/opt/.x/a.tgz", "'My", "Data'"],
            "process.args_count": 5,
            "process.command_line": "tar czf /opt/.x/a.tgz 'My Data'",
            "process.entity_id": "{A8BA4AD2}",
            "process.executable": "/usr/bin/tar",
            "process.name": "sysmon",
            "process.parent.args": ["-bash"],
            "process.parent.args_count": 1,
            "process.parent.command_line": "-bash",
            "process.parent.executable": "/usr/bin/bash",
            "process.parent.pid": 2000,
            "process.pid": 4000,
            "process.working_directory": "/home/jdoe",
            "winlog.event_data.IntegrityLevel": "no level",
            "winlog.event_data.ParentUser": "root",
            "winlog.event_data.User": "jdoe",
            "winlog.event_data.UtcTime": "2026-11-21T09:00:00.500Z",
        },
    )
    assert defend == Event(
        LOGGED,
        "logs-endpoint.events.process-default",
        stream("endpoint.events.process", "endpoint")
        | {
            "@timestamp": LOGGED,
            "agent.type": "endpoint",
            "event.action": "exec",
            "event.category": ["process"],
            "event.created": LOGGED,
            "event.type": ["start"],
            "host.hostname": "ws",
            "host.name": "ws",
            "host.os.type": "linux",
            "message": "Endpoint process event",
            "process.args": ["tar", "czf", "/opt/.x/a.tgz", "'My", "Data'"],
            "process.args_count": 5,
            "process.command_line": "tar czf /opt/.x/a.tgz 'My Data'",
            "process.entity_id": "e0E4QkE0QUQyfQ==",
            "process.executable": "/usr/bin/tar",
            "process.name": "tar",
            "process.parent.args": ["-bash"],
            "process.parent.args_count": 1,
            "process.parent.command_line": "-bash",
            "process.parent.executable": "/usr/bin/bash",
            "process.parent.name": "bash",
            "process.parent.pid": 2000,
            "process.parent.user.name": "root",
            "process.pid": 4000,
            "process.working_directory": "/home/jdoe",
            "user.name": "jdoe",
        },
    )


def test_a_linux_file() -> None:
    data = {"UtcTime": "2026-11-21 09:00:00.500", "ProcessId": "4000", "Image": "/usr/bin/cp", "User": "-"}
    sysmon, defend = events(native(SYSMON_LINUX, 11, data | {"TargetFilename": "/opt/.x/a.tar.gz"}))
    assert sysmon == Event(
        LOGGED,
        "logs-sysmon_linux.log-default",
        log("sysmon_linux.log", "sysmon_linux", "11", SYSMON_LINUX)
        | {
            "@timestamp": LOGGED,
            "event.action": "log",
            "event.category": ["file"],
            "event.type": ["creation"],
            "file.path": "/opt/.x/a.tar.gz",
            "host.hostname": "ws.corp",
            "host.os.type": "linux",
            "process.executable": "/usr/bin/cp",
            "process.name": "sysmon",
            "process.pid": 4000,
            "winlog.event_data.UtcTime": "2026-11-21T09:00:00.500Z",
        },
    )
    assert defend == Event(
        LOGGED,
        "logs-endpoint.events.file-default",
        stream("endpoint.events.file", "endpoint")
        | {
            "@timestamp": LOGGED,
            "agent.type": "endpoint",
            "event.action": "creation",
            "event.category": ["file"],
            "event.created": LOGGED,
            "event.type": ["creation"],
            "file.extension": "gz",
            "file.name": "a.tar.gz",
            "file.path": "/opt/.x/a.tar.gz",
            "host.hostname": "ws",
            "host.name": "ws",
            "host.os.type": "linux",
            "message": "Endpoint file event",
            "process.executable": "/usr/bin/cp",
            "process.name": "cp",
            "process.pid": 4000,
        },
    )


def test_a_deleted_windows_file() -> None:
    data = {
        "ProcessGuid": "{1B}",
        "ProcessId": "4000",
        "User": r"CORP\jdoe",
        "Image": r"C:\Windows\explorer.exe",
        "TargetFilename": r"C:\Temp\a.zip",
        "Hashes": "SHA256=AB12",
        "IsExecutable": "false",
        "Archived": "true",
    }
    created, sensed = events(native(SYSMON, 11, {**data, "Hashes": "", "IsExecutable": "", "Archived": ""}))
    sysmon, defend = events(native(SYSMON, 23, data))
    assert sysmon.record == {
        **created.record,
        "event.action": "FileDelete (File Delete archived)",
        "event.code": "23",
        "event.type": ["deletion"],
        "process.hash.sha256": "ab12",
        "related.hash": ["ab12"],
        "sysmon.file.archived": True,
        "sysmon.file.is_executable": False,
        "winlog.event_id": "23",
    }
    assert defend.record == {**sensed.record, "event.action": "deletion", "event.type": ["deletion"]}


def test_a_deleted_linux_file() -> None:
    data = {"ProcessId": "4000", "Image": "/usr/bin/rm", "TargetFilename": "/opt/.x/a.tar.gz", "Archived": "-"}
    created, sensed = events(native(SYSMON_LINUX, 11, data))
    sysmon, defend = events(native(SYSMON_LINUX, 23, data))
    assert sysmon.record == {
        **created.record,
        "event.code": "23",
        "event.type": ["deletion"],
        "winlog.event_id": "23",
    }
    assert defend.record == {**sensed.record, "event.action": "deletion", "event.type": ["deletion"]}


def test_the_end_of_a_process() -> None:
    data = {"ProcessGuid": "{1B}", "ProcessId": "4000", "Image": r"C:\Tools\7z.exe"}
    started = [event.record for event in events(native(SYSMON, 1, data))]
    ended = events(native(SYSMON, 5, data))
    assert [event.source for event in ended] == [
        "logs-windows.sysmon_operational-default",
        "logs-endpoint.events.process-default",
    ]
    assert [event.record for event in ended] == [
        {
            **started[0],
            "event.action": "Process terminated",
            "event.code": "5",
            "event.type": ["end"],
            "winlog.event_id": "5",
        },
        {**started[1], "event.action": "end", "event.type": ["end"]},
    ]


def test_a_process_in_the_security_log() -> None:
    data = {
        "SubjectUserSid": "S-1-5-21-1",
        "SubjectUserName": "jdoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x3144c",
        "NewProcessId": "0xfa0",
        "NewProcessName": r"C:\Windows\System32\cmd.exe",
        "TokenElevationType": "%%1938",
        "ProcessId": "0x7d0",
        "CommandLine": 'cmd  /c "a b"',
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": r"C:\Windows\explorer.exe",
        "MandatoryLabel": "S-1-16-8192",
    }
    assert events(native(SECURITY, 4688, data)) == [
        security(
            4688,
            {
                "event.action": "created-process",
                "event.category": ["process"],
                "event.type": ["start"],
                "process.args": ["cmd", "", "/c", '"a b"'],
                "process.command_line": 'cmd  /c "a b"',
                "process.executable": r"C:\Windows\System32\cmd.exe",
                "process.name": "cmd.exe",
                "process.parent.executable": r"C:\Windows\explorer.exe",
                "process.parent.name": "explorer.exe",
                "process.parent.pid": 2000,
                "process.pid": 4000,
                "related.user": ["jdoe"],
                "user.domain": "CORP",
                "user.effective.id": "S-1-0-0",
                "user.id": "S-1-5-21-1",
                "user.name": "jdoe",
                "winlog.event_data.CommandLine": 'cmd  /c "a b"',
                "winlog.event_data.MandatoryLabel": "S-1-16-8192",
                "winlog.event_data.ProcessId": "0x7d0",
                "winlog.event_data.SubjectDomainName": "CORP",
                "winlog.event_data.SubjectLogonId": "0x3144c",
                "winlog.event_data.SubjectUserName": "jdoe",
                "winlog.event_data.SubjectUserSid": "S-1-5-21-1",
                "winlog.event_data.TargetDomainName": "-",
                "winlog.event_data.TargetLogonId": "0x0",
                "winlog.event_data.TargetUserName": "-",
                "winlog.event_data.TargetUserSid": "S-1-0-0",
                "winlog.event_data.TokenElevationType": "%%1938",
                "winlog.logon.id": "0x3144c",
            },
        )
    ]


def test_accesses_to_shares() -> None:
    share = {"SubjectUserName": "jdoe", "IpAddress": "10.0.0.9", "IpPort": "50123", "ShareName": r"\\*\dept"}
    detailed = share | {
        "ShareLocalPath": r"\??\C:\data",
        "RelativeTargetName": r"q\a.zip",
        "AccessMask": "0x2",
        "AccessList": "%%4417",
    }
    common: dict[str, Value] = {
        "event.category": ["network", "file"],
        "event.type": ["info", "access"],
        "related.user": ["jdoe"],
        "source.ip": "10.0.0.9",
        "source.port": 50123,
        "user.name": "jdoe",
        "winlog.event_data.ShareName": r"\\*\dept",
        "winlog.event_data.SubjectUserName": "jdoe",
    }
    assert events(native(SECURITY, 5140, share)) == [
        security(5140, common | {"event.action": "network-share-object-accessed"})
    ]
    assert events(native(SECURITY, 5145, detailed)) == [
        security(
            5145,
            common
            | {
                "event.action": "network-share-object-access-checked",
                "file.directory": r"\??\C:\data",
                "file.extension": "zip",
                "file.name": r"q\a.zip",
                "file.path": r"\??\C:\data\q\a.zip",
                "file.target_path": r"\\*\dept\q\a.zip",
                "winlog.event_data.AccessList": ["4417"],
                "winlog.event_data.AccessMask": ["0x2"],
                "winlog.event_data.RelativeTargetName": r"q\a.zip",
                "winlog.event_data.ShareLocalPath": r"\??\C:\data",
            },
        )
    ]


def test_an_access_to_an_object() -> None:
    data = {"SubjectUserName": "jdoe", "ObjectName": r"C:\a.txt", "AccessList": "%%4417 %%4418", "AccessMask": "0x6"}
    assert events(native(SECURITY, 4663, data)) == [
        security(
            4663,
            {
                "winlog.event_data.AccessList": ["4417", "4418"],
                "winlog.event_data.AccessMask": ["0x6"],
                "winlog.event_data.ObjectName": r"C:\a.txt",
                "winlog.event_data.SubjectUserName": "jdoe",
            },
        )
    ]


def test_a_script_block() -> None:
    data = {
        "MessageNumber": "1",
        "MessageTotal": "2",
        "ScriptBlockText": "Copy-Item",
        "ScriptBlockId": "50d2",
        "Path": "",
    }
    assert events(native(POWERSHELL, 4104, data)) == [
        Event(
            LOGGED,
            "logs-windows.powershell_operational-default",
            windows_log("windows.powershell_operational", "windows", "4104", POWERSHELL)
            | {
                "@timestamp": LOGGED,
                "event.category": ["process"],
                "event.type": ["info"],
                "powershell.file.script_block_id": "50d2",
                "powershell.file.script_block_text": "Copy-Item",
                "powershell.sequence": 1,
                "powershell.total": 2,
            },
        )
    ]


@pytest.mark.parametrize(("provider", "event_id"), [(SYSMON, 26), (SECURITY, 4624), (POWERSHELL, 4103), ("Other", 1)])
def test_no_document(provider: str, event_id: int) -> None:
    assert events(native(provider, event_id, {})) == []


@pytest.mark.parametrize("data", [(SYSMON, 1, WINDOWS_PROCESS), (SYSMON_LINUX, 1, LINUX_PROCESS)])
def test_every_column_is_mapped(data: tuple[str, int, dict[str, str]]) -> None:
    for event in events(native(*data)):
        assert event.record.keys() <= SCHEMA[event.source].keys()


@pytest.mark.parametrize(
    ("command_line", "expected"),
    [
        ("", []),
        (" a\tb ", ["a", "b"]),
        (r'"C:\a b\c.exe" x', [r"C:\a b\c.exe", "x"]),
        (r"a\b\\c", [r"a\b\\c"]),
        (r"a\"b", ['a"b']),
        (r'"a\\" b', ["a\\", "b"]),
        ('a "" b', ["a", "", "b"]),
        ('"a""b c', ['a"b', "c"]),
    ],
)
def test_arguments(command_line: str, expected: list[str]) -> None:
    assert arguments(command_line) == expected


def test_words_keep_quotes() -> None:
    assert (words('"a b" c'), words("a "), words("")) == (['"a b"', "c"], ["a", ""], [])


def test_hashes() -> None:
    assert hashes("MD5=AB,SHA1=00,x") == {"md5": "ab"}
