"""Windows events in the shapes of JSON that exist, each made one row of the event table.

Shapes: ``Event/System/EventData`` of EVTX converters (attributes under ``#attributes``, ``X_attributes``, ``@Name`` or
plain); Winlogbeat and Elastic Agent (https://elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog); flat
ones of NXLog, OTRF's datasets and Sentinel's tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagewatch.logs.kinds import windows_kind
from stagewatch.logs.values import Row, flattened, housed, text, texts, utc

PROCESS_4688 = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "LogonId": "SubjectLogonId",
    "ParentProcessId": "ProcessId",
}
"""Sysmon's names for fields of Security 4688 that differ in name only. ``ProcessId`` stays the creator's there
(https://windows-event-explorer.app.elstc.co/publisher/Microsoft-Windows-Security-Auditing/event/4688/v2)."""

INTEGRITY = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "Medium",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}

FLAT_NAMES = {
    "Provider_Name": ("SourceName", "EventSourceName", "ProviderName"),
    "Provider_Guid": ("ProviderGuid",),
    "EventID": ("EventCode",),
    "Channel": ("LogName",),
    "Computer": ("Hostname", "MachineName", "ComputerName"),
    "EventRecordID": ("RecordNumber",),
    "Execution_ProcessID": ("ExecutionProcessID",),
    "Execution_ThreadID": ("ThreadID",),
}
"""Sigma's names of a flat event's frame -> the names it may have, the surest first. The first that an event has is
taken; the others are fields of its own, as ``ProviderName`` is of the filtering platform's events."""

FLAT_LEFT_OUT = frozenset({"ProcessID"})
"""NXLog's name for the process of the log's writer; but for its case it is the event's own ``ProcessId``."""

SPELT_BOTH_WAYS = {
    name.lower(): (name, name.replace("GUID", "Guid")) for name in ("SourceProcessGUID", "TargetProcessGUID")
}
"""Fields that Sysmon itself spells in two ways: event 10 with ``GUID``, event 8 with ``Guid``."""

FRAME_EVENT_TYPES = frozenset(
    {"INFO", "WARNING", "ERROR", "CRITICAL", "VERBOSE", "DEBUG", "AUDIT_SUCCESS", "AUDIT_FAILURE"}
)
"""NXLog's ``EventType`` of an event that has no field of that name."""

EVENT_TYPE = r"\nEventType: (\w+)"
EVENT_TYPE_IDS = ("12", "13", "14", "17", "18", "19", "20", "21")
"""Sysmon's events with an ``EventType`` of their own. NXLog writes its own over it; the message still has Sysmon's."""

_EVENT_TYPE = re.compile(EVENT_TYPE)

FLAT_TIMES = ("UtcTime", "TimeCreated", "SystemTime", "@timestamp", "TimeGenerated", "EventTime")
"""Where a flat event tells its time, the surest first: NXLog's ``EventTime`` may be local time without a zone."""


def event_row(
    provider: str | None, event_id: str | None, channel: str | None, computer: str | None, when: Any, row: Row
) -> Row:
    """The row of an event from its frame and its own fields, which become the row."""
    kind = windows_kind(provider, channel, event_id, row.get("EventType"))
    if kind.category == "process_creation" and kind.service == "security":
        add_process_names(row)
    own = {"Provider_Name": provider, "EventID": event_id, "Channel": channel, "Computer": computer}
    row.update((name, value) for name, value in own.items() if value is not None)
    return housed(row, utc(when), *kind)


def add_process_names(row: Row) -> None:
    """Sysmon's field names beside those of Security 4688, where the event has what they name."""
    names = {ours: row[native] for ours, native in PROCESS_4688.items() if native in row}
    if (label := row.get("MandatoryLabel")) is not None:
        names["IntegrityLevel"] = INTEGRITY.get(label, label)
    # The account that the process runs as: the target where the event names one, else who started it.
    who = "Target" if row.get("TargetUserName", "-") not in ("-", "") else "Subject"
    if (name := row.get(f"{who}UserName")) is not None:
        domain = row.get(f"{who}DomainName", "-")
        names["User"] = name if domain in ("-", "") else f"{domain}\\{name}"
    own = {name.lower() for name in row}
    row.update((ours, value) for ours, value in names.items() if ours.lower() not in own)


def raw_row(document: Mapping[str, Any]) -> Row | None:
    """An event of the shape ``{"Event": {"System": ..., "EventData": ...}}``; None where it is not one."""
    event = document.get("Event", document)
    system = event.get("System") if isinstance(event, dict) else None
    if not isinstance(system, dict):
        return None
    event_id = plain(system.get("EventID"))
    provider = attribute(system, "Provider", "Name")
    if event_id is None:
        return None
    row: Row = {}
    data = event.get("EventData")
    if data is not None:
        fields_into(row, data)
    user = event.get("UserData")
    if isinstance(user, dict):
        for name, value in user.items():  # one element of the provider's own, which holds the fields
            if not name.startswith(("#", "@")):
                fields_into(row, value)
    frame = (
        ("EventRecordID", plain(system.get("EventRecordID"))),
        ("Level", plain(system.get("Level"))),
        ("Task", plain(system.get("Task"))),
        ("Opcode", plain(system.get("Opcode"))),
        ("Keywords", plain(system.get("Keywords"))),
        ("Version", plain(system.get("Version"))),
    )
    for name, value in frame:
        if value is not None:
            row.setdefault(name, value)
    when = attribute(system, "TimeCreated", "SystemTime")
    return event_row(provider, event_id, plain(system.get("Channel")), plain(system.get("Computer")), when, row)


def plain(element: Any) -> str | None:
    """The text of an element, with or without attributes."""
    if isinstance(element, dict):
        element = element.get("#text", element.get("Value"))
    return text(element)


