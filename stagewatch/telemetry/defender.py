"""Microsoft Defender XDR advanced hunting: the rows that Defender for Endpoint's sensor writes.

Defender never reads Sysmon's log or any other: its sensor sees the behaviour itself. A Sysmon event says that a process
started or a file was created or deleted, so it stands for the row that the sensor writes for the same, and for a
DeviceInfo row of the device. The end of a process has no row: no page names an action type for it. Events of the
Security log and of PowerShell's log have no such row: Defender holds no log records, its DeviceEvents tell of a
PowerShell command by name only, and an access check on a share is no file event.

Columns and types: Microsoft Learn, pages "DeviceProcessEvents", "DeviceFileEvents", "DeviceInfo" and "DeviceEvents" in
"the advanced hunting schema", of August 2026, March 2025, July 2026 and September 2024. The pages leave open how values
are written; that was read off rows that were published as captured, by Elastic (test samples of its Microsoft Defender
XDR integration), Microsoft (ASIM sample data of Azure-Sentinel, Linux), the Splunk add-on for advanced hunting and the
graph2otel project (2026):

* ``FolderPath`` is no folder but the full path with the file's name, in its own letter case.
* ``InitiatingProcessFolderPath`` is the full path too, and on Windows in lower case throughout. The process's file name
  is mostly in lower case as well (``msmpeng.exe``, ``mssense.exe``).
* On Windows a command line lacks the folder of its own executable. No page says so, but every captured row has it that
  way, even of services, which are registered with their path (``"MsMpEng.exe"``, ``"MsSense.exe"``), and arguments keep
  theirs. On Linux and macOS command lines keep the folder.
* A row of osquery (:mod:`stagewatch.telemetry.osquery`) stands for what the sensor sees on macOS. No captured row of
  macOS was found: the columns are those of Linux without what Microsoft showed of Linux alone (``AdditionalFields``,
  logon ids and token elevation), and the domain of an account is the device, as there (unverified).
* On Windows account names and domains are in lower case, but ``RequestAccountName`` and ``RequestAccountDomain`` keep
  theirs. On Linux an account's domain is the name of the device.
* ``DeviceName`` is the full name, in lower case. Hashes are in lower case. ``LogonId`` is decimal (999 for ``0x3e7``),
  on Linux 0. Integrity levels are the words that Sysmon uses; Linux has none.

Not known from the pages, and here what makes a wrong query show: whether the file name of an initiating process is
always in lower case (here it is), and whether Linux rows keep the case of paths (here they do).

What a sensor knows and Sysmon does not tell is left out, such as the command line of a file's writer, sizes, signatures
and the processes above the parent. Identifiers that join rows are needed and therefore stand-ins, made from what they
identify: ``DeviceId``, ``ProcessUniqueId`` and the SIDs of accounts that are not well known. Sysmon's event 11 tells of
overwritten files too, for which the sensor writes ``FileModified``; here each is a creation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import osquery
from stagewatch.telemetry.native import OSQUERY, SYSMON, SYSMON_LINUX, Native

Column = Callable[[Native], Value]

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "defender.json").read_text(encoding="utf-8"))

WELL_KNOWN_SIDS: Mapping[str, str] = {
    "nt authority\\system": "S-1-5-18",
    "nt authority\\local service": "S-1-5-19",
    "nt authority\\network service": "S-1-5-20",
}
"""Account -> SID, by Microsoft Learn, "Well-known SIDs"."""


def events(native: Native) -> list[Event]:
    """The row that the sensor writes for the same start of a process or change of a file, and the device's."""
    if native.provider == OSQUERY:
        native = osquery.told(native)
    if (native.provider, native.event_id) not in ROWS:
        return []
    return [
        Event(
            native.time, table, {name: value for name, column in row.items() if (value := column(native)) is not None}
        )
        for table, row in ROWS[native.provider, native.event_id]
    ]


def _constant(value: Value) -> Column:
    return lambda _: value


def _field(name: str, written: Callable[[str], Value] = str) -> Column:
    """A value of the event as the sensor writes it; none where the event has none, for which Sysmon writes a hyphen."""

    def column(native: Native) -> Value:
        value = native.data.get(name, "")
        return None if value in {"", "-"} else written(value)

    return column


def _hash(algorithm: str) -> Column:
    """One of Sysmon's hashes, which it writes as ``MD5=0A,SHA256=0B``."""
    return _field("Hashes", lambda text: dict(pair.split("=", 1) for pair in text.lower().split(",")).get(algorithm))


def _command_line(command_line: str, image: str) -> Column:
    """A command line on Windows, without the folder of its executable where it began with that."""

    def written(native: Native) -> Value:
        text, path = native.data.get(command_line, ""), native.data.get(image, "")
        folder = path[: len(path) - len(_windows_name(path))]
        quote = '"' if text.startswith('"') else ""
        start = len(quote) + len(folder)
        return (quote + text[start:] if text[len(quote) : start].lower() == folder.lower() else text) or None

    return written


