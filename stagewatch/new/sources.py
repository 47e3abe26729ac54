"""The log sources for which a rule can be made: how Sigma names them, and what an event of each looks like.

Prefixes of file names: SigmaHQ, "Sigma Rules Filename Normalization" (sigma-specification, appendix). Fields of a
template are those of the events in ``tests/rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX

ZEROS = "0" * 64
HASHES = f"SHA256={ZEROS}"


@dataclass(frozen=True, slots=True)
class LogSource:
    """One log source.

    ``template`` is an event that nobody recorded: the data of an event log's record, or the whole record of a cloud.
    ``native`` says how the event itself names a field that Sigma names otherwise. ``cased`` are the fields whose case
    is chosen by whoever acts, so that changing it is a way to evade.
    """

    product: str
    category: str | None
    service: str | None
    prefix: str
    provider: str
    template: Mapping[str, Any]
    event_id: int = 0
    channel: str = ""
    computer: str = ""
    native: Mapping[str, str] = field(default_factory=dict)
    cased: frozenset[str] = frozenset()
    called: str = ""
    """What its records are called in a sentence."""

    def __str__(self) -> str:
        return f"{self.product}/{self.category or self.service}"

    @property
    def is_framed(self) -> bool:
        """Whether an event has the frame of an event log, as all but the records of clouds."""
        return self.provider not in (CLOUDTRAIL, AZURE, GCP)

    @property
    def says_labels(self) -> bool:
        """Whether an event has ``RuleName`` to say what it is about."""
        return self.provider in (SYSMON, SYSMON_LINUX)


WINDOWS_PC, LINUX_PC, MAC_PC = "WS-FIN-07.corp.example", "srv-web-02.corp.example", "mac-3.local"
_SYSMON, _SYSMON_LINUX = "Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational"

OSQUERY_NAMES = {
    "Image": "path",
    "CommandLine": "cmdline",
    "CurrentDirectory": "cwd",
    "User": "username",
    "ProcessId": "pid",
    "ParentProcessId": "parent",
    "ParentImage": "parent_path",
    "ParentCommandLine": "parent_cmdline",
}

WINDOWS_PROCESS = LogSource(
    "windows", "process_creation", None, "proc_creation_win_", SYSMON,
    {
        "UtcTime": "", "ProcessGuid": "08691DA7-F601-7E35-88FD-94CAA2DB4134", "ProcessId": "4000",
        "Image": r"C:\Program Files\7-Zip\7z.exe", "FileVersion": "-", "Description": "-", "Product": "-",
        "Company": "-", "OriginalFileName": "7z.exe", "CommandLine": r"7z.exe a C:\PerfLogs\o.7z D:\Data",
        "CurrentDirectory": "C:\\Users\\jdoe\\", "User": r"CORP\jdoe",
        "LogonGuid": "9FACE4F8-EE31-7E2E-AE1A-2D2DCEF860DE", "LogonId": "0x3144c", "TerminalSessionId": "1",
        "IntegrityLevel": "Medium", "Hashes": HASHES, "ParentProcessGuid": "D57E0D2D-429C-3A13-7640-A6E9B9801601",
        "ParentProcessId": "2000", "ParentImage": r"C:\Windows\System32\cmd.exe", "ParentCommandLine": "cmd.exe",
        "ParentUser": r"CORP\jdoe",
    },
    event_id=1, channel=_SYSMON, computer=WINDOWS_PC,
    cased=frozenset({"Image", "CommandLine", "OriginalFileName", "ParentImage", "ParentCommandLine"}),
    called="events of Sysmon",
)  # fmt: skip
WINDOWS_FILE = LogSource(
    "windows", "file_event", None, "file_event_win_", SYSMON,
    {
        "UtcTime": "", "ProcessGuid": "A05407AE-C997-53D2-A8C6-28502186C336", "ProcessId": "4000",
        "Image": r"C:\Program Files\7-Zip\7z.exe", "TargetFilename": r"C:\PerfLogs\o.7z", "CreationUtcTime": "",
        "User": r"CORP\jdoe",
    },
    event_id=11, channel=_SYSMON, computer=WINDOWS_PC, cased=frozenset({"Image", "TargetFilename"}),
    called="events of Sysmon",
)  # fmt: skip
WINDOWS_SCRIPT = LogSource(
    "windows", "ps_script", None, "posh_ps_", POWERSHELL,
    {
        "MessageNumber": "1", "MessageTotal": "1",
        "ScriptBlockText": r"Compress-Archive -Path D:\Data -DestinationPath C:\PerfLogs\o.zip",
        "ScriptBlockId": "31f71c18-115a-4acb-bc63-fe98f8ff6e31", "Path": "",
    },
    event_id=4104, channel="Microsoft-Windows-PowerShell/Operational", computer=WINDOWS_PC,
    cased=frozenset({"ScriptBlockText", "Path"}), called="script blocks of PowerShell",
)  # fmt: skip
WINDOWS_SECURITY = LogSource(
    "windows", None, "security", "win_security_", SECURITY,
    {
        "SubjectUserSid": "S-1-5-21-1004336348-1177238915-682003330-1108", "SubjectUserName": "jdoe",
        "SubjectDomainName": "CORP", "SubjectLogonId": "0x3144c", "ObjectType": "File", "IpAddress": "10.1.2.3",
        "IpPort": "50123", "ShareName": r"\\*\Projects", "ShareLocalPath": r"\??\D:\Shares",
        "RelativeTargetName": r"Temp\o.7z", "AccessMask": "0x2", "AccessList": "%%4417", "AccessReason": "-",
    },
    event_id=5145, channel="Security", computer="FS-01.corp.example",
    cased=frozenset({"ShareName", "RelativeTargetName", "ObjectName", "ProcessName"}),
    called="events of the Security log",
)  # fmt: skip
LINUX_PROCESS = LogSource(
    "linux", "process_creation", None, "proc_creation_lnx_", SYSMON_LINUX,
    {
        **dict.fromkeys(("FileVersion", "Description", "Product", "Company", "OriginalFileName"), "-"),
        "UtcTime": "", "ProcessGuid": "A065174B-1784-6B34-FC5A-618066F52F7A", "ProcessId": "4000",
        "Image": "/usr/bin/tar", "CommandLine": "tar -czf /tmp/o.tgz /srv/data", "CurrentDirectory": "/home/jdoe",
        "User": "jdoe", "LogonGuid": "682AFC12-CC5B-0647-0C6F-12D58EC1E643", "LogonId": "1000",
        "TerminalSessionId": "3", "IntegrityLevel": "no level", "Hashes": "-",
        "ParentProcessGuid": "7597927B-A5D3-9A4B-DCDC-7F8D26675CD5", "ParentProcessId": "2000",
        "ParentImage": "/usr/bin/bash", "ParentCommandLine": "-bash", "ParentUser": "jdoe",
    },
    event_id=1, channel=_SYSMON_LINUX, computer=LINUX_PC, called="events of Sysmon for Linux",
)  # fmt: skip
LINUX_FILE = LogSource(
    "linux", "file_event", None, "file_event_lnx_", SYSMON_LINUX,
    {
        "UtcTime": "", "ProcessGuid": "D706D88E-5D98-4FD7-B0A1-4E38B3FC1AF9", "ProcessId": "4000",
        "Image": "/usr/bin/tar", "TargetFilename": "/tmp/o.tgz", "CreationUtcTime": "", "User": "jdoe",  # noqa: S108
    },
    event_id=11, channel=_SYSMON_LINUX, computer=LINUX_PC, called="events of Sysmon for Linux",
)  # fmt: skip
LINUX_AUDITD = LogSource(
    "linux", None, "auditd", "lnx_auditd_", AUDITD,
    {"type": "EXECVE", "argc": "4", "a0": "tar", "a1": "-czf", "a2": "/tmp/o.tgz", "a3": "/srv/data"},  # noqa: S108
    event_id=1309, channel="audit.log", computer=LINUX_PC, called="records of auditd",
)  # fmt: skip
MACOS_PROCESS = LogSource(
    "macos", "process_creation", None, "proc_creation_macos_", OSQUERY,
    {
        "path": "/usr/bin/zip", "cmdline": "zip -r /tmp/o.zip /Users/Shared/Data", "cwd": "/Users/jdoe",
        "username": "jdoe", "pid": "4000", "parent": "2000", "event_type": "exec",
    },
    event_id=1, channel="es_process_events", computer=MAC_PC, native=OSQUERY_NAMES,
    called="rows of osquery's table es_process_events",
)  # fmt: skip
MACOS_FILE = LogSource(
    "macos", "file_event", None, "file_event_macos_", OSQUERY,
    {"path": "/usr/bin/zip", "filename": "/tmp/o.zip", "pid": "4000", "event_type": "create"},  # noqa: S108
    event_id=1, channel="es_process_file_events", computer=MAC_PC,
    native={"Image": "path", "TargetFilename": "filename", "ProcessId": "pid"},
    called="rows of osquery's table es_process_file_events",
)  # fmt: skip
AWS = LogSource(
    "aws", None, "cloudtrail", "aws_cloudtrail_", CLOUDTRAIL,
    {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEJDOE", "arn": "arn:aws:iam::111122223333:user/jdoe",
            "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLEJDOE", "userName": "jdoe",
        },
        "eventTime": "", "eventSource": "ec2.amazonaws.com", "eventName": "CreateSnapshot",
        "awsRegion": "eu-central-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.17.60",
        "requestParameters": {"volumeId": "vol-02effb3bb62786b18"},
        "requestID": "6831b922fa9df91f9eea426387f5058f", "eventID": "6831b922-fa9d-491f-9eea-426387f5058f",
        "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    },
    called="records of CloudTrail",
)  # fmt: skip
AZURE_ACTIVITY = LogSource(
    "azure", None, "activitylogs", "azure_activitylogs_", AZURE,
    {
        "resourceId": "/SUBSCRIPTIONS/8A4DE8B5-095C-47D0-A96F-A75130C61D53/RESOURCEGROUPS/CORP-PROD/PROVIDERS/"
        "MICROSOFT.COMPUTE/SNAPSHOTS/DC01-SNAP",
        "operationName": "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE", "category": "Write", "resultType": "Success",
        "resultSignature": "Succeeded.OK", "durationMs": "0", "callerIpAddress": "198.51.100.7",
        "correlationId": "a913f16f-ad72-4139-9da1-0b554cd89297", "level": "Information", "location": "global",
        "identity": {
            "authorization": {"action": "Microsoft.Compute/snapshots/write"},
            "claims": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "jdoe@corp.example"},
        },
        "properties": {"statusCode": "OK", "eventCategory": "Administrative"}, "time": "",
    },
    called="records of Azure's activity log",
)  # fmt: skip
GCP_AUDIT = LogSource(
    "gcp", None, "gcp.audit", "gcp_audit_", GCP,
    {
        "insertId": "-e0043bc52f9d", "logName": "projects/corp-prod/logs/cloudaudit.googleapis.com%2Factivity",
        "severity": "NOTICE",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": "jdoe@corp.example"},
            "methodName": "v1.compute.snapshots.insert", "requestMetadata": {"callerIp": "198.51.100.7"},
            "resourceName": "projects/corp-prod/global/snapshots/dc01-snap", "serviceName": "compute.googleapis.com",
        },
        "resource": {"type": "gce_snapshot", "labels": {"project_id": "corp-prod"}}, "timestamp": "",
    },
    native={"gcp.audit.method_name": "protoPayload.methodName"},
    called="entries of Google Cloud's audit logs",
)  # fmt: skip

SOURCES: Mapping[str, LogSource] = {
    str(one): one
    for one in (
        WINDOWS_PROCESS, WINDOWS_FILE, WINDOWS_SCRIPT, WINDOWS_SECURITY, LINUX_PROCESS, LINUX_FILE, LINUX_AUDITD,
        MACOS_PROCESS, MACOS_FILE, AWS, AZURE_ACTIVITY, GCP_AUDIT,
    )
}  # fmt: skip
"""The log sources by the name that a user gives: product, slash, category or service."""

REQUIREMENTS: Mapping[int, str] = {
    4104: "Requirements: Script Block Logging must be enabled",
    4656: 'Requirements: the audit policy "Object Access > Audit File System" must be configured, and the objects need '
    "a SACL",
    4663: 'Requirements: the audit policy "Object Access > Audit File System" must be configured for Success, and the '
    "objects need a SACL",
    5140: 'Requirements: the audit policy "Object Access > Audit File Share" must be configured for Success',
    5145: 'Requirements: the audit policy "Object Access > Audit Detailed File Share" must be configured for Success',
}
"""Event id -> the log source's ``definition``: what must be switched on before there are such events."""
