"""Records of AWS CloudTrail as normalised records of Sumo Logic Cloud SIEM.

Sources: the mapper of CloudTrail in the Cloud SIEM Content Catalog (SumoLogic/cloud-siem-content-catalog) and rules
of the vendor. The mapper makes records of type Audit and reads ``eventName`` into ``action``, ``eventSource`` into
``application``, ``sourceIPAddress`` into ``srcDevice_ip`` and ``userAgent`` into ``http_userAgent``. Rules name
vendor and product (``metadata_vendor = 'Amazon AWS' AND metadata_product = 'CloudTrail'``) and the id of an event,
made of its type and its name (``AwsApiCall-CreateUserPoolClient``: SumoLogic/sumologic-documentation, "Write a Match
Rule"), and read raw keys by the names in the record, joined by dots: ``fields['requestParameters.x-amz-acl']``.

Unverified: that a raw key stays where the mapper has read it (as in :mod:`stagewatch.telemetry.sumo`), and the raw
keys of lists, which are left out. ``srcDevice_ip`` takes an address only; the name of a service of AWS is in the raw
key alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native

TABLE = "Record"

MAPPED: Mapping[str, str] = {
    "eventName": "action",
    "eventSource": "application",
    "sourceIPAddress": "srcDevice_ip",
    "userAgent": "http_userAgent",
}


def events(native: Native) -> list[Event]:
    """The one record."""
    data = cloudtrail.record(native.data, native.time)
    record: dict[str, Value] = {
        "friendlyName": TABLE,
        "metadata_deviceEventId": f"{data.get('eventType', '')}-{data.get('eventName', '')}",
        "metadata_product": "CloudTrail",
        "metadata_schemaVersion": 3,
        "metadata_vendor": "Amazon AWS",
        "objectType": "Audit",
        "timestamp": round(native.time.timestamp() * 1000),
    }
    record |= {attribute: data[key] for key, attribute in MAPPED.items() if key in data}
    if not cloudtrail.is_address(str(record.get("srcDevice_ip", ""))):
        record.pop("srcDevice_ip", None)
    record |= {f"fields.{key}": value for key, value in data.items() if cloudtrail.listed(value) is None}
    return [Event(native.time, TABLE, record, cloudtrail.written(cloudtrail.nested(data)))]
