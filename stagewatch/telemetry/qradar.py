"""Native events as QRadar holds them: normalised properties, and custom properties taken from the payload.

What the Windows DSM does not normalise is a custom property (IBM, "Custom property expression": regex, XML and others),
so its name is what somebody gave it. Three sources, in this order:

1. names of content extensions of IBM: "Linux" 1.1.3 (``Command``, ``Process ID``, ``Machine Identifier``; its
   ``Filename`` is the name without its path, which stands in ``File Directory``), "Carbon Black Response" and "ReaQta"
   (``Process Path``, ``Parent Process ID``, ``Logon ID``, the hashes);
2. names of the public QRadar mappings of Uncoder IO (third party): ``Parent Process Path``, ``Parent Command``,
   ``Event ID``, and the second names below;
3. for the rest, an own XML expression per item of EventData, under the item's own name and with its text unchanged.
   ``TargetFilename`` is among them: no extension that was read holds the full path of a created file. ``Provider Name``
   is such a property as well.

A record of auditd is an event of its own: a line that reaches the Linux OS DSM over syslog. The Linux extension takes
``Type`` from ``type=``, ``Process ID`` from ``pid=`` and a path's parts from ``name="..."``; every other field is a
property under its own name here, by an expression of the same form, and hexadecimal text stays so.

All custom properties are text. A property that an event lacks is NULL. Not verified: everything under 2 and 3, the
devicetype and categories of Sysmon for Linux, whether ``username`` keeps the domain (dropped here), and the exact form
of the payload (only that all values stand in it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import auditd, qradar_cloudtrail
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.native import AUDITD, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "qradar.json").read_text(encoding="utf-8"))
"""The types are those that QRadar offers for a property."""

TABLE = "events"

WINDOWS, LINUX = 12, 11
"""Log source types Microsoft Windows Security Event Log and Linux OS (Uncoder IO)."""

DEVICE_TYPES: Mapping[str, int] = {
    SYSMON: WINDOWS,
    SECURITY: WINDOWS,
    POWERSHELL: WINDOWS,
    SYSMON_LINUX: LINUX,
    AUDITD: LINUX,
}

CATEGORIES: Mapping[tuple[str, int], int] = {
    # low level categories (Uncoder IO): 8110 for process starts, 8028 for created files
    (SYSMON, 1): 8110,
    (SYSMON_LINUX, 1): 8110,
    (SECURITY, 4688): 8110,
    (SYSMON, 11): 8028,
    (SYSMON_LINUX, 11): 8028,
}

KNOWN: frozenset[tuple[str, int]] = (
    frozenset({*CATEGORIES, (POWERSHELL, 4104)})
    | {(SECURITY, number) for number in (4656, 4663, 5140, 5145)}
    | {(provider, number) for provider in (SYSMON, SYSMON_LINUX) for number in (5, 23)}
)
"""Those beyond the table above have a category that was not found, and thus none here."""

NAMES: Mapping[str, str] = {
    # item of EventData -> property; an item that is not named here is a property under its own name
    "CommandLine": "Command",
    "Image": "Process Path",
    "LogonId": "Logon ID",
    "ParentCommandLine": "Parent Command",
    "ParentImage": "Parent Process Path",
    "ParentProcessId": "Parent Process ID",
    "ProcessId": "Process ID",
}

SECOND_NAMES: Mapping[str, str] = {
    # names of Uncoder IO for items that are a property under their own name too
    "NewProcessName": "Process Name",
    "ParentProcessName": "Parent Process Name",
    "ProcessName": "Process Name",
    "RuleName": "Rule Name",
    "ShareName": "Share Name",
    "SubjectUserName": "Subject Account Name",
}

NAMES_OF_AUDITD: Mapping[str, str] = {"pid": "Process ID"}
"""IBM's extension for Linux takes it from ``pid=``, as it takes ``Type`` from ``type=``; others keep their name."""

HASHES: Mapping[str, str] = {"MD5": "MD5 Hash", "SHA1": "SHA1 Hash", "SHA256": "SHA256 Hash", "IMPHASH": "IMP Hash"}


def events(native: Native) -> list[Event]:
    """The event that QRadar stores; nothing for what is not described above."""
    if native.provider == CLOUDTRAIL:
        return qradar_cloudtrail.events(native, SCHEMA[TABLE])
    if native.provider == AUDITD and auditd.is_described(native):
        return [_record_of_auditd(native)]
    if (native.provider, native.event_id) not in KNOWN:
        return []
    payload = _payload(native)
    record: dict[str, Value] = _normalised(native) | _custom(native) | {"payload": payload}
    return [Event(native.time, TABLE, record, payload)]


def _record_of_auditd(native: Native) -> Event:
    """A line of syslog: the property of a field is whatever stands behind its name, without quotes."""
    payload = f"<13>{native.time:%b %d %H:%M:%S} {native.computer} audispd: {auditd.line(native)}"
    record: dict[str, Value] = _normalised(native) | {"Machine Identifier": native.computer, "payload": payload}
    record["Type"] = native.data["type"]
    return Event(native.time, TABLE, record | _of_auditd(auditd.values(native)), payload)


def _of_auditd(values: Mapping[str, str]) -> dict[str, Value]:
    record: dict[str, Value] = {NAMES_OF_AUDITD.get(name, name): value for name, value in values.items()}
    return record | _path(values.get("name", ""))


def _normalised(native: Native) -> dict[str, Value]:
    """Properties that every event has (IBM, "Supported event fields for AQL queries")."""
    milliseconds = round(native.time.timestamp() * 1000)
    record: dict[str, Value] = {
        "starttime": milliseconds,
        "endtime": milliseconds,
        "devicetime": milliseconds,
        "devicetype": DEVICE_TYPES[native.provider],
        "eventcount": 1,
    }
    if "IpAddress" in native.data:
        record["sourceip"] = native.data["IpAddress"]
    category = CATEGORIES.get((native.provider, native.event_id))
    if category is not None:
        record["category"] = category
    user = native.data.get("User") or native.data.get("SubjectUserName")
    if user:
        record["username"] = user.rpartition("\\")[2]
    return record


def _custom(native: Native) -> dict[str, Value]:
    record: dict[str, Value] = {
        "Event ID": str(native.event_id),
        "Machine Identifier": native.computer,
        "Provider Name": native.provider,
    }
    for item, value in native.data.items():
        record[NAMES.get(item, item)] = value
        if item in SECOND_NAMES:
            record[SECOND_NAMES[item]] = value
    for part in native.data.get("Hashes", "").split(","):
        algorithm, equals, value = part.partition("=")
        if equals and algorithm in HASHES:
            record[HASHES[algorithm]] = value
    record.update(_path(native.data.get("TargetFilename", "")))
    return record


def _path(path: str) -> dict[str, Value]:
    """The three properties into which the expressions of the Linux extension split a path."""
    cut = max(path.rfind("/"), path.rfind("\\"))
    if cut < 0:
        return {}
    name = path[cut + 1 :]
    stem, dot, extension = name.rpartition(".")
    parts: dict[str, Value] = {"Filename": name, "File Directory": path[:cut]}
    return parts | ({"File Extension": extension} if dot and stem else {})


def _payload(native: Native) -> str:
    head = (
        f"AgentDevice=WindowsLog\tAgentLogFile={native.channel}\tSource={native.provider}\tComputer={native.computer}\t"
        f"EventID={native.event_id}\tRecordNumber={native.record_id}\tMessage="
    )
    return head + " ".join(f"{name}: {value}" for name, value in native.data.items())
