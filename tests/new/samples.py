"""One event of each kind in the forms in which people have them, with the log source that it is of."""

from __future__ import annotations

import json

SYSMON = {
    "Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
            "EventID": 1,
            "TimeCreated": {"#attributes": {"SystemTime": "2024-05-01T10:00:00.123456Z"}},
            "EventRecordID": 7,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Computer": "LAPTOP-BOB.contoso.local",
        },
        "EventData": {
            "RuleName": "-",
            "UtcTime": "2024-05-01 10:00:00.123",
            "ProcessGuid": "08691DA7-F601-7E35-88FD-94CAA2DB4134",
            "ProcessId": 4321,
            "Image": r"C:\Users\bob\AppData\Local\Temp\rar.exe",
            "OriginalFileName": "Rar.exe",
            "CommandLine": r"rar.exe a -hpHunter2x -v100m C:\PerfLogs\loot.rar C:\Users\bob\Documents",
            "CurrentDirectory": "C:\\Users\\bob\\",
            "User": r"CONTOSO\bob",
            "Hashes": "SHA256=AB12",
            "ParentImage": r"C:\Windows\System32\cmd.exe",
            "ParentCommandLine": "cmd.exe",
        },
    }
}

VIEWER = r"""<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
  <System>
    <Provider Name="Microsoft-Windows-Sysmon" Guid="{5770385f-c22a-43e0-bf4c-06f5698ffbd9}" />
    <EventID>11</EventID>
    <TimeCreated SystemTime="2024-05-01T10:00:00.1234567Z" />
    <EventRecordID>77</EventRecordID>
    <Channel>Microsoft-Windows-Sysmon/Operational</Channel>
    <Computer>LAPTOP-BOB</Computer>
  </System>
  <EventData>
    <Data Name="RuleName">-</Data>
    <Data Name="UtcTime">2024-05-01 10:00:00.123</Data>
    <Data Name="ProcessGuid">{08691DA7-F601-7E35-88FD-94CAA2DB4134}</Data>
    <Data Name="ProcessId">4321</Data>
    <Data Name="Image">C:\Windows\explorer.exe</Data>
    <Data Name="TargetFilename">C:\Users\bob\Music\set.xyz</Data>
    <Data Name="CreationUtcTime">2024-05-01 10:00:00.123</Data>
  </EventData>
</Event>
"""

SECURITY_4688 = {
    "EventID": 4688,
    "Channel": "Security",
    "SourceName": "Microsoft-Windows-Security-Auditing",
    "Hostname": "LAPTOP-BOB",
    "NewProcessName": r"C:\Windows\System32\wbadmin.exe",
    "CommandLine": r"wbadmin start backup -backupTarget:E:",
    "ParentProcessName": r"C:\Windows\System32\cmd.exe",
    "SubjectUserName": "bob",
    "SubjectDomainName": "CONTOSO",
    "NewProcessId": "0x1a4",
    "EventTime": "2024-05-01 10:00:00",
}

SHARE = {
    "EventID": 5145,
    "Channel": "Security",
    "SourceName": "Microsoft-Windows-Security-Auditing",
    "Hostname": "FS7",
    "SubjectUserName": "bob",
    "SubjectDomainName": "CONTOSO",
    "IpAddress": "172.16.3.4",
    "ShareName": r"\\*\ADMIN$",
    "RelativeTargetName": r"drop\one.qqq",
    "AccessMask": "0x1",
    "EventTime": "2024-05-01 10:00:00",
}

SCRIPT = {
    "EventID": 4104,
    "Channel": "Microsoft-Windows-PowerShell/Operational",
    "SourceName": "Microsoft-Windows-PowerShell",
    "Hostname": "LAPTOP-BOB",
    "ScriptBlockText": r"Compress-Archive -Path C:\Users\bob\* -DestinationPath C:\ProgramData\x.zip",
    "ScriptBlockId": "31f71c18-115a-4acb-bc63-fe98f8ff6e31",
    "MessageNumber": 1,
    "MessageTotal": 1,
    "EventTime": "2024-05-01 10:00:00",
}

AUDITD = (
    'node=web7 type=EXECVE msg=audit(1700000000.123:55): argc=5 a0="zip" a1="-r" a2="/dev/shm/o.zip" '
    "a3=2F686F6D652F626F62 a4=70617373776F7264"
)

