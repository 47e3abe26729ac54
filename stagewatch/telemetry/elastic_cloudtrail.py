"""Records of AWS CloudTrail in Elastic: documents of the integration ``aws``, data stream ``cloudtrail``.

Read, in stored copies of elastic/integrations: ``packages/aws/data_stream/cloudtrail``, its ingest pipeline
(``elasticsearch/ingest_pipeline/default.yml``), ``fields/fields.yml`` and the test sample
``test-copy-object-json.log-expected.json``. They say, in short:

* Empty values are dropped, then most fields are *renamed*, so that nothing of the record keeps its own name.
* ``source.address`` is the whole ``sourceIPAddress``; ``source.ip`` is there only where that is an address.
* ``user.name`` is ``userIdentity.userName`` and, where a role acts and that is lacking, the name of the role.
* Parameters of a request are in ``aws.cloudtrail.flattened.request_parameters``, a field of type ``flattened``, and
  in ``aws.cloudtrail.request_parameters`` as the text that Java makes of a map: ``{bucketName=a, key=b}``. Neither is
  a column for each parameter, so no parameter is told here on its own.
* ``event.outcome`` is "failure" where there is an error code or message, else "success"; ``event.type`` is "info"
  unless the pipeline lists the action, which it does for none of the events of snapshots, volumes and objects.

The same pipeline makes ``cloud.account.id`` of ``userIdentity.accountId``, not of ``recipientAccountId``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewatch.languages.base import Event
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.elastic_values import Record, document, stream
from stagewatch.telemetry.native import Native

DATASET = "aws.cloudtrail"

SESSION = "userIdentity.sessionContext"
OWN = "aws.cloudtrail.user_identity"

RENAMED: Mapping[str, str] = {
    "awsRegion": "cloud.region",
    "errorCode": "aws.cloudtrail.error_code",
    "errorMessage": "aws.cloudtrail.error_message",
    "eventCategory": "aws.cloudtrail.event_category",
    "eventID": "event.id",
    "eventName": "event.action",
    "eventSource": "event.provider",
    "eventType": "aws.cloudtrail.event_type",
    "eventVersion": "aws.cloudtrail.event_version",
    "managementEvent": "aws.cloudtrail.management_event",
    "recipientAccountId": "aws.cloudtrail.recipient_account_id",
    "requestID": "aws.cloudtrail.request_id",
    "sharedEventID": "aws.cloudtrail.shared_event_id",
    "sourceIPAddress": "source.address",
    "tlsDetails.cipherSuite": "tls.cipher",
    "tlsDetails.clientProvidedHostHeader": "tls.client.server_name",
    "userAgent": "user_agent.original",
    "userIdentity.accessKeyId": f"{OWN}.access_key_id",
    "userIdentity.accountId": "cloud.account.id",
    "userIdentity.arn": f"{OWN}.arn",
    "userIdentity.invokedBy": f"{OWN}.invoked_by",
    "userIdentity.principalId": "user.id",
    "userIdentity.type": f"{OWN}.type",
    "userIdentity.userName": "user.name",
    f"{SESSION}.attributes.mfaAuthenticated": f"{OWN}.session_context.mfa_authenticated",
    f"{SESSION}.sessionIssuer.accountId": f"{OWN}.session_context.session_issuer.account_id",
    f"{SESSION}.sessionIssuer.arn": f"{OWN}.session_context.session_issuer.arn",
    f"{SESSION}.sessionIssuer.principalId": f"{OWN}.session_context.session_issuer.principal_id",
    f"{SESSION}.sessionIssuer.type": f"{OWN}.session_context.session_issuer.type",
    "vpcEndpointId": "aws.cloudtrail.vpc_endpoint_id",
}
ELEMENTS: Mapping[str, str] = {
    "additionalEventData": "aws.cloudtrail.additional_eventdata",
    "requestParameters": "aws.cloudtrail.request_parameters",
    "responseElements": "aws.cloudtrail.response_elements",
}


def events(native: Native) -> list[Event]:
    """The one document of a record."""
    data = {name: value for name, value in native.data.items() if value}
    record: Record = {**stream(DATASET, "aws"), "@timestamp": native.time, "event.type": ["info"]}
    record |= {column: data[name] for name, column in RENAMED.items() if name in data}
    record["event.outcome"] = "failure" if {"errorCode", "errorMessage"} & data.keys() else "success"
    if "readOnly" in data:
        record["aws.cloudtrail.read_only"] = data["readOnly"] == "true"
    if role := data.get(f"{SESSION}.sessionIssuer.userName"):
        record.setdefault("user.name", role)
    if cloudtrail.is_address(data.get("sourceIPAddress", "")):
        record["source.ip"] = data["sourceIPAddress"]
    for name, column in ELEMENTS.items():
        if element := cloudtrail.nested(data, name):
            record[column] = _java(element)
    return [document(record, DATASET)]


def _java(value: Any) -> str:
    """What ``toString`` of a Java map or list gives."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_java(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    return value if isinstance(value, str) else cloudtrail.written(value)
