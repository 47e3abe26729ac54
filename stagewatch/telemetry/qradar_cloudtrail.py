"""Records of AWS CloudTrail in QRadar: events of the log source type Amazon AWS CloudTrail.

IBM, "Amazon AWS CloudTrail" (https://www.ibm.com/docs/en/dsm?topic=amazon-aws-cloudtrail) says that the DSM reads the
JSON of a record and includes no custom properties; its sample messages hold the whole record as payload. So each
field that a rule reads is a custom property with a JSON expression, under the field's own name and with its text
unchanged. The public QRadar mapping of Uncoder IO (third party: UncoderIO/Uncoder_IO,
``mappings/platforms/qradar/aws_cloudtrail.yml``) names them so as well, and is the source of the number 347 for the
log source type. IBM's "Custom Properties for Amazon AWS" names some of the same otherwise; its table could not be
read.

A property that a record lacks is NULL. Not verified: what ``username`` and ``category`` are, left out here, and
whether ``sourceip`` holds anything where the record names a service of AWS; here it does not. Elements of lists have
no property.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native

TABLE = "events"
DEVICE_TYPE = 347


def events(native: Native, columns: Mapping[str, str]) -> list[Event]:
    """The event that QRadar stores; of the fields of a record, those that ``columns`` name are properties."""
    data = cloudtrail.record(native.data, native.time)
    milliseconds = round(native.time.timestamp() * 1000)
    payload = cloudtrail.written(cloudtrail.nested(data))
    record: dict[str, Value] = {
        "starttime": milliseconds,
        "endtime": milliseconds,
        "devicetime": milliseconds,
        "devicetype": DEVICE_TYPE,
        "eventcount": 1,
        "payload": payload,
    }
    if cloudtrail.is_address(data.get("sourceIPAddress", "")):
        record["sourceip"] = data["sourceIPAddress"]
    record |= {name: value for name, value in data.items() if name in columns and cloudtrail.listed(value) is None}
    return [Event(native.time, TABLE, record, payload)]
