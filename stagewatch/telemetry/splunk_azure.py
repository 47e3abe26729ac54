"""Records of Azure's activity log in Splunk, as the Splunk Add-on for Microsoft Cloud Services takes them from an
event hub (``azure:monitor:activity``).

Splunk lists the fields and a sample of this source type in splunk/security_content,
``data_sources/azure_monitor_activity.yml`` (of January 2025), whose sample is a record of Intune: fields are called
as in the record, with dots, ``operationName``, ``resultType``, ``resourceId``, ``correlationId``,
``properties.ActivityType``. Fields of Azure's own records (``callerIpAddress``, ``identity.authorization.action``)
are columns here by the same rule. That the name of a claim, an address, is part of such a name is read off
``azure_audit_create_or_update_an_azure_automation_account.yml`` there
(``claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name``).

Left out is what Splunk lists and does not describe (``user``, ``src``, ``dest``, ``object`` and others).
"""

from __future__ import annotations

from stagewatch.languages.base import Event, Value
from stagewatch.telemetry import azure, cloudtrail, dotted
from stagewatch.telemetry.native import Native

TABLE = "Azure Monitor Activity"
SOURCE_TYPE = "azure:monitor:activity"


def events(native: Native) -> list[Event]:
    """The event that Splunk indexes."""
    whole = {"time": f"{native.time:%Y-%m-%dT%H:%M:%S.%fZ}", **azure.nested(native.data)}
    record: dict[str, Value] = {"index": "main", "sourcetype": SOURCE_TYPE, **dict(dotted.texts(whole))}
    return [Event(native.time, TABLE, record, cloudtrail.written(whole))]
