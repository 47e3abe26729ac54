"""English for Sigma's names: fields, log sources, comparisons. What is not listed is called by its own name."""

from __future__ import annotations

from collections.abc import Mapping

from sigma.rule import SigmaLogSource

from stagewatch import expression as ex

FIELDS: Mapping[str, str] = {
    "AccessMask": "the access mask",
    "CommandLine": "the command line",
    "Company": "the program's company",
    "Computer": "the host",
    "CurrentDirectory": "the working directory",
    "Description": "the program's description",
    "DestinationHostname": "the destination host",
    "DestinationIp": "the destination address",
    "DestinationPort": "the destination port",
    "EventID": "the event's number",
    "Hashes": "the file's hashes",
    "Image": "the program's path",
    "ImageLoaded": "the loaded library's path",
    "IntegrityLevel": "the integrity level",
    "IpAddress": "the client's address",
    "LogonId": "the logon session",
    "OriginalFileName": "the program's original file name",
    "ParentCommandLine": "the parent's command line",
    "ParentImage": "the parent's path",
    "ParentUser": "the parent's account",
    "ProcessName": "the program's path",
    "Product": "the program's product name",
    "RelativeTargetName": "the path on the share",
    "ScriptBlockText": "the script block",
    "ShareName": "the share's name",
    "SourceIp": "the source address",
    "SubjectUserName": "the account",
    "TargetFilename": "the file's path",
    "TargetObject": "the registry key",
    "User": "the account",
    "eventName": "the name of the call",
    "eventSource": "the service",
    "type": "the record's type",
}

CATEGORIES: Mapping[str, str] = {
    "create_remote_thread": "a program starts a thread in another one",
    "create_stream_hash": "a file stream is created",
    "dns_query": "a name is looked up",
    "driver_load": "a driver is loaded",
    "file_access": "a file is opened",
    "file_change": "a file's time of creation is changed",
    "file_delete": "a file is deleted",
    "file_event": "a file is created or written",
    "file_rename": "a file is renamed",
    "image_load": "a program loads a library",
    "network_connection": "a program opens a network connection",
    "pipe_created": "a named pipe is created",
    "process_access": "a program opens another one",
    "process_creation": "a program starts",
    "process_termination": "a program ends",
    "ps_module": "PowerShell runs a command of a module",
    "ps_script": "PowerShell runs a script block",
    "registry_add": "a registry key is added",
    "registry_delete": "a registry key or value is deleted",
    "registry_event": "the registry is changed",
    "registry_set": "a registry value is set",
    "wmi_event": "WMI's permanent events are changed",
}

SERVICES: Mapping[str, str] = {
    "activitylogs": "an event is recorded in the activity log",
    "application": "an event is written to the application log",
    "auditd": "auditd writes a record",
    "cloudtrail": "CloudTrail records a call",
    "gcp.audit": "the audit logs record a call",
    "powershell": "an event is written to PowerShell's log",
    "security": "an event is written to the security log",
    "sysmon": "Sysmon writes an event",
    "system": "an event is written to the system log",
}

PRODUCTS: Mapping[str, str] = {
    "aws": "in AWS",
    "azure": "in Azure",
    "gcp": "in Google Cloud",
    "linux": "on Linux",
    "macos": "on macOS",
    "windows": "on Windows",
}

VERBS: Mapping[ex.Shape, tuple[str, str]] = {
    ex.Shape.EQUALS: ("is", "is not"),
    ex.Shape.CONTAINS: ("contains", "does not contain"),
    ex.Shape.STARTSWITH: ("starts with", "does not start with"),
    ex.Shape.ENDSWITH: ("ends in", "does not end in"),
    ex.Shape.WILDCARD: ("fits the pattern", "does not fit the pattern"),
    ex.Shape.PRESENT: ("has a value", "has no value"),
}
"""What is said of a text, and of one that must not be so."""

COMPARISONS: Mapping[str, tuple[str, str]] = {
    "==": ("is", "is not"),
    "!=": ("is a number other than", "is not a number other than"),
    "<": ("is less than", "is not less than"),
    "<=": ("is at most", "is not at most"),
    ">": ("is more than", "is not more than"),
    ">=": ("is at least", "is not at least"),
}

_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def noun(name: str) -> str:
    """A field in words, with its name."""
    return f"{FIELDS[name]} ({name})" if name in FIELDS else name


def source_name(source: SigmaLogSource) -> str:
    """A log source in a word, such as ``windows/process_creation``."""
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def source_words(source: SigmaLogSource) -> str:
    """What happens in events of a log source, with its name."""
    place = PRODUCTS.get(source.product or "", f"on {source.product}" if source.product else "")
    happens = CATEGORIES.get(source.category or "") or (None if source.category else SERVICES.get(source.service or ""))
    said = " ".join(part for part in (happens or "an event is recorded", place) if part)
    return f"{said[0].upper()}{said[1:]} ({source_name(source)})"


def duration(seconds: int) -> str:
    """A time in the largest unit that tells it as a whole number."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
