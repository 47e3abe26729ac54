"""Entries of Google Cloud's audit logs in Elastic: documents of the integration ``gcp``, data stream ``audit``.

Read, in stored copies of elastic/integrations: ``packages/gcp/data_stream/audit``, its ingest pipeline
(``elasticsearch/ingest_pipeline/default.yml``), ``fields/fields.yml`` and the test sample
``test-compute-googleapis-com.log-expected.json``. They say, in short:

* ``methodName`` is *renamed* ``event.action`` and ``serviceName`` ``service.name``, so that ``gcp.audit.method_name``
  is listed and not filled.
* ``principalEmail`` becomes ``client.user.email``, ``callerIp`` ``source.ip`` unless it is "private" or
  "gce-internal-ip".
* ``status.code`` is a number; of an entry without one nothing stands there.
* ``resourceName`` becomes ``gcp.audit.resource_name``, but not of a cluster of Kubernetes.
* ``request``, ``response`` and ``labels`` are of type ``flattened``, ``authorization_info`` is ``nested``: no columns
  here.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event
from stagewatch.telemetry import cloudtrail
from stagewatch.telemetry.elastic_values import Record, document, stream
from stagewatch.telemetry.native import Native

DATASET = "gcp.audit"

RENAMED: Mapping[str, str] = {
    "insertId": "event.id",
    "logName": "log.logger",
    "protoPayload.@type": "gcp.audit.type",
    "protoPayload.authenticationInfo.principalEmail": "client.user.email",
    "protoPayload.authenticationInfo.principalSubject": "client.user.id",
    "protoPayload.methodName": "event.action",
    "protoPayload.requestMetadata.callerSuppliedUserAgent": "user_agent.original",
    "protoPayload.resourceName": "gcp.audit.resource_name",
    "protoPayload.serviceName": "service.name",
    "protoPayload.status.message": "gcp.audit.status.message",
    "resource.labels.instance_id": "cloud.instance.id",
    "resource.labels.project_id": "cloud.project.id",
    "resource.type": "gcp.audit.resource.type",
    "severity": "log.level",
}
CLUSTERS = frozenset({"k8s_cluster", "gke_cluster"})


def events(native: Native) -> list[Event]:
    """The one document of an entry."""
    data = {name: value for name, value in native.data.items() if value}
    record: Record = {**stream(DATASET, "gcp"), "@timestamp": native.time, "cloud.provider": "gcp"}
    record |= {column: data[name] for name, column in RENAMED.items() if name in data}
    if data.get("resource.type") in CLUSTERS:
        record.pop("gcp.audit.resource_name", None)
    address = data.get("protoPayload.requestMetadata.callerIp", "")
    if cloudtrail.is_address(address):
        record["source.ip"] = address
    record["event.outcome"] = _outcome(data)
    if "protoPayload.status.code" in data:
        record["gcp.audit.status.code"] = int(data["protoPayload.status.code"])
    _, found, kind = data.get("logName", "").partition("%2F")
    if found:
        record["event.provider"] = kind
    return [document(record, DATASET)]


def _outcome(data: Mapping[str, str]) -> str:
    """By the code of the status, else by the one permission that was asked for."""
    if code := data.get("protoPayload.status.code"):
        return "success" if code == "0" else "failure"
    asked = cloudtrail.listed(data.get("protoPayload.authorizationInfo", "")) or []
    if len(asked) == 1:
        return "success" if asked[0].get("granted") else "failure"
    return "unknown"