CLOUDTRAIL = {
    "Records": [
        {
            "eventVersion": "1.08",
            "userIdentity": {"type": "IAMUser", "userName": "bob", "accountId": "999988887777"},
            "eventTime": "2024-05-01T10:00:00Z",
            "eventSource": "rds.amazonaws.com",
            "eventName": "CopyDBSnapshot",
            "awsRegion": "us-west-2",
            "sourceIPAddress": "8.8.4.4",
            "requestParameters": {"sourceDBSnapshotIdentifier": "arn:aws:rds:us-west-2:999988887777:snapshot:crm"},
            "recipientAccountId": "999988887777",
        }
    ]
}

GCP = {
    "insertId": "x1",
    "timestamp": "2024-05-01T10:00:00Z",
    "protoPayload": {
        "methodName": "beta.compute.machineImages.insert",
        "authenticationInfo": {"principalEmail": "bob@contoso.com"},
        "serviceName": "compute.googleapis.com",
    },
}

AZURE = {
    "time": "2024-05-01T10:00:00Z",
    "resourceId": "/SUBSCRIPTIONS/1F2A3B4C-0000-4000-8000-123456789ABC/RESOURCEGROUPS/X",
    "operationName": "MICROSOFT.COMPUTE/DISKS/BEGINGETACCESS/ACTION",
    "category": "Action",
    "resultType": "Success",
}

OSQUERY = {
    "name": "processes",
    "hostIdentifier": "bobs-mac.local",
    "unixTime": 1714557600,
    "action": "added",
    "columns": {
        "event_type": "exec",
        "path": "/usr/bin/ditto",
        "cmdline": "ditto -c -k /Users/bob/Documents /private/tmp/o.zip",
        "cwd": "/Users/bob",
        "username": "bob",
        "pid": "77",
        "parent": "1",
    },
}

SYSLOG = {
    "Computer": "web7",
    "SyslogMessage": (
        '<Event><System><Provider Name="Linux-Sysmon"/><EventID>11</EventID>'
        '<TimeCreated SystemTime="2024-05-01T10:00:00Z"/><EventRecordID>3</EventRecordID>'
        "<Channel>Linux-Sysmon/Operational</Channel><Computer>web7</Computer></System><EventData>"
        '<Data Name="Image">/usr/bin/tar</Data><Data Name="TargetFilename">/var/tmp/o.tgz</Data>'
        '<Data Name="User">bob</Data><Data Name="ProcessId">9</Data></EventData></Event>'
    ),
}

DEFENDER = {
    "Timestamp": "2024-05-01T10:00:00Z",
    "DeviceName": "laptop-bob",
    "ActionType": "ProcessCreated",
    "FileName": "7z.exe",
    "FolderPath": r"C:\Tools\7z.exe",
    "ProcessCommandLine": "7z.exe a x.7z",
    "AccountName": "bob",
    "AccountDomain": "contoso",
}

SAMPLES: dict[str, tuple[str, str]] = {
    "sysmon as JSON": ("windows/process_creation", json.dumps(SYSMON)),
    "sysmon as pretty JSON": ("windows/process_creation", json.dumps(SYSMON, indent=4)),
    "XML of the Event Viewer": ("windows/file_event", VIEWER),
    "security 4688, flat": ("windows/process_creation", json.dumps(SECURITY_4688)),
    "security 5145, flat": ("windows/security", json.dumps(SHARE)),
    "script block": ("windows/ps_script", json.dumps(SCRIPT)),
    "auditd": ("linux/auditd", AUDITD),
    "file of CloudTrail": ("aws/cloudtrail", json.dumps(CLOUDTRAIL)),
    "audit log of Google Cloud": ("gcp/gcp.audit", json.dumps(GCP)),
    "activity log of Azure": ("azure/activitylogs", json.dumps(AZURE)),
    "osquery": ("macos/process_creation", json.dumps(OSQUERY)),
    "sysmon for Linux by syslog": ("linux/file_event", json.dumps(SYSLOG)),
    "row of Defender": ("windows/process_creation", json.dumps(DEFENDER)),
}
"""What it is -> its log source and its text."""
