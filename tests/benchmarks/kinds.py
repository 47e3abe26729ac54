"""The kinds of events that benchmarks generate: how frequent each is, its frame and its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from stagewatch.telemetry.native import POWERSHELL, SECURITY, SYSMON
from tests.benchmarks.world import Process, World

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)

Data = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: its frame, and its share of all in thousandths."""

    provider: str
    event_id: int
    version: int
    says: str
    share: int = 0


KINDS = (
    Kind(SYSMON, 10, 3, "Process accessed", 330),
    Kind(SYSMON, 12, 2, "Registry object added or deleted", 150),
    Kind(SYSMON, 7, 3, "Image loaded", 150),
    Kind(SYSMON, 13, 2, "Registry value set", 110),
    Kind(SYSMON, 11, 2, "File created", 90),
    Kind(SYSMON, 1, 5, "Process Create", 50),
    Kind(SYSMON, 3, 5, "Network connection detected", 50),
    Kind(SYSMON, 23, 5, "File Delete", 20),
    Kind(SYSMON, 5, 3, "Process terminated", 20),
    Kind(SYSMON, 22, 5, "Dns query", 15),
    Kind(SECURITY, 4688, 2, "A new process has been created", 10),
    Kind(POWERSHELL, 4104, 1, "Creating Scriptblock text", 5),
)
CHANNELS = {
    SYSMON: "Microsoft-Windows-Sysmon/Operational",
    SECURITY: "Security",
    POWERSHELL: "Microsoft-Windows-PowerShell/Operational",
}
GUIDS = {
    SYSMON: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
    SECURITY: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    POWERSHELL: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
}


def utc(when: datetime) -> str:
    """A time as Sysmon writes it."""
    return when.replace(tzinfo=None).isoformat(" ", "milliseconds")


_WRITTEN = (
    ("C:\\ProgramData\\Microsoft\\Windows\\WER\\Temp\\WER{hex}.tmp.xml", "C:\\Windows\\System32\\wermgr.exe"),
    ("C:\\Windows\\Prefetch\\{word}-{hex}.pf", "C:\\Windows\\System32\\svchost.exe"),
    ("C:\\Windows\\System32\\config\\systemprofile\\AppData\\Local\\{hex}.dat", "C:\\Windows\\System32\\ProvTool.exe"),
    ("C:\\Users\\{user}\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Cache\\f_{hex}", ""),
    ("C:\\Users\\{user}\\AppData\\Local\\Packages\\Microsoft.Windows.Cortana_{hex}\\TempState\\{hex}.json", ""),
    ("C:\\Users\\{user}\\Documents\\{word}\\{hex}.xlsx", ""),
    ("D:\\Projects\\{word}\\build\\{hex}.obj", ""),
)
"""File names that are written, and by whom where it matters to the rules."""


