"""One event of a log source: the document as its source wrote it, and its fields as Sigma names them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from stagewatch.new.sources import LogSource
from stagewatch.telemetry import duckdb
from stagewatch.telemetry.native import AUDITD, native

TIMES = ("eventTime", "time", "timestamp")
"""Where a record of a cloud tells its time."""

_FRAME = frozenset({"EventID", "Computer", "Provider_Name", "Channel"})
"""Fields of the frame of an event log's record."""


@dataclass(frozen=True)
class Event:
    """An event; ``document`` is what a fixture holds of it."""

    source: LogSource
    document: Mapping[str, Any]

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The fields by Sigma's names, as the proofs see them. Fields without a value are left out."""
        event = native(self.document)
        rows = duckdb.events(event)
        found = rows[0].record if rows else {}
        own = {name.removesuffix("_"): str(value) for name, value in found.items() if _is_field(name, value)}
        return {**own, **(event.data if event.provider == AUDITD else {})}

    @property
    def event_id(self) -> int:
        return int(self.document["Event"]["System"]["EventID"]) if self.source.is_framed else 0

    @property
    def when(self) -> datetime:
        return native(self.document).time

    @property
    def computer(self) -> str:
        return str(self.document["Event"]["System"]["Computer"]) if self.source.is_framed else ""

    def changed(self, changes: Mapping[str, str | None]) -> Event:
        """The event with other values in Sigma's fields; None takes a field away."""
        document = copy.deepcopy(dict(self.document))
        for name, value in changes.items():
            if name in _FRAME and self.source.is_framed:
                _set_frame(document["Event"]["System"], name, value)
            elif self.source.is_framed:
                _set(document["Event"]["EventData"], [self.source.native.get(name, name)], value)
            else:
                path = self.source.native.get(name, name.removeprefix("data."))
                _set(document, path.split("."), value)
        return replace(self, document=document)

    def placed(self, number: int, start: datetime, label: str) -> Event:
        """The event as the ``number``-th of a file that begins at ``start``: its time, record id and label."""
        when = start + timedelta(seconds=number)
        document = copy.deepcopy(dict(self.document))
        if not self.source.is_framed:
            document |= {name: f"{when:%Y-%m-%dT%H:%M:%SZ}" for name in TIMES if name in document}
            return replace(self, document=document)
        system, data = document["Event"]["System"], document["Event"]["EventData"]
        system["TimeCreated"] = {"#attributes": {"SystemTime": f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"}}
        system["EventRecordID"] = 1000 + number
        told = f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03}"
        data |= {name: told for name in ("UtcTime", "CreationUtcTime") if name in data}
        if self.source.says_labels:
            data.pop("RuleName", None)
            document["Event"]["EventData"] = {"RuleName": label, **data}
        return replace(self, document=document)


def template(source: LogSource, data: Mapping[str, Any] | None = None) -> Event:
    """An event that nobody recorded; ``data`` goes over that of the template, under the event's own names."""
    whole = {**copy.deepcopy(dict(source.template)), **(data or {})}
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)
    if not source.is_framed:
        return Event(
            source, {name: f"{start:%Y-%m-%dT%H:%M:%SZ}" if name in TIMES else one for name, one in whole.items()}
        )
    return Event(source, framed(source, source.event_id, source.computer, start, whole))


def framed(
    source: LogSource, event_id: int, computer: str, when: datetime, data: Mapping[str, Any], channel: str = ""
) -> dict[str, Any]:
    """The document of an event log's record, as the fixtures of the pack have it."""
    sysmon = source.says_labels
    system = {
        "Provider": {"#attributes": {"Name": source.provider}},
        "EventID": event_id,
        "Version": 5,
        "Level": 4,
        "Task": event_id if sysmon or source.provider == "osquery" else 0,
        "Opcode": 0,
        "Keywords": "0x8000000000000000",
        "TimeCreated": {"#attributes": {"SystemTime": f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"}},
        "EventRecordID": 1000,
        "Channel": channel or source.channel,
        "Computer": computer or source.computer,
    }
    return {"Event": {"System": system, "EventData": dict(data)}}


def nine_o_clock(day: date) -> datetime:
    """When the events of a fixture begin that are not kept as they were recorded."""
    return datetime.combine(day, time(9), UTC)


def written(events: list[Event]) -> bytes:
    """The content of a fixture's file: documents one after another."""
    return "".join(json.dumps(event.document, ensure_ascii=False, indent=2) + "\n" for event in events).encode()


def _is_field(name: str, value: object) -> bool:
    return value is not None and name not in duckdb.HOUSE


def _set_frame(system: dict[str, Any], name: str, value: str | None) -> None:
    if name == "Provider_Name":
        system["Provider"] = {"#attributes": {"Name": value}}
    elif name == "EventID":
        system["EventID"] = int(value or 0)
    else:
        system[name] = value or ""


def _set(document: dict[str, Any], path: list[str], value: str | None) -> None:
    *above, last = path
    for part in above:
        inner = document.get(part)
        if not isinstance(inner, dict):
            inner = document[part] = {}
        document = inner
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value
