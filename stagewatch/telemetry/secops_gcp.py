"""Entries of Google Cloud's audit logs in Google SecOps: UDM events of the log type GCP_CLOUDAUDIT.

Sources: Google's own rules (chronicle/detection-rules, ``rules/community/gcp``), which ask for ``metadata.log_type =
"GCP_CLOUDAUDIT"`` and read ``metadata.product_event_type`` ("google.iam.admin.v1.CreateServiceAccountKey"),
``target.application`` ("cloudkms.googleapis.com"), ``principal.ip``, ``network.http.user_agent`` and, in outcomes,
``target.resource.name`` (``gcp_multiple_kms_keys_disabled_or_destroyed.yaral``,
``google_cloud_service_account_key_created_or_uploaded.yaral``); "Google Cloud"
(https://cloud.google.com/chronicle/docs/preview/default-parsers/gcp), which puts
``authenticationInfo.principalEmail`` into ``principal.user.email_addresses`` and ``authorizationInfo[].granted`` into
``security_result.action``. "Change log for GCP_APP_ENGINE"
(https://docs.cloud.google.com/chronicle/docs/ingestion/parser-list/gcp-app-engine-changelog), a sister log type,
agrees on each (2025-12-29). The rest of an entry is in labels of many names and left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.native import Native
from stagewatch.telemetry.secops_times import times

LOG_TYPE = "GCP_CLOUDAUDIT"

FIELDS: Mapping[str, str] = {
    "protoPayload.methodName": "metadata.product_event_type",
    "protoPayload.requestMetadata.callerSuppliedUserAgent": "network.http.user_agent",
    "protoPayload.resourceName": "target.resource.name",
    "protoPayload.serviceName": "target.application",
}


def events(native: Native) -> list[Event]:
    """The one UDM event of an entry."""
    data = native.data
    record: dict[str, Value] = {
        **times(native),
        "metadata.log_type": LOG_TYPE,
    }
    record |= {path: data[name] for name, path in FIELDS.items() if data.get(name)}
    if mail := data.get("protoPayload.authenticationInfo.principalEmail"):
        record["principal.user.email_addresses"] = [mail]
    if cloudtrail.is_address(address := data.get("protoPayload.requestMetadata.callerIp", "")):
        record["principal.ip"] = [address]
    return [Event(native.time, LOG_TYPE, record)]
