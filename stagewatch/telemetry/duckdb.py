r"""Native events as rows of the table that Stagewatch's SQL asks: Sigma's own field names, values as the source wrote
them.

Sources: SigmaHQ's "Sigma Taxonomy" (sigma-specification, appendix) and its log source guides (SigmaHQ/sigma,
``documentation/logsource-guides``) for which event is of which category and service and for field names; Microsoft
Learn, "Sysmon" and the pages of each event of the Security log, for the fields of an event.

* The columns of the house are ``event_time`` (UTC), ``product``, ``category``, ``service``, ``origin`` and
  ``position``. SQL does not tell columns apart by case, so a field called like one of them has ``_`` behind its name:
  ``Product_``.
* A value that is empty stays an empty text; a field that the event lacks is NULL.
* Event 4688 is a process start in Sigma's generic log source as well (guide "category: process_creation", which says
  that its fields are mapped to those of Sysmon's event 1, and not how). It has their names beside its own where both
  events say the same in the same words: not ``ProcessId``, which is the parent's there, nor ``IntegrityLevel``, a SID
  there.
* A record of CloudTrail is a row under the dotted names that SigmaHQ's rules for it use. ``eventID`` and
  ``eventType`` are the columns ``EventID`` and ``EventType`` of events of Windows, as case tells no columns apart.
* A record of Azure's activity log is a row under its dotted names, with ``caller``, which it keeps among its claims.
  An entry of Google Cloud's audit logs has its dotted names below ``data``, and ``gcp.audit.method_name``: both as
  SigmaHQ's rules for them write.
* A row of osquery (:mod:`stagewatch.telemetry.osquery`) is one of macOS, under Sigma's names for its columns.
* A record of auditd is a row, under auditd's own names, decoded. Columns differ in more than case, so what auditd adds
  in capitals is left out where the field in lower case is there; but ``syscall`` is the name, where it was added. Rows
  of one event share more than the record itself has (``exe`` in the row of an EXECVE record, where the event has a
  SYSCALL record): a native event here is one record, so that is not shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.telemetry import auditd, azure, cloudtrail, osquery
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "duckdb.json").read_text(encoding="utf-8"))
"""One table, ``events``: the columns of the house and the fields of the events named below, of every Sysmon event and
of what Sigma's taxonomy names for the Security log and PowerShell."""

TABLE = "events"
HOUSE = frozenset({"event_time", "product", "category", "service", "origin", "position"})

SERVICES: Mapping[str, tuple[str, str]] = {
    SYSMON: ("windows", "sysmon"),
    SYSMON_LINUX: ("linux", "sysmon"),
    SECURITY: ("windows", "security"),
    POWERSHELL: ("windows", "powershell"),
}
"""Provider -> product and service."""

SYSMON_CATEGORIES: Mapping[int, str] = {
    1: "process_creation",
    2: "file_change",
    3: "network_connection",
    4: "sysmon_status",
    5: "process_termination",
    6: "driver_load",
    7: "image_load",
    8: "create_remote_thread",
    9: "raw_access_thread",
    10: "process_access",
    11: "file_event",
    13: "registry_set",
    14: "registry_rename",
    15: "create_stream_hash",
    16: "sysmon_status",
    17: "pipe_created",
    18: "pipe_created",
    19: "wmi_event",
    20: "wmi_event",
    21: "wmi_event",
    22: "dns_query",
    23: "file_delete",
    24: "clipboard_capture",
    25: "process_tampering",
    26: "file_delete",
    27: "file_block_executable",
    28: "file_block_shredding",
    29: "file_executable_detected",
    255: "sysmon_error",
}
"""Sysmon's event -> category; 12 is two categories, by its EventType."""

CATEGORIES: Mapping[tuple[str, int], str] = {
    **{(SYSMON, number): category for number, category in SYSMON_CATEGORIES.items()},
    **{(SYSMON_LINUX, number): category for number, category in SYSMON_CATEGORIES.items()},
    (SECURITY, 4688): "process_creation",
    (POWERSHELL, 4103): "ps_module",
    (POWERSHELL, 4104): "ps_script",
}

PROCESS_START: Mapping[str, str] = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "LogonId": "SubjectLogonId",
}
"""Field of the generic log source -> field of event 4688."""


