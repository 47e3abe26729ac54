"""Records of Azure's activity log as native events, and what every platform's telemetry makes of their JSON.

Source: Microsoft, "Azure Activity Log event schema" (MicrosoftDocs/azure-monitor-docs,
``articles/azure-monitor/essentials/activity-log-schema.md``;
https://docs.azure.cn/en-us/azure-monitor/platform/activity-log-schema), section "Schema from storage account and
event hubs": a record as event hubs and storage accounts get it. ``resultType`` is "Success" in its sample and "Start"
in that of Elastic's integration (elastic/integrations, ``test-activitylogs-raw.log``), whose pipeline knows "Failure"
too.

A native event has texts only, so a record is kept flat (:mod:`stagewatch.telemetry.dotted`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewatch.telemetry import dotted

AZURE = "azure.activitylogs"
"""Stands for the provider of an event log, which a record has not."""

CATEGORIES = frozenset(
    {"write", "delete", "action", "administrative", "servicehealth", "resourcehealth", "alert", "autoscale"}
    | {"security", "recommendation", "policy"}
)
"""``category`` of a record, in lower case: the kind of operation, or the category of the page. Records of Entra ID and
of resources have the same frame and other categories."""

CLAIMS = "identity.claims"
CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
CALLERS = (f"{CLAIMS}.{CLAIM}/upn", f"{CLAIMS}.{CLAIM}/emailaddress", f"{CLAIMS}.{CLAIM}/spn")


def is_record(document: Mapping[str, Any]) -> bool:
    """Whether a document is a record of the activity log in the schema of event hubs."""
    texts = (document.get("operationName"), document.get("resourceId"), document.get("category"))
    return all(isinstance(text, str) for text in texts) and str(texts[2]).lower() in CATEGORIES


def nested(data: Mapping[str, str]) -> dict[str, Any]:
    """The record again; names of claims are addresses, with dots of their own."""
    return dotted.nested(data, (CLAIMS,))


def caller(data: Mapping[str, str]) -> str | None:
    """The property ``caller``, which a record keeps among its claims only.

    The page: "Email address of the user who has performed the operation, the UPN claim, or SPN claim based on
    availability." Unverified: who is named where a record has none of them, as that of a managed identity.
    """
    return next((data[name] for name in CALLERS if data.get(name)), None)


def category(data: Mapping[str, str]) -> str:
    """The category of the activity log: "If properties.eventCategory isn't present, category is 'Administrative'"."""
    return data.get("properties.eventCategory", "Administrative")
