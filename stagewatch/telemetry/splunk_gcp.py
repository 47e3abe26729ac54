"""Entries of Google Cloud's audit logs in Splunk, as the Splunk Add-on for Google Cloud Platform takes them from
Pub/Sub.

Sources: searches of Splunk's own (splunk/security_content), such as
``detections/cloud/gcp_detect_gcploit_framework.yml``, which read ``data.protoPayload.request.function.timeout``,
``data.protoPayload.authorizationInfo{}.permission`` and ``data.resource.labels.project_id`` of
``google:gcp:pubsub:message``: the entry stands below ``data``, a field is called as in it, and ``{}`` stands behind
the name of a list. From version 4 on, the add-on tells audit logs apart by source types of their own,
``google:gcp:pubsub:audit:admin_activity`` and its sisters; here an event has that of its log.

Left out are fields of lists that have several values, such as the permissions that were asked for: the evaluator of
SPL reads none.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail, dotted, gcp
from stagewatch.telemetry.native import Native

TABLE = "Google Cloud Audit Logs"

SOURCE_TYPES: Mapping[str, str] = {
    "activity": "google:gcp:pubsub:audit:admin_activity",
    "data_access": "google:gcp:pubsub:audit:data_access",
    "system_event": "google:gcp:pubsub:audit:system_event",
    "policy": "google:gcp:pubsub:audit:policy_denied",
}
"""Name of the log behind ``cloudaudit.googleapis.com%2F``."""


def events(native: Native) -> list[Event]:
    """The event that Splunk indexes."""
    data = gcp.timed(native.data, native.time)
    whole = {"data": gcp.nested(data)}
    fields: dict[str, list[str]] = {}
    for name, value in dotted.texts(whole):
        fields.setdefault(name, []).append(value)
    record: dict[str, Value] = {name: values[0] for name, values in fields.items() if len(values) == 1}
    kind = SOURCE_TYPES.get(data.get("logName", "").rpartition("%2F")[2], "google:gcp:pubsub:message")
    own: dict[str, Value] = {"index": "main", "sourcetype": kind}
    return [Event(native.time, TABLE, {**own, **record}, cloudtrail.written(whole))]
