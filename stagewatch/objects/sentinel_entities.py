"""What an alert of Microsoft Sentinel is about: columns of a query's result as entities, and who fills the tables.

Identifiers: Azure/Azure-Sentinel, ``EntityMappingIdentifiers.cs`` of the validator of rule templates; an entity takes
three at most. A mapping needs one of its ``REQUIRED`` identifiers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stagewatch.objects.kql_columns import Returned

Entity = tuple[str, Mapping[str, str]]
"""The type of the entity, and its identifiers with columns of the table."""

_DEVICE: Entity = ("Host", {"FullName": "DeviceName"})

ENTITIES: Mapping[str, Sequence[Entity]] = {
    "DeviceProcessEvents": (
        _DEVICE,
        ("Account", {"Name": "AccountName", "NTDomain": "AccountDomain", "Sid": "AccountSid"}),
        ("Process", {"CommandLine": "ProcessCommandLine"}),
        ("File", {"Name": "FileName"}),
    ),
    "DeviceFileEvents": (
        _DEVICE,
        (
            "Account",
            {
                "Name": "InitiatingProcessAccountName",
                "NTDomain": "InitiatingProcessAccountDomain",
                "Sid": "InitiatingProcessAccountSid",
            },
        ),
        ("Process", {"CommandLine": "InitiatingProcessCommandLine"}),
        ("File", {"Name": "FileName"}),
        ("IP", {"Address": "RequestSourceIP"}),
    ),
    "SecurityEvent": (
        ("Host", {"FullName": "Computer"}),
        ("Account", {"Name": "SubjectUserName", "NTDomain": "SubjectDomainName", "Sid": "SubjectUserSid"}),
        ("IP", {"Address": "IpAddress"}),
    ),
    "WindowsEvent": (("Host", {"FullName": "Computer"}),),
    "AWSCloudTrail": (
        ("Account", {"FullName": "UserIdentityArn", "Name": "UserIdentityUserName"}),
        ("IP", {"Address": "SourceIpAddress"}),
    ),
    "AzureActivity": (
        ("Account", {"FullName": "Caller"}),
        ("IP", {"Address": "CallerIpAddress"}),
        ("AzureResource", {"ResourceId": "_ResourceId"}),
    ),
    "GCPAuditLogs": (("Account", {"FullName": "PrincipalEmail"}),),
}
"""Table -> entities. Columns: MicrosoftDocs/azure-reference-other, includes of the tables."""

REQUIRED: Mapping[str, frozenset[str]] = {
    "Account": frozenset({"FullName", "Name", "Sid"}),
    "AzureResource": frozenset({"ResourceId"}),
    "File": frozenset({"Name"}),
    "Host": frozenset({"FullName"}),
    "IP": frozenset({"Address"}),
    "Process": frozenset({"CommandLine"}),
}

DETAILS: Mapping[str, Mapping[str, str]] = {
    "DeviceProcessEvents": {"Image": "FolderPath", "ParentImage": "InitiatingProcessFolderPath"},
    "DeviceFileEvents": {"Image": "InitiatingProcessFolderPath", "TargetFilename": "FolderPath"},
    "SecurityEvent": {"EventID": "EventID"},
    "AWSCloudTrail": {"EventName": "EventName", "EventSource": "EventSource", "AccountId": "RecipientAccountId"},
    "AzureActivity": {"OperationName": "OperationNameValue"},
    "GCPAuditLogs": {"MethodName": "MethodName", "ResourceName": "GCPResourceName"},
}
"""Table -> label -> column, of single events."""

MAX_LABEL = 20
"""Characters of a detail's label (``QueryBasedTemplateInternalModel.cs``)."""

_DEVICES = "MicrosoftThreatProtection"

CONNECTORS: Mapping[str, Mapping[str, str]] = {
    "DeviceProcessEvents": {_DEVICES: "DeviceProcessEvents"},
    "DeviceFileEvents": {_DEVICES: "DeviceFileEvents"},
    "DeviceInfo": {_DEVICES: "DeviceInfo"},
    "SecurityEvent": {"SecurityEvents": "SecurityEvent", "WindowsSecurityEvents": "SecurityEvents"},
    "WindowsEvent": {"WindowsForwardedEvents": "WindowsEvent"},
    "AWSCloudTrail": {"AWS": "AWSCloudTrail", "AWSS3": "AWSCloudTrail"},
    "AzureActivity": {"AzureActivity": "AzureActivity"},
    "GCPAuditLogs": {"GCPAuditLogsDefinition": "GCPAuditLogs"},
}
"""Table -> connectors that fill it -> what they call the data, as in the rules of Azure/Azure-Sentinel."""


def entity_mappings(result: Returned) -> list[dict[str, Any]]:
    """``entityMappings`` of columns that the query returns, each type of entity once."""
    found: dict[str, dict[str, str]] = {}
    for table in result.tables:
        for kind, wanted in ENTITIES.get(table, ()):
            chosen = result.chosen(wanted)
            if REQUIRED[kind] & chosen.keys():
                found.setdefault(kind, chosen)
    return [{"entityType": kind, "fieldMappings": _fields(chosen)} for kind, chosen in found.items()]


def _fields(chosen: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"identifier": identifier, "columnName": column} for identifier, column in chosen.items()]


def custom_details(result: Returned) -> dict[str, str]:
    """Label -> column: what a correlation grouped by and counted, what tells a single event."""
    if result.columns is None:
        return dict(DETAILS.get(result.tables[0], {}))
    return {name: name for name in result.made if len(name) <= MAX_LABEL and name[0].isalpha() and name.isascii()}


def required_connectors(tables: Iterable[str]) -> list[dict[str, Any]]:
    """``requiredDataConnectors``: any of them will do where two fill one table."""
    data: dict[str, dict[str, None]] = {}
    for table in tables:
        for connector, name in CONNECTORS.get(table, {}).items():
            data.setdefault(connector, {})[name] = None
    return [{"connectorId": connector, "dataTypes": list(names)} for connector, names in data.items()]
