"""Records of AWS CloudTrail in Splunk, as the Splunk Add-on for AWS gives them to a search (``aws:cloudtrail``).

The columns are those that Splunk lists for its data sources (splunk/security_content, ``data_sources/``:
``aws_cloudtrail_copyobject.yml``, ``aws_cloudtrail_createsnapshot.yml``,
``aws_cloudtrail_modifysnapshotattribute.yml``, of July 2024 to May 2026, add-on versions 7.7 to 8.2), one table for
all events, and the parameters of requests that rules ask for, as the same lists show that each parameter is a field
of its own. From the lists and the samples beside them:

* A field is called as in the record, with dots. Of a list, ``{}`` stands behind its name, and the field has a value
  for each element: ``requestParameters.createVolumePermission.add.items{}.userId``.
* ``errorCode`` is listed although no sample has one, and Splunk's own searches ask for ``errorCode=success``
  (``detections/`` there): the add-on writes that where the record has none.

Left out is what Splunk lists and does not describe (``user``, ``user_arn``, ``src``, ``signature`` and others).
"""

from __future__ import annotations

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail, dotted
from stagewatch.telemetry.native import Native

TABLE = "AWS CloudTrail"
SOURCE_TYPE = "aws:cloudtrail"


def events(native: Native) -> list[Event]:
    """The event that Splunk indexes."""
    data = cloudtrail.record(native.data, native.time)
    whole = cloudtrail.nested(data)
    fields: dict[str, list[str]] = {}
    for name, value in dotted.texts(whole):
        fields.setdefault(name, []).append(value)
    record: dict[str, Value] = {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
    own: dict[str, Value] = {"index": "main", "sourcetype": SOURCE_TYPE}
    record.setdefault("errorCode", "success")
    return [Event(native.time, TABLE, {**own, **record}, cloudtrail.written(whole))]
