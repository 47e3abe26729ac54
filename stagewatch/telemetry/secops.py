"""Google SecOps: events of the Unified Data Model (UDM), by Google's default parsers.

The schema is the whole of UDM as Google publishes it (``backstory/udm.proto`` in googleapis/googleapis, 2026, Apache
License 2.0): message -> field -> type, and enum -> value -> number. ``UDM`` is the root. What the file imports from
others (``DataAccessLabels``, ``EntityRisk``, ``Id``) is not described. A repeated field is a list here; the fields of
a repeated message are lists of equal length, one element each. Maps (``additional.fields``) and labels are a list of
keys and a list of values.

Field by field: Google SecOps documentation, "Collect Microsoft Windows Event logs" (WINEVTLOG) and "Collect PowerShell
logs" (POWERSHELL), both of March 2026, and "Change log for WINDOWS_SYSMON". The mapping tables of WINDOWS_SYSMON and of
Sysmon for Linux could not be read; for them count Google's own rules (chronicle/detection-rules), which read parents
from ``principal.process`` and not, as WINEVTLOG has it, from ``target.process.parent_process``. Script blocks are told
twice, once as each log type: the two share no field that holds the script.

Unverified: the roles in PROCESS_TERMINATION and FILE_DELETION (those of a launch and of a creation), ``SYSMON:`` and
the missing braces in process GUIDs (the WINEVTLOG page has ``sysmon:`` for another field, other parsers a prefix of
their product), that hashes are lower case and where the import hash is, everything about LINUX_SYSMON and thus
``principal.platform``, keys of maps and labels other than ``current_directory``, and that a ``-`` stays.
``principal.platform`` is in no table that could be read, so no Windows event has it. Nothing says where
``OriginalFileName``, ``IntegrityLevel``, ``LogonId`` and ``CreationUtcTime`` of Sysmon go, so they go nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import secops_cloudtrail, secops_gcp, secops_osquery
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native
from stagewatch.telemetry.secops_times import times

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "secops.json").read_text(encoding="utf-8"))

Fields = Mapping[str, str]

LOG_TYPES: Mapping[str, str] = {SYSMON: "WINDOWS_SYSMON", SYSMON_LINUX: "LINUX_SYSMON", SECURITY: "WINEVTLOG"}

SYSMON_TYPES: Mapping[int, str] = {
    1: "PROCESS_LAUNCH",
    5: "PROCESS_TERMINATION",
    11: "FILE_CREATION",
    23: "FILE_DELETION",
}

FILE: Fields = {
    "Image": "principal.process.file.full_path",
    "ProcessId": "principal.process.pid",
    "TargetFilename": "target.file.full_path",
}

SYSMON_FIELDS: Mapping[int, Fields] = {
    1: {
        # Google's rules on process launches, such as rules/community/microsoft/windows.
        "Image": "target.process.file.full_path",
        "CommandLine": "target.process.command_line",
        "ProcessId": "target.process.pid",
        "ParentImage": "principal.process.file.full_path",
        "ParentCommandLine": "principal.process.command_line",
        "ParentProcessId": "principal.process.pid",
        # Change log for WINDOWS_SYSMON, 2024-04-24.
        "Company": "target.asset.software.vendor_name",
        "Description": "target.asset.software.description",
        "FileVersion": "target.asset.software.version",
        "Product": "target.asset.software.name",
    },
    5: {"Image": "target.process.file.full_path", "ProcessId": "target.process.pid"},
    11: FILE,
    23: FILE,
}

SYSMON_GUIDS: Mapping[int, Fields] = {
    1: {
        "ProcessGuid": "target.process.product_specific_process_id",
        "ParentProcessGuid": "principal.process.product_specific_process_id",
    },
    5: {"ProcessGuid": "target.process.product_specific_process_id"},
    11: {"ProcessGuid": "principal.process.product_specific_process_id"},
    23: {"ProcessGuid": "principal.process.product_specific_process_id"},
}

PROCESS_FILE = "target.process.file"

HASHES: Fields = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "IMPHASH": "pe_file.imphash"}
"""Hash -> its field in the UDM's File."""

SUBJECT: Fields = {
    "SubjectDomainName": "principal.administrative_domain",
    "SubjectUserName": "principal.user.userid",
    "SubjectUserSid": "principal.user.windows_sid",
}

SHARE: Fields = {
    **SUBJECT,
    "AccessList": "target.resource.attribute.permissions.name",
    "AccessMask": "principal.process.access_mask",
    "IpAddress": "principal.ip",
    "IpPort": "principal.port",
    "ShareLocalPath": "target.file.full_path",
    "ShareName": "target.resource.name",
}

