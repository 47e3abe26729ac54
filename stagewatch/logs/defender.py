"""Rows of Microsoft Defender's advanced-hunting tables, under Sigma's field names beside their own.

Columns, with its sister tables:
https://learn.microsoft.com/en-us/microsoft-365/security/defender-endpoint/advanced-hunting-deviceprocessevents-table
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagewatch.logs.values import Row, housed, text, utc

CATEGORIES = {
    "ProcessCreated": "process_creation",
    "FileCreated": "file_event",
    "FileDeleted": "file_delete",
    "FileRenamed": "file_rename",
    "ImageLoaded": "image_load",
    "DriverLoad": "driver_load",
    "RegistryKeyCreated": "registry_add",
    "RegistryKeyDeleted": "registry_delete",
    "RegistryValueDeleted": "registry_delete",
    "RegistryValueSet": "registry_set",
    "DnsQueryResponse": "dns_query",
    "CreateRemoteThreadApiCall": "create_remote_thread",
    "PowerShellCommand": "ps_script",
}
"""ActionType -> Sigma's category. ``FileModified`` has none: ``file_change`` is a change of the creation time."""

_PROCESS = {
    "Image": "FolderPath",
    "CommandLine": "ProcessCommandLine",
    "OriginalFileName": "ProcessVersionInfoOriginalFileName",
    "Product": "ProcessVersionInfoProductName",
    "Company": "ProcessVersionInfoCompanyName",
    "Description": "ProcessVersionInfoFileDescription",
    "FileVersion": "ProcessVersionInfoProductVersion",
    "IntegrityLevel": "ProcessIntegrityLevel",
    "ParentImage": "InitiatingProcessFolderPath",
    "ParentCommandLine": "InitiatingProcessCommandLine",
    "ParentProcessId": "InitiatingProcessId",
}
_BY_INITIATOR = {
    "Image": "InitiatingProcessFolderPath",
    "CommandLine": "InitiatingProcessCommandLine",
    "ProcessId": "InitiatingProcessId",
    "ParentImage": "InitiatingProcessParentFileName",
    "OriginalFileName": "InitiatingProcessVersionInfoOriginalFileName",
    "IntegrityLevel": "InitiatingProcessIntegrityLevel",
}
_OBJECT = {
    "image_load": {"ImageLoaded": "FolderPath"},
    "driver_load": {"ImageLoaded": "FolderPath"},
    "network_connection": {
        "DestinationIp": "RemoteIP",
        "DestinationPort": "RemotePort",
        "DestinationHostname": "RemoteUrl",
        "SourceIp": "LocalIP",
        "SourcePort": "LocalPort",
        "Protocol": "Protocol",
    },
    "registry": {"TargetObject": "RegistryKey", "Details": "RegistryValueData"},
    "file": {"TargetFilename": "FolderPath", "SourceFilename": "PreviousFolderPath"},
}
_MAC = re.compile(r"/(?:Applications|Users|Library|System|Volumes)/")


def is_defender(names: Mapping[str, Any] | frozenset[str]) -> bool:
    """Whether columns of these names come from one of Defender's device tables."""
    return "ActionType" in names and "DeviceName" in names and ("Timestamp" in names or "TimeGenerated" in names)


def defender_row(fields: Mapping[str, Any]) -> Row | None:
    """The row of one result; None where it has no action or no time."""
    native = {name: value for name, raw in fields.items() if (value := text(raw)) not in (None, "")}
    action = native.get("ActionType")
    when = utc(native.get("Timestamp", native.get("TimeGenerated")))
    if action is None or when is None:
        return None
    row: Row = dict(native)
    category = CATEGORIES.get(action)
    if category is None and action.startswith("Connection"):
        category = "network_connection"
    starts = category == "process_creation"
    names = dict(_PROCESS if starts else _BY_INITIATOR)
    names.update(_OBJECT.get((category or action).split("_")[0], {}) | _OBJECT.get(category or "", {}))
    if action.startswith("File"):
        names.update(_OBJECT["file"])
    for name, column in names.items():
        if column in native:
            row[name] = native[column]
    _whole_path(row, native, "FolderPath", "FileName", ("Image",) if starts else ("TargetFilename", "ImageLoaded"))
    _whole_path(
        row,
        native,
        "InitiatingProcessFolderPath",
        "InitiatingProcessFileName",
        ("ParentImage",) if starts else ("Image",),
    )
    if "RegistryValueName" in native and "TargetObject" in row:
        row["TargetObject"] += "\\" + native["RegistryValueName"]
    _accounts(row, native, starts)
    prefix = (
        "" if starts or action.startswith("File") or category in ("image_load", "driver_load") else "InitiatingProcess"
    )
    hashes = [f"{name}={native[prefix + name]}" for name in ("MD5", "SHA1", "SHA256") if prefix + name in native]
    if hashes:
        row["Hashes"] = ",".join(hashes)
    row["Computer"] = native.get("DeviceName")
    path = native.get("FolderPath") or native.get("InitiatingProcessFolderPath") or ""
    product = ("macos" if _MAC.match(path) else "linux") if path.startswith("/") else "windows"
    return housed(row, when, product, None, category)


def _accounts(row: Row, native: Mapping[str, str], starts: bool) -> None:
    pairs = (
        (("User", "Account"), ("ParentUser", "InitiatingProcessAccount"))
        if starts
        else (("User", "InitiatingProcessAccount"),)
    )
    for name, account in pairs:
        if (who := native.get(f"{account}Name")) is not None:
            domain = native.get(f"{account}Domain")
            row[name] = f"{domain}\\{who}" if domain else who


def _whole_path(row: Row, native: Mapping[str, str], folder: str, file: str, names: tuple[str, ...]) -> None:
    """``FolderPath`` is documented as the folder and mostly holds the whole path; either way the row gets the path."""
    path, name = native.get(folder), native.get(file)
    if path is None or name is None or path.lower().endswith(name.lower()):
        return
    whole = path.rstrip("\\/") + ("/" if path.startswith("/") else "\\") + name
    for one in names:
        if row.get(one) == path:
            row[one] = whole