def writers(world: World, random: Random) -> Mapping[int, Callable[[Process], Data]]:
    """By event id what a kind of event says of a process."""

    def own(process: Process) -> Data:
        return {"ProcessGuid": process.guid, "ProcessId": process.number, "Image": process.image}

    def accessed(process: Process) -> Data:
        return {
            "SourceProcessGUID": process.guid,
            "SourceProcessId": process.number,
            "SourceThreadId": str(random.randrange(400, 20000, 4)),
            "SourceImage": process.image,
            "TargetProcessGUID": world.guid(),
            "TargetProcessId": str(random.randrange(400, 20000, 4)),
            "TargetImage": world.programs[world.rank(len(world.programs))][0],
            "GrantedAccess": ("0x1000", "0x1400", "0x1fffff", "0x1410")[world.rank(4)],
            "CallTrace": world.traces[world.rank(len(world.traces))],
        }

    def key(process: Process) -> Data:
        return {
            "EventType": "CreateKey" if random.random() < 0.7 else "DeleteKey",
            **own(process),
            "TargetObject": world.filled("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\{word}\\{hex}"),
        }

    def loaded(process: Process) -> Data:
        return {
            **own(process),
            "ImageLoaded": world.libraries[world.rank(len(world.libraries))],
            "FileVersion": "10.0.18362.1 (WinBuild.160101.0800)",
            "Description": "Library",
            "Product": "Microsoft® Windows® Operating System",
            "Company": "Microsoft Corporation",
            "OriginalFileName": "library.dll",
            "Hashes": world.signatures[world.rank(len(world.signatures))],
            "Signed": "true",
            "Signature": "Microsoft Windows",
            "SignatureStatus": "Valid",
        }

    def value(process: Process) -> Data:
        details = f"DWORD (0x{world.hexadecimal(8)})"
        return {**key(process), "EventType": "SetValue", "Details": details}

    def created(process: Process) -> Data:
        name, image = _WRITTEN[int(len(_WRITTEN) * random.random())]
        data = {**own(process), "TargetFilename": world.filled(name), "CreationUtcTime": utc(BEGIN)}
        return {**data, "Image": image} if image else data

    def started(process: Process) -> Data:
        name = process.image.rpartition("\\")[2]
        return {
            **own(process),
            "FileVersion": "10.0.18362.1 (WinBuild.160101.0800)",
            "Description": name,
            "Product": "Microsoft® Windows® Operating System",
            "Company": "Microsoft Corporation",
            "OriginalFileName": name,
            "CommandLine": process.command_line,
            "CurrentDirectory": "C:\\Windows\\system32\\",
            "User": process.user,
            "LogonGuid": world.guid(),
            "LogonId": f"0x{world.hexadecimal(6)}",
            "TerminalSessionId": "0",
            "IntegrityLevel": ("System", "Medium", "High")[world.rank(3)],
            "Hashes": world.signatures[world.rank(len(world.signatures))],
            "ParentProcessGuid": world.guid(),
            "ParentProcessId": str(random.randrange(400, 20000, 4)),
            "ParentImage": process.parent,
            "ParentCommandLine": process.parent,
        }

    def connected(process: Process) -> Data:
        return {
            **own(process),
            "User": process.user,
            "Protocol": "tcp",
            "Initiated": "true",
            "SourceIsIpv6": "false",
            "SourceIp": f"10.0.{random.randrange(4)}.{random.randrange(256)}",
            "SourceHostname": "-",
            "SourcePort": str(random.randrange(49152, 65536)),
            "DestinationIsIpv6": "false",
            "DestinationIp": f"52.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}",
            "DestinationHostname": "-",
            "DestinationPort": ("443", "80", "445", "389")[world.rank(4)],
        }

    def deleted(process: Process) -> Data:
        target = world.filled(_WRITTEN[int(len(_WRITTEN) * random.random())][0])
        hashes = world.signatures[world.rank(len(world.signatures))]
        return {"User": process.user, **own(process), "TargetFilename": target, "Hashes": hashes, "Archived": "true"}

    def asked(process: Process) -> Data:
        name = world.filled("{word}-{hex}.blob.core.example")
        return {**own(process), "QueryName": name, "QueryStatus": "0", "QueryResults": "::ffff:52.239.252.68;"}

    def security(process: Process) -> Data:
        domain, _, name = process.user.rpartition("\\")
        return {
            "SubjectUserSid": "S-1-5-18",
            "SubjectUserName": name,
            "SubjectDomainName": domain,
            "SubjectLogonId": "0x3e7",
            "NewProcessId": f"0x{int(process.number):x}",
            "NewProcessName": process.image,
            "TokenElevationType": "%%1936",
            "ProcessId": "0x3c0",
            "CommandLine": process.command_line,
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": "-",
            "TargetDomainName": "-",
            "TargetLogonId": "0x0",
            "ParentProcessName": process.parent,
            "MandatoryLabel": "S-1-16-16384",
        }

    def script(process: Process) -> Data:
        lines = "\r\n".join(world.filled("Get-Item D:\\Data\\{word}\\{hex} | Out-Null") for _ in range(20))
        return {
            "MessageNumber": "1",
            "MessageTotal": "1",
            "ScriptBlockText": lines,
            "ScriptBlockId": world.guid()[1:-1],
            "Path": world.filled("C:\\Scripts\\{word}.ps1"),
        }

    return {
        1: started, 3: connected, 5: own, 7: loaded, 10: accessed, 11: created,
        12: key, 13: value, 22: asked, 23: deleted, 4104: script, 4688: security,
    }  # fmt: skip