def _device(native: Native) -> Value:
    return native.computer.lower()


def _domain_of_mac(native: Native) -> Value:
    return _device(native) if native.data.get("User") else None


def _device_id(native: Native) -> Value:
    return _digest(native.computer.lower())


def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _unique_id(guid: str) -> str:
    return str(int(_digest(guid.lower())[:13], 16))


def _windows_name(path: str) -> str:
    return path.rpartition("\\")[2]


def _linux_name(path: str) -> str:
    return path.rpartition("/")[2]


def _domain(user: str) -> str:
    return user.rpartition("\\")[0]


def _sid(user: str) -> str:
    """A well-known SID, or a stand-in: one per account, of one authority per domain."""
    user = user.lower()
    domain = _digest(_domain(user))
    parts = (int(domain[at : at + 8], 16) for at in (0, 8, 16))
    stand_in = "-".join(["S-1-5-21", *map(str, parts), str(1000 + int(_digest(user)[:4], 16))])
    return WELL_KNOWN_SIDS.get(user, stand_in)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _hexadecimal(text: str) -> int:
    return int(text, 16)


def _directory(path: str) -> str:
    return json.dumps({"ProcessCurrentWorkingDirectory": path}, ensure_ascii=False)


DEVICE: Mapping[str, Column] = {
    "Timestamp": lambda native: native.time,
    "DeviceId": _device_id,
    "DeviceName": _device,
    "ReportId": lambda native: native.record_id,
}

# Platforms by page "DeviceInfo"; the spelling without a space is that of Microsoft's queries.
DEVICE_INFO: Mapping[str, Column] = {
    **DEVICE,
    "DeviceCategory": _constant("Endpoint"),
    "OnboardingStatus": _constant("Onboarded"),
}

PROCESS: Mapping[str, Column] = {
    **DEVICE,
    "ActionType": _constant("ProcessCreated"),
    "FolderPath": _field("Image"),
    "MD5": _hash("md5"),
    "SHA1": _hash("sha1"),
    "SHA256": _hash("sha256"),
    "ProcessId": _field("ProcessId", int),
    "ProcessUniqueId": _field("ProcessGuid", _unique_id),
    "ProcessCreationTime": _field("UtcTime", _utc),
    "InitiatingProcessId": _field("ParentProcessId", int),
    "InitiatingProcessUniqueId": _field("ParentProcessGuid", _unique_id),
}

WINDOWS_PROCESS: Mapping[str, Column] = {
    **PROCESS,
    "FileName": _field("Image", _windows_name),
    "ProcessVersionInfoCompanyName": _field("Company"),
    "ProcessVersionInfoProductName": _field("Product"),
    "ProcessVersionInfoOriginalFileName": _field("OriginalFileName"),
    "ProcessVersionInfoFileDescription": _field("Description"),
    "ProcessCommandLine": _command_line("CommandLine", "Image"),
    "ProcessIntegrityLevel": _field("IntegrityLevel"),
    "AccountDomain": _field("User", lambda user: _domain(user).lower()),
    "AccountName": _field("User", lambda user: _windows_name(user).lower()),
    "AccountSid": _field("User", _sid),
    "LogonId": _field("LogonId", _hexadecimal),
    "InitiatingProcessFileName": _field("ParentImage", lambda path: _windows_name(path).lower()),
    "InitiatingProcessFolderPath": _field("ParentImage", str.lower),
    "InitiatingProcessCommandLine": _command_line("ParentCommandLine", "ParentImage"),
    "InitiatingProcessAccountDomain": _field("ParentUser", lambda user: _domain(user).lower()),
    "InitiatingProcessAccountName": _field("ParentUser", lambda user: _windows_name(user).lower()),
    "InitiatingProcessAccountSid": _field("ParentUser", _sid),
}

LINUX_PROCESS: Mapping[str, Column] = {
    **PROCESS,
    "FileName": _field("Image", _linux_name),
    "ProcessCommandLine": _field("CommandLine"),
    "ProcessTokenElevation": _constant("None"),
    "AccountDomain": _device,
    "AccountName": _field("User"),
    "LogonId": _constant(0),
    "InitiatingProcessFileName": _field("ParentImage", _linux_name),
    "InitiatingProcessFolderPath": _field("ParentImage"),
    "InitiatingProcessCommandLine": _field("ParentCommandLine"),
    "InitiatingProcessAccountDomain": _device,
    "InitiatingProcessAccountName": _field("ParentUser"),
    "InitiatingProcessLogonId": _constant(0),
    "InitiatingProcessTokenElevation": _constant("None"),
    "AdditionalFields": _field("CurrentDirectory", _directory),
}

MAC_PROCESS: Mapping[str, Column] = {
    **PROCESS,
    "FileName": _field("Image", _linux_name),
    "ProcessCommandLine": _field("CommandLine"),
    "ProcessCreationTime": lambda native: native.time,
    "AccountDomain": _domain_of_mac,
    "AccountName": _field("User"),
    "InitiatingProcessFileName": _field("ParentImage", _linux_name),
    "InitiatingProcessFolderPath": _field("ParentImage"),
    "InitiatingProcessCommandLine": _field("ParentCommandLine"),
}

