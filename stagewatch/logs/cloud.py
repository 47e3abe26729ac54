"""Records of Azure's activity log and of Google Cloud's audit logs, under the names that SigmaHQ's rules give fields.

Azure: Microsoft, "Azure Activity Log event schema", "Schema from storage account and event hubs"
(https://docs.azure.cn/en-us/azure-monitor/platform/activity-log-schema). Google Cloud: "Understand audit logs"
(https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs.md.txt).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewatch.logs.values import Row, flattened, housed, text, utc

ACTIVITIES = frozenset(
    {"write", "delete", "action", "administrative", "servicehealth", "resourcehealth", "alert", "autoscale"}
    | {"security", "recommendation", "policy"}
)
"""``category`` of a record of the activity log, in lower case. Logs of Entra ID and of resources have others."""

_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"


def is_azure(document: Mapping[str, Any]) -> bool:
    """Whether an object is a record of the activity log, as event hubs and storage accounts get it."""
    return (
        isinstance(document.get("operationName"), str)
        and isinstance(document.get("resourceId"), str)
        and str(document.get("category")).lower() in ACTIVITIES
    )


def azure_row(document: Mapping[str, Any]) -> Row | None:
    """A record of the activity log, with the ``caller`` of the schema of Azure's REST API, taken from the claims."""
    if not is_azure(document):
        return None
    row = flattened(document)
    names = (f"identity.claims.{_CLAIM}/{kind}" for kind in ("upn", "emailaddress", "spn"))
    row.setdefault("caller", next((row[name] for name in names if row.get(name)), None))
    if row["caller"] is None:
        del row["caller"]
    return housed(row, utc(document.get("time")), "azure", "activitylogs", None)


def is_gcp(document: Mapping[str, Any]) -> bool:
    """Whether an object is an entry of an audit log."""
    payload = document.get("protoPayload")
    return isinstance(payload, Mapping) and isinstance(payload.get("methodName"), str)


def gcp_row(document: Mapping[str, Any]) -> Row | None:
    """An entry of an audit log: the fields of the entry below ``data``, and its method under Sigma's name as well."""
    if not is_gcp(document):
        return None
    row = flattened(document, "data.")
    row["gcp.audit.method_name"] = text(document["protoPayload"]["methodName"])
    return housed(row, utc(document.get("timestamp")), "gcp", "gcp.audit", None)
