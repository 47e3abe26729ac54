"""Records of AWS CloudTrail as native events, and what every platform's telemetry makes of their JSON.

Sources: AWS, "CloudTrail record contents for management, data, and network activity events"
(https://docs.amazonaws.cn/en_us/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.md) and the
records that Splunk publishes as samples (splunk/security_content, ``data_sources/aws_cloudtrail_copyobject.yml``,
``..._createsnapshot.yml``, ``..._modifysnapshotattribute.yml``).

A native event has texts only, so a record is kept flat: names inside names are joined by dots, as Sigma's rules name
them, a list is its JSON, numbers and truth values are as JSON writes them. ``null`` is a field that the record lacks.
What is a number inside ``requestParameters`` is a text when it is taken apart again: no query here tells the two apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

CLOUDTRAIL = "aws.cloudtrail"
"""Stands for the provider of an event log, which a record has not."""

BOOLEANS = frozenset({"readOnly", "managementEvent"})
"""Fields of every record that hold a truth value."""


def is_record(document: Mapping[str, Any]) -> bool:
    """Whether a document is a record of CloudTrail: these two are in each (AWS, "Optional: False")."""
    return "eventSource" in document and "eventName" in document


def flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The fields of a record that have a value, under dotted names."""
    found: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[prefix + name] = value if isinstance(value, str) else written(value)
    return found


def written(value: Any) -> str:
    """A value as compact JSON, which is how CloudTrail writes its files."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def nested(data: Mapping[str, str], element: str = "") -> dict[str, Any]:
    """The record again, or one ``element`` of it such as ``requestParameters``."""
    record: dict[str, Any] = {}
    start = f"{element}." if element else ""
    for name, text in data.items():
        if name.startswith(start):
            *above, last = name.removeprefix(start).split(".")
            place = record
            for part in above:
                place = place.setdefault(part, {})
            elements = listed(text)
            place[last] = text == "true" if name in BOOLEANS else text if elements is None else elements
    return record


def listed(text: str) -> list[Any] | None:
    """The list that a text is the JSON of; ``userAgent`` may stand in brackets and is none."""
    try:
        found = json.loads(text) if text.startswith("[") else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def event_time(when: datetime) -> str:
    """``eventTime``: whole seconds of UTC."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def record(data: Mapping[str, str], when: datetime) -> dict[str, str]:
    """The flat record with its time, which an event of a fixture may leave to its own."""
    return {"eventTime": event_time(when), **data}


def is_address(text: str) -> bool:
    """Whether ``sourceIPAddress`` is an address; of a service of AWS it is the name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
