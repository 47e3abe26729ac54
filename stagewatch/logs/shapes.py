"""The shape of one JSON document, told by its content, and the rows in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stagewatch.logs import auditd, osquery
from stagewatch.logs.cloud import azure_row, gcp_row, is_azure, is_gcp
from stagewatch.logs.defender import defender_row, is_defender
from stagewatch.logs.values import Row, flattened, housed, text, utc
from stagewatch.logs.windows import flat_row, raw_row, winlogbeat_row
from stagewatch.logs.xmlevents import xml_row

Found = tuple[str, Row | None, str]
"""Shape, row, and the reason where there is no row. A row of auditd carries its event's key under ``KEY``."""

KEY = "\0event"
"""Where a row keeps the key by which its event's records are joined; no field of a log is named so."""

_CONTAINERS = ("Records", "records", "Results", "results", "events", "Events", "value", "hits")
UNKNOWN = "JSON of no known shape"


def found(document: Any, forced: str | None = None) -> Iterator[Found]:
    """The events in a document: mostly one, many in a container such as CloudTrail's ``Records``."""
    if isinstance(document, list):
        for one in document:
            yield from found(one, forced)
        return
    if not isinstance(document, dict):
        yield "json", None, "JSON, but no object"
        return
    if forced in SHAPES:
        row = SHAPES[forced](document)
        if row is not None:
            yield forced, row, ""
            return
    if ("diffResults" in document or "snapshot" in document) and osquery.is_osquery(document):
        for line in osquery.lines(document):
            yield _one(line)
        return
    for name in _CONTAINERS:
        inner = document.get(name)
        if isinstance(inner, dict) and name == "hits":  # Elasticsearch's answer to a search
            inner = inner.get("hits")
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from found(inner, forced)
            return
    yield _one(document) if forced not in SHAPES else (forced, None, f"not an event of the shape {forced}")


def _one(document: dict[str, Any]) -> Found:
    if "Event" in document or "System" in document:
        shape = "raw"
    elif isinstance(document.get("result"), dict):
        shape = "splunk"
    elif isinstance(document.get("_source"), dict):
        return _one(document["_source"])
    elif "winlog" in document or "winlog.event_id" in document or "winlog.channel" in document:
        shape = "winlogbeat"
    elif "eventSource" in document and "eventName" in document:
        shape = "cloudtrail"
    elif is_gcp(document):
        shape = "gcp"
    elif isinstance(document.get("data"), dict) and is_gcp(document["data"]):  # from Pub/Sub, as Splunk keeps it
        return _one(document["data"])
    elif osquery.is_osquery(document):
        shape = "osquery"
    elif is_azure(document):
        shape = "azure"
    elif "SyslogMessage" in document:
        shape = "syslog"
    elif is_defender(document):
        shape = "defender"
    else:
        shape = "nxlog"
    row = SHAPES[shape](document)
    return (
        (shape, row, "")
        if row is not None
        else (shape, None, UNKNOWN if shape == "nxlog" else f"not a whole event ({shape})")
    )


def cloudtrail_row(document: Mapping[str, Any]) -> Row | None:
    """A record of CloudTrail (https://docs.amazonaws.cn/en_us/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.md)."""
    if "eventName" not in document:
        return None
    return housed(flattened(document), utc(document.get("eventTime")), "aws", "cloudtrail", None)


def syslog_row(document: Mapping[str, Any]) -> Row | None:
    """A row of the Syslog table of Azure Monitor whose message is an event of auditd or of Sysmon for Linux."""
    row = line_row(str(document.get("SyslogMessage", "")))
    if row is not None and (computer := text(document.get("Computer"))) is not None:
        row.setdefault("Computer", computer)
    return row


def line_row(line: str) -> Row | None:
    """The event in a line of text: an auditd record or an event as XML."""
    if "<Event" in line:
        return xml_row(line)
    pair = auditd.record(line)
    if pair is None:
        return None
    key, row = pair
    row[KEY] = key
    return row


def splunk_row(document: Mapping[str, Any]) -> Row | None:
    """A line of Splunk's JSON export, ``{"result": {...}}``: its ``_raw`` where that is an event, else its fields."""
    result = document.get("result")
    if not isinstance(result, dict):
        return None
    raw = result.get("_raw")
    if isinstance(raw, str):
        if raw.startswith("{"):
            from stagewatch.logs.documents import loads

            inner = loads(raw)
            if isinstance(inner, dict) and "result" not in inner:
                row = _one(inner)[1]
                if row is not None:
                    return row
        row = line_row(raw)
        if row is not None:
            row.setdefault("Computer", text(result.get("host")))
            return row
    fields = {
        name: value
        for name, value in result.items()
        if not name.startswith(("_", "date_", "tag", "punct", "linecount"))
    }
    source = text(fields.get("source")) or ""
    if "Channel" not in fields and "LogName" not in fields and "WinEventLog:" in source:
        fields["Channel"] = source.split("WinEventLog:", 1)[1]
    if "Computer" not in fields and "ComputerName" not in fields and "host" in fields:
        fields["Computer"] = fields["host"]
    fields.setdefault("TimeGenerated", result.get("_time"))
    if "EventID" in fields:
        fields.pop("EventCode", None)
    if isinstance(fields.get("eventName"), str) and "eventSource" in fields:
        return cloudtrail_row(fields)
    return flat_row(fields)


SHAPES: dict[str, Callable[[Mapping[str, Any]], Row | None]] = {
    "raw": raw_row,
    "winlogbeat": winlogbeat_row,
    "nxlog": flat_row,
    "splunk": splunk_row,
    "cloudtrail": cloudtrail_row,
    "azure": azure_row,
    "gcp": gcp_row,
    "defender": defender_row,
    "osquery": osquery.osquery_row,
    "syslog": syslog_row,
}
"""The shapes of JSON, by the name that a caller may demand them with."""
