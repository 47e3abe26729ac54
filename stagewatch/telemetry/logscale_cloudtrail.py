"""Records of AWS CloudTrail in Falcon LogScale, as the parser of CrowdStrike's package ``aws/cloudtrail`` writes them.

Sources: library.humio.com, "aws/cloudtrail", version 2.1.0, page "Parsers and Generated Fields"
(https://library.humio.com/integrations/integrations-aws-cloudtrail-parsers.html) for tags and fields, and the example
of ``correlate()`` there for the values of tags: ``#Vendor="aws" #event.kind="event" #event.module="cloudtrail"``. The
parser keeps every field of the record under ``Vendor.`` and its own name (``Vendor.requestParameters.bucketName``,
``Vendor.userIdentity.accountId``) and copies some to names of ECS (``event.action``, ``event.provider``). It makes
``#event.outcome`` "failure" where there is an error code. Elements of lists are numbered, as ``parseJson()`` does.

``cloud.account.id`` is left out: three fields may fill it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native

KIND = "AWS CloudTrail"
"""Names the table of the schema; these events have no ``#event_simpleName``."""

COPIED: Mapping[str, str] = {
    "awsRegion": "cloud.region",
    "errorCode": "error.code",
    "errorMessage": "error.message",
    "eventID": "event.id",
    "eventName": "event.action",
    "eventSource": "event.provider",
}


def events(native: Native) -> list[Event]:
    """The one event of a record."""
    data = cloudtrail.record(native.data, native.time)
    whole = cloudtrail.nested(data)
    record: dict[str, Value] = {
        "#Vendor": "aws",
        "#event.kind": "event",
        "#event.module": "cloudtrail",
        "#event.outcome": "failure" if data.get("errorCode") else "success",
    }
    record |= {field: data[name] for name, field in COPIED.items() if name in data}
    record |= dict(_fields(whole, "Vendor"))
    return [Event(native.time, KIND, record, cloudtrail.written(whole))]


def _fields(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _fields(inner, f"{name}[{number}]")
    elif value is not None:
        yield name, value if isinstance(value, str) else cloudtrail.written(value)
