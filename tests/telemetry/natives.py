"""One native event of each kind, with the values that platforms write differently."""

from __future__ import annotations

from datetime import UTC, datetime

from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

TIME = datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)


def sysmon(event_id: int, data: dict[str, str]) -> Native:
    return Native(SYSMON, event_id, f"{SYSMON}/Operational", "WS-1.corp.example", TIME, 7, data)


def sysmon_linux(event_id: int, data: dict[str, str]) -> Native:
    return Native(SYSMON_LINUX, event_id, f"{SYSMON_LINUX}/Operational", "Srv-2.corp.example", TIME, 8, data)


def security(event_id: int, data: dict[str, str]) -> Native:
    return Native(SECURITY, event_id, "Security", "WS-1.corp.example", TIME, 9, data)


PROCESS = sysmon(
    1,
    {
        "RuleName": "-",
        "UtcTime": "2026-11-21 09:00:00.120",
        "ProcessGuid": "{BB73FC80-5CDC-0C88-181F-AF4344A23B23}",
        "ProcessId": "4000",
        "Image": "C:\\Windows\\System32\\Robocopy.exe",
        "FileVersion": "10.0.26100.1 (WinBuild.160101.0800)",
        "Description": "Microsoft Robocopy",
        "Product": "Microsoft® Windows® Operating System",
        "Company": "Microsoft Corporation",
        "OriginalFileName": "robocopy.exe",
        "CommandLine": '"C:\\Windows\\system32\\Robocopy.exe" C:\\Finance C:\\Windows\\Temp',
        "CurrentDirectory": "C:\\Users\\JDoe\\",
        "User": "CORP\\JDoe",
        "LogonGuid": "{9FACE4F8-EE31-7E2E-AE1A-2D2DCEF860DE}",
        "LogonId": "0x3144c",
        "TerminalSessionId": "1",
        "IntegrityLevel": "Medium",
        "Hashes": "SHA1=0A0A,MD5=0B0B,SHA256=0C0C,IMPHASH=0D0D",
        "ParentProcessGuid": "{D57E0D2D-429C-3A13-7640-A6E9B9801601}",
        "ParentProcessId": "2000",
        "ParentImage": "C:\\Program Files\\PowerShell\\7\\Pwsh.exe",
        "ParentCommandLine": "C:\\Program Files\\PowerShell\\7\\pwsh.exe -File C:\\A.ps1",
        "ParentUser": "NT AUTHORITY\\SYSTEM",
    },
)

FILE = sysmon(
    11,
    {
        "RuleName": "-",
        "UtcTime": "2026-11-21 09:00:00.120",
        "ProcessGuid": "{BB73FC80-5CDC-0C88-181F-AF4344A23B23}",
        "ProcessId": "4000",
        "Image": "C:\\Windows\\System32\\Robocopy.exe",
        "TargetFilename": "C:\\Windows\\Temp\\Annual Report.DOCX",
        "CreationUtcTime": "2026-11-21 09:00:00.120",
        "User": "CORP\\JDoe",
    },
)

LINUX_PROCESS = sysmon_linux(
    1,
    {
        "RuleName": "-",
        "UtcTime": "2026-11-21 09:00:00.120",
        "ProcessGuid": "{11E9E943-95F5-0CD5-8D40-F0C7C9BA5D8F}",
        "ProcessId": "4000",
        "Image": "/usr/bin/Tar",
        "FileVersion": "-",
        "Description": "-",
        "Product": "-",
        "Company": "-",
        "OriginalFileName": "-",
        "CommandLine": "/usr/bin/Tar czf /srv/.x/o.tgz /srv",
        "CurrentDirectory": "/home/JDoe",
        "User": "JDoe",
        "LogonGuid": "{88C3FA4D-E9FF-5C57-1303-A94D1FDD146D}",
        "LogonId": "1000",
        "TerminalSessionId": "1",
        "IntegrityLevel": "no level",
        "Hashes": "-",
        "ParentProcessGuid": "{F4B16A99-E089-97A7-D9C4-93D9D0840348}",
        "ParentProcessId": "2000",
        "ParentImage": "/usr/bin/Bash",
        "ParentCommandLine": "-bash",
        "ParentUser": "root",
    },
)

LINUX_FILE = sysmon_linux(
    11,
    {
        "RuleName": "-",
        "UtcTime": "2026-11-21 09:00:00.120",
        "ProcessGuid": "{11E9E943-95F5-0CD5-8D40-F0C7C9BA5D8F}",
        "ProcessId": "4000",
        "Image": "/usr/bin/Tar",
        "TargetFilename": "/srv/.x/O.tgz",
        "CreationUtcTime": "2026-11-21 09:00:00.120",
        "User": "JDoe",
    },
)

ENDED = sysmon(
    5,
    {
        "RuleName": "-",
        "UtcTime": "2026-11-21 09:00:00.120",
        "ProcessGuid": "{BB73FC80-5CDC-0C88-181F-AF4344A23B23}",
        "ProcessId": "4000",
        "Image": "C:\\Windows\\System32\\Robocopy.exe",
        "User": "CORP\\JDoe",
    },
)

DELETED = sysmon(
    23,
    {
        **{name: value for name, value in FILE.data.items() if name != "CreationUtcTime"},
        "Hashes": "MD5=0B0B,SHA256=0C0C",
        "IsExecutable": "false",
        "Archived": "true",
    },
)

