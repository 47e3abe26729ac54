"""Records of Azure's activity log in Microsoft Sentinel: the table ``AzureActivity``.

Columns, types and what each holds: Azure Monitor Logs reference, "AzureActivity"
(MicrosoftDocs/azure-reference-other, ``azure-monitor-ref/tables/includes/azureactivity-include.md``, of April 2024).
From it:

* ``..._d`` columns are dynamic, those beside them text: the JSON of the same.
* ``_ResourceId`` is the resource; ``ResourceId`` is listed without a word and left out here.
* ``ActivityStatusValue``: "Common values include Started, In Progress, Succeeded, Failed". Rules that Microsoft
  publishes ask for "Success" as well ("Rare subscription-level operations in Azure"), which is ``resultType`` of a
  record: that is what stands here, so that a rule must name both.
* ``ActivitySubstatusValue`` is a text such as "OK (HTTP Status Code: 200)", which no record has: left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import azure, cloudtrail
from stagewatch.telemetry.native import Native

TABLE = "AzureActivity"

COLUMNS: Mapping[str, str] = {
    "callerIpAddress": "CallerIpAddress",
    "correlationId": "CorrelationId",
    "operationName": "OperationNameValue",
    "resourceId": "_ResourceId",
    "resultType": "ActivityStatusValue",
}
ELEMENTS: Mapping[str, str] = {"authorization": "Authorization", "claims": "Claims"}


def events(native: Native) -> list[Event]:
    """The one row of a record."""
    data = native.data
    row: dict[str, Value] = {"TimeGenerated": native.time, "Type": TABLE, "CategoryValue": azure.category(data)}
    row |= {column: data[name] for name, column in COLUMNS.items() if name in data}
    if caller := azure.caller(data):
        row["Caller"] = caller
    whole = azure.nested(data)
    elements = {column: whole.get("identity", {}).get(name) for name, column in ELEMENTS.items()}
    for column, element in {**elements, "Properties": whole.get("properties")}.items():
        if element:
            row[column] = row[f"{column}_d"] = cloudtrail.written(element)
    return [Event(native.time, TABLE, row | _resource(data.get("resourceId", "")))]


def _resource(path: str) -> dict[str, Value]:
    """The parts of ``/subscriptions/.../resourceGroups/.../providers/Microsoft.Compute/...``, in whichever letters."""
    names = {"subscriptions": "SubscriptionId", "resourcegroups": "ResourceGroup", "providers": "ResourceProviderValue"}
    parts = path.split("/")
    pairs = zip(parts[1::2], parts[2::2], strict=False)
    return {names[name.lower()]: value for name, value in pairs if name.lower() in names}
