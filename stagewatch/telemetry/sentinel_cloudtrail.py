"""Records of AWS CloudTrail in Microsoft Sentinel: the table ``AWSCloudTrail``, which its AWS S3 connector fills.

Columns, types and what each holds: Azure Monitor Logs reference, "AWSCloudTrail"
(MicrosoftDocs/azure-reference-other, ``azure-monitor-ref/tables/includes/awscloudtrail-include.md``, of February
2024). Whole elements of a record (``RequestParameters``, ``ResponseElements``, ``Resources``) are text there: their
JSON. Not told, and unverified: how that JSON is spaced (here as CloudTrail writes it), so that only what is parsed
out of it can be relied on.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native

TABLE = "AWSCloudTrail"

ISSUER = "userIdentity.sessionContext.sessionIssuer"

COLUMNS: Mapping[str, str] = {
    "awsRegion": "AWSRegion",
    "errorCode": "ErrorCode",
    "errorMessage": "ErrorMessage",
    "eventCategory": "Category",
    "eventID": "AwsEventId",
    "eventName": "EventName",
    "eventSource": "EventSource",
    "eventType": "EventTypeName",
    "eventVersion": "EventVersion",
    "recipientAccountId": "RecipientAccountId",
    "requestID": "AwsRequestId_",
    "resources": "Resources",
    "sharedEventID": "SharedEventId",
    "sourceIPAddress": "SourceIpAddress",
    "tlsDetails.cipherSuite": "CipherSuite",
    "tlsDetails.clientProvidedHostHeader": "ClientProvidedHostHeader",
    "tlsDetails.tlsVersion": "TlsVersion",
    "userAgent": "UserAgent",
    "userIdentity.accessKeyId": "UserIdentityAccessKeyId",
    "userIdentity.accountId": "UserIdentityAccountId",
    "userIdentity.arn": "UserIdentityArn",
    "userIdentity.invokedBy": "UserIdentityInvokedBy",
    "userIdentity.principalId": "UserIdentityPrincipalid",
    "userIdentity.type": "UserIdentityType",
    "userIdentity.userName": "UserIdentityUserName",
    f"{ISSUER}.accountId": "SessionIssuerAccountId",
    f"{ISSUER}.arn": "SessionIssuerArn",
    f"{ISSUER}.principalId": "SessionIssuerPrincipalId",
    f"{ISSUER}.type": "SessionIssuerType",
    f"{ISSUER}.userName": "SessionIssuerUserName",
    "vpcEndpointId": "VpcEndpointId",
}
BOOLEANS: Mapping[str, str] = {
    "managementEvent": "ManagementEvent",
    "readOnly": "ReadOnly",
    "userIdentity.sessionContext.attributes.mfaAuthenticated": "SessionMfaAuthenticated",
}
ELEMENTS: Mapping[str, str] = {
    "additionalEventData": "AdditionalEventData",
    "requestParameters": "RequestParameters",
    "responseElements": "ResponseElements",
}


def events(native: Native) -> list[Event]:
    """The one row of a record."""
    data = native.data
    row: dict[str, Value] = {"TimeGenerated": native.time, "Type": TABLE, "OperationName": "CloudTrail"}
    row |= {column: data[name] for name, column in COLUMNS.items() if name in data}
    row |= {column: data[name] == "true" for name, column in BOOLEANS.items() if name in data}
    for name, column in ELEMENTS.items():
        if element := cloudtrail.nested(data, name):
            row[column] = cloudtrail.written(element)
    return [Event(native.time, TABLE, row)]
