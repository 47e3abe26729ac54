"""Native events as normalised records of Sumo Logic Cloud SIEM.

Mapped attributes follow the vendor's log mappers (Cloud SIEM Content Catalog, one page per mapper, named at each
table); columns and types its "General Schema Fields" and "Metadata Fields". Not mapped, hence absent here: the process
ids of event 4688, and every ProcessGuid. The security user of a record (``user_userId`` of Sysmon) comes from
``Security.UserID`` of the event header, which a native event here does not carry.

Raw keys (``fields['EventData.X']``) keep the names and values of the event, also ``-``. The schema page calls
``fields`` "un-mapped data", but rules of the vendor read keys that its mapper has mapped (``EventData.LogonType`` of
4624), so all keys stay; that is an open question. Raw keys for the header of Sysmon for Linux other than
``System.Computer`` and ``System.EventRecordID`` are not documented and left out.

Names are normalised as "Username and Hostname Normalization" has it for a single domain, in lower case; a deployment
without that configuration keeps the name as logged. The stricter form is taken: a query that needs the logged name must
read the attribute that ends in ``_raw``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import sumo_cloudtrail
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.native import POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "sumo.json").read_text(encoding="utf-8"))
"""``Record`` holds the attributes, ``fields`` the raw keys of the events below; both with the vendor's type names."""

TABLE = "Record"
"""The schema page: the table of a record is "Always Record for V3"."""


@dataclass(frozen=True)
class Mapper:
    """One log mapper: the record type, attributes with fixed text, and attribute -> raw key."""

    record_type: str
    mapped: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)


SUBJECT = {
    "user_authDomain": "EventData.SubjectDomainName",
    "user_userId": "EventData.SubjectUserSid",
    "user_username": "EventData.SubjectUserName",
}

MAPPERS: Mapping[tuple[str, int], Mapper] = {
    # "Windows - Microsoft-Windows-Sysmon/Operational - 1"
    (SYSMON, 1): Mapper(
        "EndpointProcess",
        {
            "baseImage": "EventData.Image",
            "commandLine": "EventData.CommandLine",
            "device_hostname": "Computer",
            "file_hash_imphash": "IMPHASH",
            "file_hash_md5": "MD5",
            "file_hash_sha1": "SHA1",
            "file_hash_sha256": "SHA256",
            "parentBaseImage": "EventData.ParentImage",
            "parentCommandLine": "EventData.ParentCommandLine",
            "parentPid": "EventData.ParentProcessId",
            "pid": "EventData.ProcessId",
            "sourceUid": "EventRecordID",
            "user_username": "EventData.User",
        },
        {
            "action": "ProcessCreate",
            "description": "Sysmon observed process creation",
            "normalizedAction": "create",
            "normalizedResource": "process",
        },
    ),
    # "Windows - Microsoft-Windows-Sysmon/Operational - 11"; a record of type EndpointProcess, without a process id
    (SYSMON, 11): Mapper(
        "EndpointProcess",
        {
            "baseImage": "EventData.Image",
            "changeTarget": "EventData.TargetFilename",
            "device_hostname": "Computer",
            "file_path": "EventData.TargetFilename",
            "sourceUid": "EventRecordID",
            "user_username": "EventData.User",
        },
        {"action": "FileCreate", "description": "Sysmon observed a FileCreate", "normalizedAction": "create"},
    ),
    # Event 23 has no page that was read; its mapper is taken for that of 11. A query that has lost its id then shows.
    (SYSMON, 23): Mapper(
        "EndpointProcess",
        {
            "baseImage": "EventData.Image",
            "changeTarget": "EventData.TargetFilename",
            "device_hostname": "Computer",
            "file_path": "EventData.TargetFilename",
            "sourceUid": "EventRecordID",
            "user_username": "EventData.User",
        },
    ),
    # "Windows - Security - 4688"
    (SECURITY, 4688): Mapper(
        "EndpointProcess",
        {
            "baseImage": "EventData.NewProcessName",
            "commandLine": "EventData.CommandLine",
            "device_hostname": "Computer",
            "parentBaseImage": "EventData.ParentProcessName",
            "targetUser_username": "EventData.TargetUserName",
            **SUBJECT,
        },
        {"description": "A new process has been created"},
    ),
    # "Windows - Security - 4663"
    (SECURITY, 4663): Mapper(
        "Audit",
        {
            "baseImage": "EventData.ProcessName",
            "device_hostname": "Computer",
            "file_path": "EventData.ObjectName",
            **SUBJECT,
        },
        {"description": "An attempt was made to access an object."},
    ),
    # "Windows - Security - 5140"
    (SECURITY, 5140): Mapper(
        "AuditResourceAccess",
        {
            "device_hostname": "Computer",
            "resource": "EventData.ShareName",
            "srcDevice_ip": "EventData.IpAddress",
            **SUBJECT,
        },
        {"description": "A network share object was accessed"},
    ),
    # "Windows - Security - 5145"; the share stands in file_path, the file in file_basename
    (SECURITY, 5145): Mapper(
        "AuditChange",
        {
            "device_hostname": "Computer",
            "file_basename": "EventData.RelativeTargetName",
            "file_path": "EventData.ShareName",
            "srcDevice_ip": "EventData.IpAddress",
            "srcPort": "EventData.IpPort",
            **SUBJECT,
        },
        {
            "changeType": "Network share object checked to see whether client can be granted desired access",
            "description": "A network share object was checked to see whether client can be granted desired access",
        },
    ),
    # "Windows - Microsoft-Windows-PowerShell/Operational - 4104"; the process is a fixed name without a path
    (POWERSHELL, 4104): Mapper(
        "Endpoint",
        {"commandLine": "EventData.ScriptBlockText", "device_hostname": "Computer", "file_path": "EventData.Path"},
        {"baseImage": "powershell.exe", "description": "PowerShell Script Block Logging"},
    ),
    # "Linux-Sysmon/Operational - 1"; the whole Hashes text stands in file_hash_sha256
    (SYSMON_LINUX, 1): Mapper(
        "EndpointProcess",
        {
            "baseImage": "Image",
            "commandLine": "CommandLine",
            "device_hostname": "System.Computer",
            "file_hash_sha256": "Hashes",
            "parentBaseImage": "ParentImage",
            "parentCommandLine": "ParentCommandLine",
            "parentPid": "ParentProcessId",
            "pid": "ProcessId",
            "sourceUid": "System.EventRecordID",
            "user_username": "User",
        },
    ),
    # "Linux-Sysmon/Operational - 11"
    (SYSMON_LINUX, 11): Mapper(
        "EndpointProcess",
        {
            "baseImage": "Image",
            "changeTarget": "TargetFilename",
            "device_hostname": "System.Computer",
            "file_path": "TargetFilename",
            "sourceUid": "System.EventRecordID",
            "user_username": "User",
        },
        {"action": "FileCreate", "normalizedAction": "create", "normalizedResource": "file"},
    ),
    # No page was read of event 23 either; see that of Windows
    (SYSMON_LINUX, 23): Mapper(
        "EndpointProcess",
        {
            "baseImage": "Image",
            "changeTarget": "TargetFilename",
            "device_hostname": "System.Computer",
            "file_path": "TargetFilename",
            "sourceUid": "System.EventRecordID",
            "user_username": "User",
        },
    ),
}

