"""Native events as the JSON that they are read from: what the playground offers to try."""

from __future__ import annotations

import json
from typing import Any

from stagewatch.telemetry import azure, cloudtrail, gcp
from stagewatch.telemetry.native import Native


def document(event: Native) -> dict[str, Any]:
    """An event as :func:`stagewatch.telemetry.native.native` reads it again."""
    when = event.time.isoformat().replace("+00:00", "Z")
    if event.provider == cloudtrail.CLOUDTRAIL:
        return {"eventTime": when, **cloudtrail.nested(event.data)}
    if event.provider == gcp.GCP:
        return {"timestamp": when, **gcp.nested(event.data)}
    if event.provider == azure.AZURE:
        return {"time": when, **azure.nested(event.data)}
    system = {
        "Provider": {"#attributes": {"Name": event.provider}},
        "EventID": event.event_id,
        "Channel": event.channel,
        "Computer": event.computer,
        "TimeCreated": {"#attributes": {"SystemTime": when}},
        "EventRecordID": event.record_id,
    }
    return {"Event": {"System": system, "EventData": dict(event.data)}}


def as_text(event: Native) -> str:
    """The JSON of an event for people."""
    return json.dumps(document(event), ensure_ascii=False, indent=2)