SECURITY_TYPES: Mapping[int, str] = {
    4688: "PROCESS_LAUNCH",
    5140: "USER_RESOURCE_ACCESS",
    5145: "USER_RESOURCE_ACCESS",
}

SECURITY_FIELDS: Mapping[int, Fields] = {
    # WINEVTLOG, "Event ID 4663", version 0.
    4663: {
        **SUBJECT,
        "AccessList": "target.resource.attribute.permissions.name",
        "AccessMask": "principal.process.access_mask",
        "ObjectType": "target.resource.resource_subtype",
        "ProcessId": "principal.process.pid",
        "ProcessName": "principal.process.file.full_path",
    },
    # "Event ID 4688", versions 0 to 2. The command line of the new process is the principal's there.
    4688: {
        **SUBJECT,
        "CommandLine": "principal.process.command_line",
        "NewProcessId": "target.process.pid",
        "NewProcessName": "target.process.file.full_path",
        "ParentProcessName": "principal.process.file.full_path",
        "ProcessId": "principal.process.pid",
        "TargetDomainName": "target.administrative_domain",
        "TargetUserName": "target.user.userid",
        "TargetUserSid": "target.user.windows_sid",
    },
    5140: SHARE,
    5145: {**SHARE, "AccessReason": "security_result.description", "RelativeTargetName": "target.file.names"},
}

SECURITY_LABELS: Mapping[int, Fields] = {
    4663: {
        "SubjectLogonId": "principal.labels",
        "HandleId": "target.resource.attribute.labels",
        "ObjectServer": "target.resource.attribute.labels",
        "ResourceAttributes": "target.resource.attribute.labels",
    },
    4688: {
        "SubjectLogonId": "principal.labels",
        "TokenElevationType": "additional.fields",
        "TargetLogonId": "additional.fields",
        "MandatoryLabel": "additional.fields",
    },
    5145: {"SubjectLogonId": "additional.fields"},
}
"""Field -> the labels or the map that hold it under its own name."""

OBJECTS: Mapping[str, tuple[str, str]] = {
    "File": ("FILE_OPEN", "target.file.full_path"),
    "SymbolicLink": ("FILE_OPEN", "target.file.full_path"),
    "Key": ("REGISTRY_UNCATEGORIZED", "target.registry.registry_key"),
    "Process": ("PROCESS_OPEN", "target.process.file.full_path"),
    "Event": ("USER_RESOURCE_ACCESS", "target.resource.name"),
}
"""Kind of object of event 4663 -> event type and the field of ``ObjectName``; other kinds are in no table."""

SCRIPT_BLOCK = 4104

LISTS = frozenset({"principal.ip", "target.file.names", "target.resource.attribute.permissions.name"})
LIST_PREFIXES = ("target.asset.software.", "security_result.")
NUMBER = re.compile(r"0x[0-9a-fA-F]+|0|[1-9][0-9]*")
NUMBERS = frozenset({"principal.port", "principal.process.access_mask"})

VALUES: Fields = {"additional.fields": "value.string_value"}
"""How the values of a map or of labels are called, where not ``value``."""


def events(native: Native) -> list[Event]:
    """The UDM events that Google's parsers make of a native event; one for each log type that may take it in."""
    if native.provider == CLOUDTRAIL:
        return secops_cloudtrail.events(native)
    if native.provider == OSQUERY:
        return secops_osquery.events(native)
    if native.provider == GCP:
        return secops_gcp.events(native)
    if native.provider in {SYSMON, SYSMON_LINUX}:
        return _sysmon(native)
    if native.provider == SECURITY:
        return _security(native)
    if native.provider == POWERSHELL and native.event_id == SCRIPT_BLOCK:
        return [_event(native, "WINEVTLOG", _script(native)), _event(native, "POWERSHELL", _detection(native))]
    return []


def _event(native: Native, log_type: str, record: Mapping[str, Value]) -> Event:
    """WINEVTLOG, "Common device event fields to UDM fields", which POWERSHELL shares."""
    common: dict[str, Value] = {
        **times(native),
        "metadata.log_type": log_type,
        "metadata.product_event_type": str(native.event_id),
        "metadata.product_log_id": str(native.record_id),
        "metadata.product_name": native.provider,
        "metadata.vendor_name": "Microsoft",
        "principal.asset.hostname": native.computer,
        "principal.hostname": native.computer,
        "security_result.rule_name": [f"EventID: {native.event_id}"],
    }
    return Event(native.time, log_type, {**common, **record})