ORIGIN: Mapping[str, tuple[str, str]] = {SYSMON_LINUX: ("Linux", "Sysmon for Linux")}
"""Provider -> vendor and product of its records; all others are Microsoft Windows (Record Output of the mappers)."""

WHOLE_NUMBERS = frozenset({"pid", "parentPid", "srcPort"})
NORMALISED = frozenset({"device_hostname", "user_username"})
WINDOWS_AUTHORITIES = frozenset({"nt authority", "nt service", "window manager", "font driver host"})
"""Domains of Windows itself, which no deployment configures as its own."""


def events(native: Native) -> list[Event]:
    """The record of an event; nothing where no mapper above reads it."""
    if native.provider == CLOUDTRAIL:
        return sumo_cloudtrail.events(native)
    mapper = MAPPERS.get((native.provider, native.event_id))
    if mapper is None:
        return []
    raw = _raw_keys(native)
    vendor, product = ORIGIN.get(native.provider, ("Microsoft", "Windows"))
    channel = native.channel or f"{native.provider}/Operational"
    record: dict[str, Value] = {
        "friendlyName": TABLE,
        "metadata_deviceEventId": f"{channel}-{native.event_id}",
        "metadata_product": product,
        "metadata_schemaVersion": 3,
        "metadata_vendor": vendor,
        "objectType": mapper.record_type,
        "timestamp": round(native.time.timestamp() * 1000),
        **mapper.fixed,
    }
    for attribute, key in mapper.mapped.items():
        if key in raw:
            record.update(_attribute(attribute, raw[key]))
    record |= {f"fields.{key}": value for key, value in raw.items()}
    return [Event(native.time, TABLE, record, _message(raw))]


def _raw_keys(native: Native) -> dict[str, str]:
    """What the parser takes out of an event, before mapping."""
    if native.provider == SYSMON_LINUX:
        return {"System.Computer": native.computer, "System.EventRecordID": str(native.record_id), **native.data}
    header = {
        "Channel": native.channel,
        "Computer": native.computer,
        "EventID": str(native.event_id),
        "EventRecordID": str(native.record_id),
        "Provider.Name": native.provider,
        "TimeCreated.SystemTime": native.time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
    }
    hashes = dict(part.split("=", 1) for part in native.data.get("Hashes", "").split(",") if "=" in part)
    return header | hashes | {f"EventData.{name}": value for name, value in native.data.items()}


def _attribute(name: str, value: str) -> dict[str, Value]:
    if name in WHOLE_NUMBERS:
        return {name: int(value)} if value.isdecimal() else {}
    if name in NORMALISED:
        return {name: _host(value) if name.endswith("hostname") else _user(value), f"{name}_raw": value}
    return {name: value}


def _host(name: str) -> str:
    return name.lower().partition(".")[0]


def _user(name: str) -> str:
    domain, separator, user = name.lower().rpartition("\\")
    if separator and domain not in WINDOWS_AUTHORITIES:
        return user
    return name.lower() if separator else name.lower().partition("@")[0]


def _message(raw: Mapping[str, str]) -> str:
    return "\n".join(f"{key}={value}" for key, value in raw.items())
