"""Native events: what a Windows event log or Sysmon for Linux wrote, in the JSON of common converters of event logs.

A row of osquery has the same frame, for macOS (:mod:`stagewatch.telemetry.osquery`)::

    {"Event": {"System": {"Provider": {"#attributes": {"Name": "osquery"}}, "EventID": 1,
     "Channel": "es_process_events", "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00Z"}},
     "Computer": "mac-3.local"},
     "EventData": {"event_type": "exec", "path": "/usr/bin/tar", "cmdline": "tar czf /tmp/o.tgz /Users/jdoe"}}}

Records of clouds are read as AWS, Azure and Google Cloud write them (:mod:`stagewatch.telemetry.cloudtrail`,
:mod:`stagewatch.telemetry.azure`, :mod:`stagewatch.telemetry.gcp`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stagewatch.telemetry import azure, cloudtrail, gcp

SYSMON = "Microsoft-Windows-Sysmon"
SYSMON_LINUX = "Linux-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"
POWERSHELL = "Microsoft-Windows-PowerShell"
AUDITD = "auditd"
OSQUERY = "osquery"

LISTS = ("Records", "records")
"""Names under which files of clouds hold their records."""


@dataclass(frozen=True, slots=True)
class Native:
    """One event as its source wrote it; ``data`` is its EventData, name -> value as text, in the order of the event."""

    provider: str
    event_id: int
    channel: str
    computer: str
    time: datetime
    record_id: int
    data: Mapping[str, str]


def read_natives(text: str) -> Iterator[Native]:
    """The events of a file that holds JSON documents one after another, or a list of them.

    A record of a cloud has no number of its own and gets that of its place in the file, from 1; a file of CloudTrail's
    own holds a list under ``Records``, one of Azure's under ``records``.

    Raises :class:`ValueError` where the text is no JSON or an event lacks what every event has.
    """
    decoder, position, number = json.JSONDecoder(), 0, 0
    text = text.strip()
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        if isinstance(document, dict):
            document = next((document[name] for name in LISTS if isinstance(document.get(name), list)), document)
        for one in document if isinstance(document, list) else [document]:
            number += 1
            yield native(one, number)
        while position < len(text) and text[position].isspace():
            position += 1


def native(document: Mapping[str, Any], number: int = 0) -> Native:
    """An event from the document ``{"Event": {"System": {...}, "EventData": {...}}}``, or a record of a cloud.

    ``number`` is the record id of an event that has none.
    """
    try:
        if cloudtrail.is_record(document):
            return _of_a_cloud(cloudtrail.CLOUDTRAIL, document, document["eventTime"], number)
        if gcp.is_record(document):
            entry = gcp.entry(document)
            return _of_a_cloud(gcp.GCP, entry, entry["timestamp"], number)
        if azure.is_record(document):
            return _of_a_cloud(azure.AZURE, document, document["time"], number)
        system, data = document["Event"]["System"], document["Event"].get("EventData") or {}
        when = _attribute(system["TimeCreated"], "SystemTime")
        return Native(
            provider=_attribute(system["Provider"], "Name"),
            event_id=int(_text(system["EventID"])),
            channel=_text(system.get("Channel", "")),
            computer=_text(system["Computer"]),
            time=_time(when),
            record_id=int(_text(system.get("EventRecordID", 0))),
            data={name: _text(value) for name, value in data.items() if not name.startswith("#")},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an event: {type(error).__name__}: {error}") from error


def _of_a_cloud(provider: str, record: Mapping[str, Any], when: Any, number: int) -> Native:
    return Native(provider, 0, "", "", _time(str(when)), number, cloudtrail.flat(record))


def _attribute(element: Any, name: str) -> str:
    attributes = element.get("#attributes", element)
    return str(attributes[name])


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("#text", "")
    return "" if value is None else str(value)


_FRACTION = re.compile(r"\.(\d+)")


def _time(text: str) -> datetime:
    """ISO 8601, of whose fraction of a second six digits are kept; UTC unless it says otherwise."""
    when = datetime.fromisoformat(_FRACTION.sub(lambda match: f".{match[1][:6]:0<6}", text))
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
