"""What an alert of Defender XDR is about: columns of a query's result as entities of the alert.

Names of collections and properties: Microsoft Graph v1.0, resource types ``entityMappingConfiguration``,
``hostEntityMapping`` and its kin. A process has hashes there, and neither a path nor a command line.
"""

from __future__ import annotations

from collections.abc import Mapping

from stagewatch.objects.kql_columns import Returned

_HOST = {"deviceIdColumn": "DeviceId", "nameColumn": "DeviceName"}

ENTITIES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "DeviceProcessEvents": {
        "hosts": _HOST,
        "accounts": {
            "aadUserIdColumn": "AccountObjectId",
            "nameColumn": "AccountName",
            "ntDomainColumn": "AccountDomain",
            "sidColumn": "AccountSid",
            "upnColumn": "AccountUpn",
        },
        "files": {"nameColumn": "FileName", "sha1Column": "SHA1", "sha256Column": "SHA256"},
        "processes": {"sha1Column": "SHA1", "sha256Column": "SHA256"},
    },
    "DeviceFileEvents": {
        "hosts": _HOST,
        "accounts": {
            "aadUserIdColumn": "InitiatingProcessAccountObjectId",
            "nameColumn": "InitiatingProcessAccountName",
            "ntDomainColumn": "InitiatingProcessAccountDomain",
            "sidColumn": "InitiatingProcessAccountSid",
            "upnColumn": "InitiatingProcessAccountUpn",
        },
        "files": {"nameColumn": "FileName", "sha1Column": "SHA1", "sha256Column": "SHA256"},
        "processes": {"sha1Column": "InitiatingProcessSHA1", "sha256Column": "InitiatingProcessSHA256"},
        "ips": {"addressColumn": "RequestSourceIP"},
    },
}
"""Table -> collection -> property -> the table's column (MicrosoftDocs/defender-docs, advanced-hunting-*-table)."""

DETAILS: Mapping[str, Mapping[str, str]] = {
    "DeviceProcessEvents": {"Image": "FolderPath", "ParentImage": "InitiatingProcessFolderPath"},
    "DeviceFileEvents": {"Image": "InitiatingProcessFolderPath", "TargetFilename": "FolderPath"},
}
"""Table -> label -> column. Command lines are left out: all details of an alert have 4 KB together."""


def entity_mappings(result: Returned) -> dict[str, list[dict[str, str]]]:
    """The collections of ``entityMappings``, each with one mapping, of columns that the query returns."""
    found: dict[str, list[dict[str, str]]] = {}
    for table in result.tables:
        for kind, wanted in ENTITIES.get(table, {}).items():
            chosen = result.chosen(wanted)
            if chosen:
                found.setdefault(kind, [chosen])
    return found


def custom_details(result: Returned) -> dict[str, str]:
    """Label -> column: what a correlation grouped by and counted, the paths of a single event."""
    if result.columns is None:
        return dict(DETAILS.get(result.tables[0], {}))
    return {name: name for name in result.made}