def _sysmon(native: Native) -> list[Event]:
    if native.event_id not in SYSMON_TYPES:
        return []
    data = native.data
    record = _fields({"metadata.event_type": SYSMON_TYPES[native.event_id]})
    record |= _mapped(data, SYSMON_FIELDS[native.event_id])
    for name, path in SYSMON_GUIDS[native.event_id].items():
        if guid := data.get(name, "").strip("{}"):
            record[path] = f"SYSMON:{guid}"
    # The WINEVTLOG page on the same provider: the domain and the name go apart.
    domain, _, user = data.get("User", "").rpartition("\\")
    record |= _fields({"principal.administrative_domain": domain, "principal.user.userid": user})
    record |= _fields(_hashes(data.get("Hashes", ""), "target.file" if "TargetFilename" in data else PROCESS_FILE))
    # Change log for WINDOWS_SYSMON, 2023-10-27; Google's rules have the key.
    record |= _labels("additional.fields", [("current_directory", data.get("CurrentDirectory", ""))])
    if native.provider == SYSMON_LINUX:
        record["principal.platform"] = "LINUX"
    return [_event(native, LOG_TYPES[native.provider], record)]


def _hashes(text: str, file: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {f"{file}.{HASHES[name]}": value.lower() for name, _, value in pairs if name in HASHES}


def _security(native: Native) -> list[Event]:
    if native.event_id not in SECURITY_FIELDS:
        return []
    data, kind = native.data, SECURITY_TYPES.get(native.event_id)
    record = _mapped(data, SECURITY_FIELDS[native.event_id])
    if native.event_id == 4663:
        if data.get("ObjectType") not in OBJECTS:
            return []
        kind, path = OBJECTS[data["ObjectType"]]
        record |= _fields({path: data.get("ObjectName", "")})
    if native.event_id == 5140:
        record["target.hostname"] = native.computer
    labels = SECURITY_LABELS.get(native.event_id, {})
    for holder in sorted({*labels.values(), "additional.fields"}):
        pairs = [(name, data.get(name, "")) for name, place in labels.items() if place == holder]
        if holder == "additional.fields":
            pairs.append(("Channel", native.channel))
        record |= _labels(holder, pairs)
    record |= {"metadata.event_type": kind, "security_result.action": ["ALLOW"]}
    return [_event(native, LOG_TYPES[SECURITY], record)]


def _script(native: Native) -> dict[str, Value]:
    """WINEVTLOG, "Event ID 4104", provider Microsoft-Windows-PowerShell."""
    data = native.data
    numbers = [(name, data.get(name, "")) for name in ("MessageNumber", "MessageTotal")]
    return _labels("additional.fields", [("Channel", native.channel), *numbers]) | _fields(
        {
            "metadata.description": "Script block logging",
            "metadata.event_type": "PROCESS_LAUNCH",
            "principal.resource.product_object_id": data.get("ScriptBlockId", ""),
            "target.application": native.provider,
            "target.file.full_path": data.get("Path", ""),
            "target.process.command_line": data.get("ScriptBlockText", ""),
        }
    )


def _detection(native: Native) -> dict[str, Value]:
    """POWERSHELL, "UDM Mapping Table"; that the label of the script has the name of the field is unverified."""
    path = native.data.get("Path", "")
    text = [("ScriptBlockText", native.data.get("ScriptBlockText", ""))]
    record = _labels("security_result.detection_fields", text)
    record |= _fields(
        {
            "metadata.event_type": "PROCESS_LAUNCH" if path else "STATUS_UPDATE",
            "target.process.file.full_path": path,
        }
    )
    return record | {"security_result.action": ["ALLOW"]}


def _mapped(data: Mapping[str, str], names: Fields) -> dict[str, Value]:
    return _fields({path: data.get(name, "") for name, path in names.items()})


def _fields(values: Fields) -> dict[str, Value]:
    """The fields that have a value, each of its UDM type."""
    return {path: _typed(path, text) for path, text in values.items() if text and _fits(path, text)}


def _typed(path: str, text: str) -> Value:
    if path in LISTS or path.startswith(LIST_PREFIXES):
        return [text]
    return int(text, 0) if path in NUMBERS else text


def _fits(path: str, text: str) -> bool:
    """A number field takes nothing but a number, decimal or as hexadecimal digits after ``0x``."""
    return path not in NUMBERS or bool(NUMBER.fullmatch(text))


def _labels(holder: str, pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    filled = [(name, value) for name, value in pairs if value]
    if not filled:
        return {}
    keys, values = zip(*filled, strict=True)
    return {f"{holder}.key": list(keys), f"{holder}.{VALUES.get(holder, 'value')}": list(values)}