def sigma_fields(native: Native) -> dict[str, str]:
    """The fields of an event by Sigma's own names, without the columns of the house.

    Of Windows, of Sysmon and of osquery, whose events have such names; nothing of others.
    """
    if native.provider == OSQUERY:
        return {"Computer": native.computer, "Provider_Name": OSQUERY, **osquery.told(native).data}
    if native.provider not in SERVICES:
        return {}
    return {
        "Channel": native.channel,
        "Computer": native.computer,
        "EventID": str(native.event_id),
        "EventRecordID": str(native.record_id),
        "Provider_Name": native.provider,
        **native.data,
        **_process_start(native),
    }


def events(native: Native) -> list[Event]:
    """The one row of an event; nothing where its provider is none of those above."""
    if native.provider == OSQUERY:
        return [_row_of_osquery(native)]
    if native.provider == CLOUDTRAIL:
        data = cloudtrail.record(native.data, native.time)
        return [_record_of_a_cloud(native, data, "aws", "cloudtrail")]
    if native.provider == AZURE:
        caller = azure.caller(native.data)
        data = {**native.data, **({"caller": caller} if caller else {})}
        return [_record_of_a_cloud(native, data, "azure", "activitylogs")]
    if native.provider == GCP:
        data = {f"data.{name}": text for name, text in native.data.items()}
        method = native.data.get("protoPayload.methodName")
        data |= {"gcp.audit.method_name": method} if method else {}
        return [_record_of_a_cloud(native, data, "gcp", "gcp.audit")]
    if native.provider == AUDITD:
        return [_record_of_auditd(native)] if auditd.is_described(native) else []
    if native.provider not in SERVICES:
        return []
    product, service = SERVICES[native.provider]
    record: dict[str, Value] = {_column(name): value for name, value in sigma_fields(native).items()}
    record |= {"product": product, "category": _category(native), "service": service, "origin": native.channel}
    return [Event(native.time, TABLE, record)]


def _row_of_osquery(native: Native) -> Event:
    category = osquery.CATEGORIES.get(osquery.told(native).event_id)
    record: dict[str, Value] = {**sigma_fields(native), "product": "macos", "category": category, "service": None}
    return Event(native.time, TABLE, record | {"origin": native.channel})


def _record_of_auditd(native: Native) -> Event:
    fields = {name: value for name, value in native.data.items() if name.lower() not in native.data or name.islower()}
    fields |= {"Computer": native.computer}
    if "SYSCALL" in native.data:
        fields["syscall"] = native.data["SYSCALL"]
    spelled = {column.lower(): column for column in SCHEMA[TABLE]}
    record: dict[str, Value] = {spelled[_column(name).lower()]: value for name, value in fields.items()}
    record |= {"product": "linux", "category": None, "service": "auditd", "origin": native.channel}
    return Event(native.time, TABLE, record)


def _record_of_a_cloud(native: Native, data: Mapping[str, str], product: str, service: str) -> Event:
    """A record under dotted names; a list is its JSON, and a list of one object has the names in that as well."""
    fields = dict(data)
    for name, text in data.items():
        elements = cloudtrail.listed(text)
        if elements is not None and len(elements) == 1 and isinstance(elements[0], Mapping):
            fields |= cloudtrail.flat(elements[0], f"{name}.")
    columns = {column.lower(): column for column in SCHEMA[TABLE]}
    named = {_column(name).lower(): text for name, text in fields.items()}
    record: dict[str, Value] = {columns[name]: text for name, text in named.items() if name in columns}
    record |= {"product": product, "category": None, "service": service}
    return Event(native.time, TABLE, record)


def _category(native: Native) -> str | None:
    if native.provider == SYSMON and native.event_id == 12:
        return "registry_add" if native.data.get("EventType", "").startswith("Create") else "registry_delete"
    return CATEGORIES.get((native.provider, native.event_id))


def _process_start(native: Native) -> dict[str, str]:
    if (native.provider, native.event_id) != (SECURITY, 4688):
        return {}
    data = native.data
    added = {name: data[of] for name, of in PROCESS_START.items() if of in data}
    if "SubjectUserName" in data:
        added["User"] = "\\".join(data[name] for name in ("SubjectDomainName", "SubjectUserName") if data.get(name))
    return {name: value for name, value in added.items() if name not in data}


def _column(name: str) -> str:
    return f"{name}_" if name.lower() in HOUSE else name
