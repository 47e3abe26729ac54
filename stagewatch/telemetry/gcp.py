"""Entries of Google Cloud's audit logs as native events, and what every platform's telemetry makes of their JSON.

Sources: Google, "Understand audit logs"
(https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs.md.txt) and "AuditLog"
(https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog.md.txt): an entry of a
log (``LogEntry``) whose ``protoPayload`` is an ``AuditLog``. ``status.code`` is a code of ``google.rpc.Code``, 7 for
a permission that was denied; what succeeded has no code.

A native event has texts only, so an entry is kept flat (:mod:`stagewatch.telemetry.dotted`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stagewatch.telemetry import dotted

GCP = "gcp.audit"
"""Stands for the provider of an event log, which an entry has not."""

LABELS = ("labels", "resource.labels", "protoPayload.request.labels")
"""Elements whose names may have dots of their own."""


def entry(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry in a document: itself, or ``data`` of what Splunk's add-on takes from Pub/Sub."""
    data = document.get("data")
    return data if isinstance(data, Mapping) and "protoPayload" in data else document


def is_record(document: Mapping[str, Any]) -> bool:
    """Whether a document is an entry of an audit log."""
    payload = entry(document).get("protoPayload")
    return isinstance(payload, Mapping) and isinstance(payload.get("methodName"), str)


def nested(data: Mapping[str, str]) -> dict[str, Any]:
    """The entry again."""
    return dotted.nested(data, LABELS)


def timed(data: Mapping[str, str], when: datetime) -> dict[str, str]:
    """The flat entry with its time, which an event of a fixture may leave to its own."""
    return {"timestamp": f"{when:%Y-%m-%dT%H:%M:%S.%fZ}", **data}