LINUX_DELETED = sysmon_linux(
    23,
    {
        **{name: value for name, value in LINUX_FILE.data.items() if name != "CreationUtcTime"},
        "Hashes": "-",
        "IsExecutable": "-",
        "Archived": "-",
    },
)

NEW_PROCESS = security(
    4688,
    {
        "SubjectUserSid": "S-1-5-21-1-2-3-1104",
        "SubjectUserName": "JDoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x3144c",
        "NewProcessId": "0xfa0",
        "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
        "TokenElevationType": "%%1938",
        "ProcessId": "0x7d0",
        "CommandLine": 'cmd.exe /c "copy a b & dir > c"',
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": "-",
        "TargetDomainName": "-",
        "TargetLogonId": "0x0",
        "ParentProcessName": "C:\\Windows\\explorer.exe",
        "MandatoryLabel": "S-1-16-8192",
    },
)

SHARE = security(
    5140,
    {
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
        "AccessList": "%%4416",
    },
)

SHARED_FILE = security(
    5145,
    {
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
        "AccessList": "%%4417",
        "AccessReason": "-",
    },
)

ACCESS = security(
    4663,
    {
        "SubjectUserSid": "S-1-5-21-1-2-3-1104",
        "SubjectUserName": "JDoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x3144c",
        "ObjectServer": "Security",
        "ObjectType": "File",
        "ObjectName": "C:\\Finance\\o.xlsx",
        "HandleId": "0x1bc",
        "AccessList": "%%4416",
        "AccessMask": "0x1",
        "ProcessId": "0xfa0",
        "ProcessName": "C:\\Windows\\System32\\xcopy.exe",
        "ResourceAttributes": "S:AI",
    },
)

HANDLE = security(
    4656,
    {
        "SubjectUserSid": "S-1-5-21-1-2-3-1104",
        "SubjectUserName": "JDoe",
        "SubjectDomainName": "CORP",
        "SubjectLogonId": "0x3144c",
        "ObjectServer": "Security",
        "ObjectType": "File",
        "ObjectName": "C:\\Finance\\o.xlsx",
        "HandleId": "0x1bc",
        "TransactionId": "{00000000-0000-0000-0000-000000000000}",
        "AccessList": "%%4417",
        "AccessReason": "-",
        "AccessMask": "0x2",
        "PrivilegeList": "-",
        "RestrictedSidCount": "0",
        "ProcessId": "0xfa0",
        "ProcessName": "C:\\Windows\\System32\\xcopy.exe",
        "ResourceAttributes": "-",
    },
)


def auditd(event_id: int, data: dict[str, str]) -> Native:
    return Native(AUDITD, event_id, "audit.log", "srv-2.corp.example", TIME, 11, data)


SYSCALL = auditd(
    1300,
    {
        "type": "SYSCALL",
        "arch": "c000003e",
        "syscall": "59",
        "success": "yes",
        "exit": "0",
        "a0": "55c094deb5c0",
        "ppid": "2000",
        "pid": "4000",
        "auid": "1000",
        "uid": "0",
        "comm": "Tar",
        "exe": "/opt/old tools/tar",
        "key": "(null)",
        "SYSCALL": "execve",
        "AUID": "JDoe",
    },
)
EXECVE = auditd(1309, {"type": "EXECVE", "argc": "3", "a0": "tar", "a1": "czf", "a2": "/srv/Annual Report.tgz"})
PATH = auditd(1302, {"type": "PATH", "item": "1", "name": "/srv/Ä.odt", "inode": "1292", "nametype": "CREATE"})
CWD = auditd(1307, {"type": "CWD", "cwd": "/home/jdoe"})
PROCTITLE = auditd(1327, {"type": "PROCTITLE", "proctitle": "tar czf x"})
AUDITD_RECORDS = (SYSCALL, EXECVE, PATH, CWD, PROCTITLE)

MAC_PROCESS = Native(
    OSQUERY,
    1,
    "es_process_events",
    "mac-3.local",
    TIME,
    12,
    {
        "path": "/usr/bin/tar",
        "cmdline": "tar czf /tmp/o.tgz /Users/jdoe",
        "cwd": "/Users/jdoe",
        "username": "jdoe",
        "pid": "4000",
        "parent": "2000",
        "event_type": "exec",
    },
)
MAC_FILE = Native(
    OSQUERY,
    1,
    "es_process_file_events",
    "mac-3.local",
    TIME,
    13,
    {
        "path": "/usr/bin/Tar",
        "filename": "/Users/Shared/.x/Annual Report.tgz",
        "dest_filename": "",
        "pid": "4000",
        "parent": "2000",
        "event_type": "create",
    },
)

SCRIPT_BLOCK = Native(
    POWERSHELL,
    4104,
    f"{POWERSHELL}/Operational",
    "WS-1.corp.example",
    TIME,
    10,
    {
        "MessageNumber": "1",
        "MessageTotal": "1",
        "ScriptBlockText": 'Copy-Item "C:\\Finance" C:\\Temp; if (1 -lt 2 -and $a<$b) { & $c }',
        "ScriptBlockId": "f0c1",
        "Path": "",
    },
)

LOGS = (NEW_PROCESS, SHARE, SHARED_FILE, ACCESS, SCRIPT_BLOCK)