FILE: Mapping[str, Column] = {
    **DEVICE,
    "ActionType": _constant("FileCreated"),
    "FolderPath": _field("TargetFilename"),
    "InitiatingProcessId": _field("ProcessId", int),
    "InitiatingProcessUniqueId": _field("ProcessGuid", _unique_id),
}

WINDOWS_FILE: Mapping[str, Column] = {
    **FILE,
    "FileName": _field("TargetFilename", _windows_name),
    "InitiatingProcessFileName": _field("Image", lambda path: _windows_name(path).lower()),
    "InitiatingProcessFolderPath": _field("Image", str.lower),
    "InitiatingProcessAccountDomain": _field("User", lambda user: _domain(user).lower()),
    "InitiatingProcessAccountName": _field("User", lambda user: _windows_name(user).lower()),
    "InitiatingProcessAccountSid": _field("User", _sid),
    "RequestProtocol": _constant("Local"),
    "RequestAccountDomain": _field("User", _domain),
    "RequestAccountName": _field("User", _windows_name),
    "RequestAccountSid": _field("User", _sid),
}

LINUX_FILE: Mapping[str, Column] = {
    **FILE,
    "FileName": _field("TargetFilename", _linux_name),
    "InitiatingProcessFileName": _field("Image", _linux_name),
    "InitiatingProcessFolderPath": _field("Image"),
    "InitiatingProcessAccountDomain": _device,
    "InitiatingProcessAccountName": _field("User"),
}

MAC_FILE: Mapping[str, Column] = {
    **FILE,
    "FileName": _field("TargetFilename", _linux_name),
    "InitiatingProcessFileName": _field("Image", _linux_name),
    "InitiatingProcessFolderPath": _field("Image"),
    "InitiatingProcessCommandLine": _field("CommandLine"),
    "InitiatingProcessAccountDomain": _domain_of_mac,
    "InitiatingProcessAccountName": _field("User"),
}

# Which kinds of DeviceFileEvents there are is told by the page's action types, in the portal's own reference of the
# schema: FileCreated, FileDeleted, FileModified and FileRenamed.
DELETED: Mapping[str, Column] = {
    "ActionType": _constant("FileDeleted"),
    "MD5": _hash("md5"),
    "SHA1": _hash("sha1"),
    "SHA256": _hash("sha256"),
}

RENAMED: Mapping[str, Column] = {
    "ActionType": _constant("FileRenamed"),
    "PreviousFolderPath": _field("SourceFilename"),
    "PreviousFileName": _field("SourceFilename", _linux_name),
}
CHANGED: Mapping[str, Column] = {"ActionType": _constant("FileModified")}

WINDOWS_DEVICE = {**DEVICE_INFO, "OSPlatform": _constant("Windows11")}
LINUX_DEVICE = {**DEVICE_INFO, "OSPlatform": _constant("Linux")}
MAC_DEVICE = {**DEVICE_INFO, "OSPlatform": _constant("macOS")}

ROWS: Mapping[tuple[str, int], tuple[tuple[str, Mapping[str, Column]], ...]] = {
    (SYSMON, 1): (("DeviceProcessEvents", WINDOWS_PROCESS), ("DeviceInfo", WINDOWS_DEVICE)),
    (SYSMON, 11): (("DeviceFileEvents", WINDOWS_FILE), ("DeviceInfo", WINDOWS_DEVICE)),
    (SYSMON, 23): (("DeviceFileEvents", {**WINDOWS_FILE, **DELETED}), ("DeviceInfo", WINDOWS_DEVICE)),
    (SYSMON_LINUX, 1): (("DeviceProcessEvents", LINUX_PROCESS), ("DeviceInfo", LINUX_DEVICE)),
    (SYSMON_LINUX, 11): (("DeviceFileEvents", LINUX_FILE), ("DeviceInfo", LINUX_DEVICE)),
    (SYSMON_LINUX, 23): (("DeviceFileEvents", {**LINUX_FILE, **DELETED}), ("DeviceInfo", LINUX_DEVICE)),
    (OSQUERY, osquery.STARTED): (("DeviceProcessEvents", MAC_PROCESS), ("DeviceInfo", MAC_DEVICE)),
    (OSQUERY, osquery.CREATED): (("DeviceFileEvents", MAC_FILE), ("DeviceInfo", MAC_DEVICE)),
    (OSQUERY, osquery.RENAMED): (("DeviceFileEvents", {**MAC_FILE, **RENAMED}), ("DeviceInfo", MAC_DEVICE)),
    (OSQUERY, osquery.CHANGED): (("DeviceFileEvents", {**MAC_FILE, **CHANGED}), ("DeviceInfo", MAC_DEVICE)),
}
"""Provider and id of a native event -> the rows that stand for it: table and columns."""
