"""Microsoft Sentinel: the tables of a Log Analytics workspace.

Four of Sentinel's connectors count here. Columns and types: Microsoft Learn, "Azure Monitor Logs reference", the page
of each table, of 2024 (DeviceProcessEvents and DeviceFileEvents of 2026).

* Microsoft Defender XDR streams the Device tables of advanced hunting (see :mod:`stagewatch.telemetry.defender`) into
  tables of the same names. Their time is ``TimeGenerated``; the reference lists no ``Timestamp``, although rows that
  Microsoft published as samples show one. ``AdditionalFields`` and ``LoggedOnUsers`` are dynamic.
* Windows Security Events fill SecurityEvent. What an event's data names has a column of the same name where the table
  has one, as text in the event's own notation (``0x1f0``, SIDs, ``-``), and the rest (such as ``AccessList``) is in
  ``EventData`` only, as XML. The reference gives columns no words: that ``SubjectAccount`` and ``TargetAccount`` join
  a domain and a name is read off Microsoft's ASIM parser for event 4688, that ``Account`` is the subject's and
  ``Process`` the file name of the new process off public queries. Unverified: ``AccountType``, ``Task`` and whether
  ``EventData`` is filled where all of it has columns.
* A data collection rule for PowerShell's log fills Event: the data stays XML in ``EventData``, escaped, the message is
  in ``RenderedDescription``. Unverified: no captured row of event 4104 was found. The frame around ``EventData`` is
  that of published rows of other providers.
* Windows Forwarded Events, or a data collection rule that sends to WindowsEvent, keeps the data of PowerShell's log as
  an object in ``EventData`` and its provider in ``Provider``. A workspace has one of the two; here an event is in both,
  so that a query of either finds it.

Sysmon's own log, where a workspace collects it at all, would be a second sight of what the Device tables show. Sigma's
log sources are looked up in those, so it is not told twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import defender, sentinel_azure, sentinel_cloudtrail, sentinel_gcp
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import POWERSHELL, SECURITY, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "sentinel.json").read_text(encoding="utf-8"))

CLOUDS: Mapping[str, Callable[[Native], list[Event]]] = {
    AZURE: sentinel_azure.events,
    CLOUDTRAIL: sentinel_cloudtrail.events,
    GCP: sentinel_gcp.events,
}

SECURITY_EVENTS: Mapping[int, tuple[int, str]] = {
    4656: (12800, "A handle to an object was requested."),
    4663: (12800, "An attempt was made to access an object."),
    4688: (13312, "A new process has been created."),
    5140: (12808, "A network share object was accessed."),
    5145: (12811, "A network share object was checked to see whether client can be granted desired access."),
}
"""Event -> its task and message, by Microsoft Learn, the page of each event below "Advanced security audit policy"."""

SCRIPT_BLOCK = 4104

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


def events(native: Native) -> list[Event]:
    """The rows in a workspace that stand for a native event."""
    if native.provider in CLOUDS:
        return CLOUDS[native.provider](native)
    if native.provider == SECURITY and native.event_id in SECURITY_EVENTS:
        return [Event(native.time, "SecurityEvent", _row("SecurityEvent", native) | _security(native))]
    if native.provider == POWERSHELL and native.event_id == SCRIPT_BLOCK:
        return [
            Event(native.time, "Event", _row("Event", native) | _script_block(native)),
            Event(native.time, "WindowsEvent", _row("WindowsEvent", native) | _forwarded(native)),
        ]
    return [_streamed(event) for event in defender.events(native)]


def _streamed(event: Event) -> Event:
    """A row of advanced hunting as the workspace holds it."""
    columns = SCHEMA[event.source]
    kept = {name: value for name, value in event.record.items() if name in columns}
    return replace(event, record={"TimeGenerated": event.time, "Type": event.source, **kept})


def _row(table: str, native: Native) -> dict[str, Value]:
    return {"TimeGenerated": native.time, "Type": table, "Computer": native.computer, "EventID": native.event_id}


def _security(native: Native) -> dict[str, Value]:
    data, columns = native.data, SCHEMA["SecurityEvent"]
    task, message = SECURITY_EVENTS[native.event_id]
    subject = _account(data, "Subject")
    record: dict[str, Value] = {
        "Channel": native.channel,
        "EventSourceName": native.provider,
        "Task": task,
        "Activity": f"{native.event_id} - {message}",
        "EventData": _event_data(data),
        "Account": subject,
        "AccountType": "Machine" if subject.endswith("$") else "User",
        "SubjectAccount": subject,
    }
    if "TargetUserName" in data:
        record["TargetAccount"] = _account(data, "Target")
    if "NewProcessName" in data:
        record["Process"] = data["NewProcessName"].rpartition("\\")[2]
    return record | {name: value for name, value in data.items() if name in columns}


def _account(data: Mapping[str, str], role: str) -> str:
    return f"{data.get(f'{role}DomainName', '')}\\{data.get(f'{role}UserName', '')}"


def _script_block(native: Native) -> dict[str, Value]:
    data = native.data
    part = f"{data.get('MessageNumber', '')} of {data.get('MessageTotal', '')}"
    lines = [
        f"Creating Scriptblock text ({part}):",
        data.get("ScriptBlockText", ""),
        "",
        f"ScriptBlock ID: {data.get('ScriptBlockId', '')}",
        f"Path: {data.get('Path', '')}",
    ]
    item = f'<DataItem Type="System.XmlData" time="{native.time:%Y-%m-%dT%H:%M:%S.%f}Z">{_event_data(data)}</DataItem>'
    return {
        "Source": native.provider,
        "EventLog": native.channel,
        "EventData": item,
        "ParameterXml": "".join(f"<Param>{escape(value)}</Param>" for value in data.values()),
        "RenderedDescription": "\r\n".join(lines),
    }


def _forwarded(native: Native) -> dict[str, Value]:
    return {
        "Channel": native.channel,
        "EventData": json.dumps(dict(native.data), ensure_ascii=False),
        "EventRecordId": str(native.record_id),
        "Provider": native.provider,
    }


def _event_data(data: Mapping[str, str]) -> str:
    values = "".join(f'<Data Name="{name}">{escape(value)}</Data>' for name, value in data.items())
    return f'<EventData xmlns="{NAMESPACE}">{values}</EventData>'
