"""Records of Azure's activity log in Elastic: documents of the integration ``azure``, data stream ``activitylogs``.

Read, in stored copies of elastic/integrations: ``packages/azure/data_stream/activitylogs``, its ingest pipelines
(``elasticsearch/ingest_pipeline/default.yml``, ``azure-shared-pipeline.yml``), ``fields/fields.yml`` and the test
sample ``test-activitylogs-raw.log-expected.json``. They say, in short:

* Fields are renamed below ``azure.activitylogs``; ``event.action`` is a copy of the operation's name.
* ``callerIpAddress`` becomes ``source.ip``, or ``source.address`` where it is no address.
* Who called is in ``azure.activitylogs.identity.claims_initiated_by_user.name``, made of the claim
  ``.../claims/name``; what has the form of an e-mail address is in ``user.email`` as well, in parts in ``user.name``
  and ``user.domain``. A service principal has no such claim.
* ``properties`` is of type ``flattened``: no column for each property, so none is told here on its own. Two of them
  are taken out of it: ``eventCategory`` and ``statusMessage``, which is ``message``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stagewatch.languages.base import Event
from stagewatch.telemetry import azure, cloudtrail
from stagewatch.telemetry.elastic_values import Record, document, stream
from stagewatch.telemetry.native import Native

DATASET = "azure.activitylogs"
OWN = "azure.activitylogs"
EVIDENCE = "identity.authorization.evidence"
BY_USER = f"{OWN}.identity.claims_initiated_by_user"

RENAMED: Mapping[str, str] = {
    "category": f"{OWN}.category",
    "correlationId": "azure.correlation_id",
    "identity.authorization.action": f"{OWN}.identity.authorization.action",
    "identity.authorization.scope": f"{OWN}.identity.authorization.scope",
    f"{EVIDENCE}.principalId": f"{OWN}.{EVIDENCE}.principal_id",
    f"{EVIDENCE}.principalType": f"{OWN}.{EVIDENCE}.principal_type",
    f"{EVIDENCE}.role": f"{OWN}.{EVIDENCE}.role",
    f"{EVIDENCE}.roleAssignmentId": f"{OWN}.{EVIDENCE}.role_assignment_id",
    f"{EVIDENCE}.roleAssignmentScope": f"{OWN}.{EVIDENCE}.role_assignment_scope",
    f"{EVIDENCE}.roleDefinitionId": f"{OWN}.{EVIDENCE}.role_definition_id",
    f"{azure.CLAIMS}.{azure.CLAIM}/name": f"{BY_USER}.name",
    f"{azure.CLAIMS}.name": f"{BY_USER}.fullname",
    "level": "log.level",
    "operationName": f"{OWN}.operation_name",
    "properties.statusMessage": "message",
    "resourceId": "azure.resource.id",
    "resultSignature": f"{OWN}.result_signature",
    "resultType": f"{OWN}.result_type",
    "tenantId": f"{OWN}.tenant_id",
}
MAIL = re.compile(r"([\w.-]+)@([\w.-]+)")


def events(native: Native) -> list[Event]:
    """The one document of a record."""
    data = {name: value for name, value in native.data.items() if value}
    record: Record = {**stream(DATASET, "azure"), "@timestamp": native.time, "cloud.provider": "azure"}
    record |= {column: data[name] for name, column in RENAMED.items() if name in data}
    record[f"{OWN}.event_category"] = azure.category(data)
    if "operationName" in data:
        record["event.action"] = data["operationName"]
    if (outcome := data.get("resultType", "").lower()) in {"success", "failure"}:
        record["event.outcome"] = outcome
    if address := data.get("callerIpAddress"):
        record["source.ip" if cloudtrail.is_address(address) else "source.address"] = address
    return [document(record | _user(str(record.get(f"{BY_USER}.name", ""))), DATASET)]


def _user(name: str) -> Record:
    if not name:
        return {}
    mail = MAIL.fullmatch(name)
    return {"user.name": mail[1], "user.domain": mail[2], "user.email": name} if mail else {"user.name": name}
