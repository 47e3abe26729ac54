"""Records of AWS CloudTrail in Google SecOps: UDM events of the log type AWS_CLOUDTRAIL.

The mapping table of the parser could not be read whole, so only that is told which Google's own rules read
(chronicle/detection-rules, ``rules/community/aws/cloudtrail``, of 2023 to 2025), each with the field of the record
that the rule speaks of:

* ``metadata.vendor_name`` is "AMAZON", ``metadata.product_name`` "AWS CloudTrail", ``metadata.product_event_type``
  the name of the event (all of these rules).
* ``target.application`` is ``eventSource``, ``principal.user.userid`` an ARN whose end after ``:assumed-role/`` is a
  name of a session, ``principal.resource.type`` the type of the identity, "AssumedRole"
  (``aws_iam_activity_from_ec2_instance.yaral``).
* ``principal.location.name`` is the region, ``additional.fields["recipientAccountId"]`` the account, ``principal.ip``
  the address, ``network.http.user_agent`` the agent, by the names that the rules' outcomes give them
  (``aws_ec2_ami_or_snapshot_shared_publicly.yaral``).
* ``security_result.action`` is ALLOW for what was done; what it is for an error is not told.

"Change log for AWS_CLOUDTRAIL"
(https://docs.cloud.google.com/chronicle/docs/ingestion/parser-list/aws-cloudtrail-changelog.md.txt) agrees where it
names these: ``principal.user.userid`` is an ARN (2024-05-09), of insights ``userIdentityArn`` (2026-08-27), and
``network.http.user_agent`` is ``userAgent`` (2026-08-27). Error codes, names of users, sessions and the parameters of
requests are under keys and labels that differ from event to event and are left out, as is ``metadata.event_type``.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.secops_times import times

LOG_TYPE = "AWS_CLOUDTRAIL"

FIELDS: Mapping[str, str] = {
    "awsRegion": "principal.location.name",
    "eventName": "metadata.product_event_type",
    "eventSource": "target.application",
    "userAgent": "network.http.user_agent",
    "userIdentity.arn": "principal.user.userid",
    "userIdentity.type": "principal.resource.type",
}


def events(native: Native) -> list[Event]:
    """The one UDM event of a record."""
    data = native.data
    record: dict[str, Value] = {
        **times(native),
        "metadata.log_type": LOG_TYPE,
        "metadata.product_name": "AWS CloudTrail",
        "metadata.vendor_name": "AMAZON",
    }
    record |= {path: data[name] for name, path in FIELDS.items() if data.get(name)}
    if account := data.get("recipientAccountId"):
        record["additional.fields.key"] = ["recipientAccountId"]
        record["additional.fields.value.string_value"] = [account]
    if cloudtrail.is_address(data.get("sourceIPAddress", "")):
        record["principal.ip"] = [data["sourceIPAddress"]]
    if not data.get("errorCode"):
        record["security_result.action"] = ["ALLOW"]
    return [Event(native.time, LOG_TYPE, record)]
