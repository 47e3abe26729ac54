"""Native events: what a Windows event log or Sysmon for Linux wrote, in the JSON of common converters of event logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SYSMON = "Microsoft-Windows-Sysmon"
SYSMON_LINUX = "Linux-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"
POWERSHELL = "Microsoft-Windows-PowerShell"


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

    Raises :class:`ValueError` where the text is no JSON or an event lacks what every event has.
    """
    decoder, position = json.JSONDecoder(), 0
    text = text.strip()
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        for one in document if isinstance(document, list) else [document]:
            yield native(one)
        while position < len(text) and text[position].isspace():
            position += 1


def native(document: Mapping[str, Any]) -> Native:
    """An event from the document ``{"Event": {"System": {...}, "EventData": {...}}}``."""
    try:
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
