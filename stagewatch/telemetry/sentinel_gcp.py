"""Entries of Google Cloud's audit logs in Microsoft Sentinel: the table ``GCPAuditLogs``.

Columns, types and what each holds: Azure Monitor Logs reference, "GCPAuditLogs" (MicrosoftDocs/azure-reference-other,
``azure-monitor-ref/tables/includes/gcpauditlogs-include.md``, of July 2024). Elements of an entry are dynamic there,
with the names that Google gives them: ``RequestMetadata.callerIp``. ``TimeGenerated`` is when the entry was received;
here it is the event's time.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail, gcp
from stagewatch.telemetry.native import Native

TABLE = "GCPAuditLogs"

COLUMNS: Mapping[str, str] = {
    "insertId": "InsertId",
    "logName": "LogName",
    "protoPayload.authenticationInfo.principalEmail": "PrincipalEmail",
    "protoPayload.methodName": "MethodName",
    "protoPayload.numResponseItems": "NumResponseItems",
    "protoPayload.resourceName": "GCPResourceName",
    "protoPayload.serviceName": "ServiceName",
    "protoPayload.status.message": "StatusMessage",
    "resource.labels.project_id": "ProjectId",
    "resource.type": "GCPResourceType",
    "severity": "Severity",
}
ELEMENTS: Mapping[str, str] = {
    "authenticationInfo": "AuthenticationInfo",
    "authorizationInfo": "AuthorizationInfo",
    "metadata": "Metadata",
    "request": "Request",
    "requestMetadata": "RequestMetadata",
    "resourceLocation": "ResourceLocation",
    "resourceOriginalState": "ResourceOriginalState",
    "response": "Response",
    "serviceData": "ServiceData",
    "status": "Status",
}


def events(native: Native) -> list[Event]:
    """The one row of an entry."""
    data = native.data
    row: dict[str, Value] = {"TimeGenerated": native.time, "Timestamp": native.time, "Type": TABLE}
    row |= {column: data[name] for name, column in COLUMNS.items() if name in data}
    payload = gcp.nested(data).get("protoPayload", {})
    row |= {column: cloudtrail.written(payload[name]) for name, column in ELEMENTS.items() if name in payload}
    return [Event(native.time, TABLE, row)]