def attribute(parent: Mapping[str, Any], element: str, name: str) -> str | None:
    """An attribute of an element in any of the ways that converters write attributes."""
    holder = parent.get(element)
    if not isinstance(holder, dict):
        holder = parent.get(f"{element}_attributes", {})
        if not isinstance(holder, dict):
            return None
    inner = holder.get("#attributes", holder)
    return text(inner.get(name, inner.get(f"@{name}"))) if isinstance(inner, dict) else None


def fields_into(row: Row, data: Any) -> None:
    """The fields of EventData: a mapping, a list of ``{"@Name", "#text"}``, or text without a name: ``Data``."""
    if isinstance(data, str):
        row["Data"] = data
    elif isinstance(data, list):
        nameless = []
        for one in data:
            holder = one.get("#attributes", one) if isinstance(one, dict) else {}
            name = holder.get("Name", holder.get("@Name", holder.get("name")))
            if name is not None:
                row[str(name)] = plain(one) or ""
            else:
                nameless.append(plain(one) or "")
        if nameless:
            row["Data"] = "\n".join(nameless)
    elif isinstance(data, dict):
        for name, value in data.items():
            if type(value) is str:
                row[name] = value
            elif name == "Data" and isinstance(value, list | dict):
                fields_into(row, value["#text"] if isinstance(value, dict) and "#text" in value else value)
            elif value is not None and not name.startswith(("#", "@")) and not name.endswith("_attributes"):
                row[name] = plain(value) if isinstance(value, dict) and "#text" in value else text(value)


def flat_row(document: Mapping[str, Any]) -> Row | None:
    """An event whose frame and fields stand side by side; None where it has no event id, channel or provider."""
    row: Row = {}
    for name, value in document.items():
        if value is not None and name not in FLAT_LEFT_OUT:
            row[name] = value if type(value) is str else text(value)
    if "EventId" in row:
        row.setdefault("EventID", row.pop("EventId"))
    for name, others in FLAT_NAMES.items():
        if name not in row:
            for other in others:
                if other in row:
                    row[name] = row.pop(other)
                    break
    event_id, channel, provider = row.get("EventID"), row.get("Channel"), row.get("Provider_Name")
    if event_id is None or (channel is None and provider is None):
        return None
    if row.get("EventType") in FRAME_EVENT_TYPES:
        own = _EVENT_TYPE.search(row.get("Message", "")) if event_id in EVENT_TYPE_IDS else None
        if own is None:
            del row["EventType"]
        else:
            row["EventType"] = own[1]
    if (keywords := row.get("Keywords")) is not None and keywords[:2] != "0x":
        row["Keywords"] = hexadecimal(keywords)
    when = next((when for name in FLAT_TIMES if (when := utc(row.get(name))) is not None), None)
    row = event_row(provider, event_id, channel, row.get("Computer"), None, row)
    row["event_time"] = when
    return row


def hexadecimal(keywords: str) -> str:
    """NXLog's signed decimal Keywords as Windows writes them, which is what rules say."""
    try:
        return f"0x{int(keywords) & 0xFFFFFFFFFFFFFFFF:x}"
    except ValueError:
        return keywords


ECS_FIELDS = {
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "ProcessId": "process.pid",
    "ProcessGuid": "process.entity_id",
    "OriginalFileName": "process.pe.original_file_name",
    "Product": "process.pe.product",
    "Company": "process.pe.company",
    "Description": "process.pe.description",
    "FileVersion": "process.pe.file_version",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "ParentProcessId": "process.parent.pid",
    "ParentProcessGuid": "process.parent.entity_id",
    "TargetFilename": "file.path",
    "TargetObject": "registry.path",
    "Details": "registry.data.strings",
    "ImageLoaded": "dll.path",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "QueryName": "dns.question.name",
}
"""Sysmon's names for the ECS fields to which Elastic's ingest pipelines move a field of ``winlog.event_data``."""


def winlogbeat_row(document: Mapping[str, Any]) -> Row | None:
    """An event of Winlogbeat or Elastic Agent, nested or with dotted names."""
    winlog = document.get("winlog")
    if isinstance(winlog, dict):
        fields = texts(winlog.get("event_data") or {})
        user = winlog.get("user_data")
        if isinstance(user, dict):
            fields = {**texts(user), **fields}
        flat = flattened({name: value for name, value in document.items() if name != "winlog"})
        frame = {name: text(winlog.get(name)) for name in _WINLOG}
    else:
        flat = flattened(document)
        fields = {
            name.split("_data.", 1)[1]: value
            for name, value in flat.items()
            if name.startswith(("winlog.event_data.", "winlog.user_data."))
        }
        frame = {name: flat.get(f"winlog.{name}") for name in _WINLOG}
    event_id = frame["event_id"] or flat.get("event.code")
    provider, channel = frame["provider_name"] or flat.get("event.provider"), frame["channel"]
    if event_id is None or (channel is None and provider is None):
        return None
    if "sysmon" in (provider or channel or "").lower():
        for name, ecs in ECS_FIELDS.items():
            if name not in fields and ecs in flat:
                fields[name] = flat[ecs]
        if "User" not in fields and "user.name" in flat:
            domain = flat.get("user.domain")
            fields["User"] = f"{domain}\\{flat['user.name']}" if domain else flat["user.name"]
    computer = frame["computer_name"] or flat.get("host.name") or flat.get("host.hostname")
    if frame["record_id"] is not None:
        fields.setdefault("EventRecordID", frame["record_id"])
    if "message" in flat:
        fields.setdefault("Message", flat["message"])
    return event_row(provider, event_id, channel, computer, flat.get("@timestamp"), fields)


_WINLOG = ("event_id", "provider_name", "channel", "computer_name", "record_id")
