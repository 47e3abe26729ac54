r"""Splunk: events as its add-ons for Sysmon, for Microsoft Windows and for Sysmon for Linux give them to a search.

The tables of the schema are Splunk's own data sources, and their columns are those that Splunk lists for each
(splunk/security_content, ``data_sources/<name>.yml``, of July 2024 to May 2026), with ``_raw``. Types are ours, as a
field is text everywhere in Splunk: ``number`` is one that only ever holds decimal numbers. Two columns are added:
``User`` of Sysmon's events 5 and 11 and ``ParentUser`` of its event 1, which the samples lack that Splunk made its
lists from since an older Sysmon wrote them; the add-ons extract whatever the event's data names. Splunk has no list for
event 23 of Sysmon for Linux: it is that of event 11 there with the data that event 23 has. None was found of 4656
either: it is that of 4663 with the data of 4656.

How values are written was read off the sample event in each of these files and off what is public of the add-ons:

* The log is collected as XML (``renderXml``), so ``source`` is ``XmlWinEventLog:`` and the channel, and ``sourcetype``
  is ``XmlWinEventLog`` (add-on for Windows, "Source types"). The add-on cuts the XML with regular expressions when a
  search runs, and those decode nothing: a field holds ``&amp;``, ``&lt;`` and ``&gt;`` as ``_raw`` does. This rests on
  the expressions of version 11.0.2 as others quote them, and on ``XML_IE_SKIP_XML_ENCODED_VALS`` of "props.conf",
  which leaves such values to the search by default. Unverified: that the add-ons for Sysmon do the same.
* A value that is empty makes no field ("transforms.conf", ``KEEP_EMPTY_VALS``; the list for 5140 lacks the
  ``ShareLocalPath`` that is empty in its sample). A hyphen is a value.
* SIDs in the Security log are names by the time of indexing (``evt_resolve_ad_obj``, which the add-on sets). A name
  that Windows would have to look up is taken from the name and domain beside the SID; without them the SID stays.
* GUIDs stand in braces. Ids of processes are decimal in Sysmon's events and hexadecimal in those of the Security log.
* Records of auditd are events of their own, of sourcetype ``auditd``, with the names of the log ("Linux Auditd Syscall"
  and its sisters). Text that the kernel wrote in hexadecimal stays so, as in the sample of "Linux Auditd Proctitle".
  The lists name no argument of an EXECVE record, but the sample has them; sixteen are columns here. ``host`` is added.
* 4104 is as long as the log wrote it: a long script is several events.

Left out, so that a search that needs them finds nothing: what Splunk lists but does not describe (``user``, ``action``,
``tag``, ``signature`` and others), and of the XML's System what a native event does not tell here. ``index`` is the
default one; ``host`` is unverified, the computer's name here. Unverified: how Sysmon for Linux escapes quotation marks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from stagewatch.languages.base import Event, Schema
from stagewatch.telemetry import auditd, splunk_azure, splunk_cloudtrail, splunk_gcp, splunk_osquery
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "splunk.json").read_text(encoding="utf-8"))
"""Table -> column -> type, with the entries ``macros`` (name -> base search) and ``data sources`` (table -> fields
that have one value in it). Each deployment defines the macros; these are the defaults, for all indexes."""

TABLES: Mapping[tuple[str, int], str] = {
    (SYSMON, 1): "Sysmon EventID 1",
    (SYSMON, 5): "Sysmon EventID 5",
    (SYSMON, 11): "Sysmon EventID 11",
    (SYSMON, 23): "Sysmon EventID 23",
    (SYSMON_LINUX, 1): "Sysmon for Linux EventID 1",
    (SYSMON_LINUX, 11): "Sysmon for Linux EventID 11",
    (SYSMON_LINUX, 23): "Sysmon for Linux EventID 23",
    (SECURITY, 4656): "Windows Event Log Security 4656",
    (SECURITY, 4663): "Windows Event Log Security 4663",
    (SECURITY, 4688): "Windows Event Log Security 4688",
    (SECURITY, 5140): "Windows Event Log Security 5140",
    (SECURITY, 5145): "Windows Event Log Security 5145",
    (POWERSHELL, 4104): "Powershell Script Block Logging 4104",
    (AUDITD, 1300): "Linux Auditd Syscall",
    (AUDITD, 1302): "Linux Auditd Path",
    (AUDITD, 1307): "Linux Auditd Cwd",
    (AUDITD, 1309): "Linux Auditd Execve",
    (AUDITD, 1327): "Linux Auditd Proctitle",
}

GUIDS: Mapping[str, str] = {
    SYSMON: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
    SYSMON_LINUX: "{ff032593-a8d3-4f13-b0d6-01fc615a0f97}",
    SECURITY: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    POWERSHELL: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
}
"""Provider -> its GUID, as in the samples."""

Change = Callable[[str], str]
Names = Mapping[str, tuple[str, Change]]
"""Field of the Common Information Model -> the data it copies, and how."""


def same(value: str) -> str:
    """As it is."""
    return value


def last(path: str) -> str:
    r"""What follows the last separator; the add-on for Windows cuts by ``(?:.*\\)?(.*)``."""
    return path.replace("/", "\\").rpartition("\\")[2]


PROCESS: Names = {
    "original_file_name": ("OriginalFileName", same),
    "parent_process": ("ParentCommandLine", same),
    "parent_process_exec": ("ParentImage", last),
    "parent_process_guid": ("ParentProcessGuid", same),
    "parent_process_id": ("ParentProcessId", same),
    "parent_process_name": ("ParentImage", last),
    "parent_process_path": ("ParentImage", same),
    "process": ("CommandLine", same),
    "process_current_directory": ("CurrentDirectory", same),
    "process_hash": ("Hashes", same),
    "process_integrity_level": ("IntegrityLevel", same),
}
WRITER: Names = {
    "process_exec": ("Image", last),
    "process_guid": ("ProcessGuid", same),
    "process_id": ("ProcessId", same),
    "process_name": ("Image", last),
    "process_path": ("Image", same),
}
FILE: Names = {
    "file_create_time": ("CreationUtcTime", same),
    "file_name": ("TargetFilename", last),
    "file_path": ("TargetFilename", same),
}
DELETED_FILE: Names = {
    "file_hash": ("Hashes", same),
    "file_name": ("TargetFilename", last),
    "file_path": ("TargetFilename", same),
}
NEW_PROCESS: Names = {
    "Process_Command_Line": ("CommandLine", same),
    "new_process_name": ("NewProcessName", last),
    "parent_process_name": ("ParentProcessName", last),
    "parent_process_path": ("ParentProcessName", same),
    "process": ("CommandLine", same),
    "process_name": ("NewProcessName", last),
    "process_path": ("NewProcessName", same),
}
SHARE: Names = {"src": ("IpAddress", same), "src_ip": ("IpAddress", same), "src_port": ("IpPort", same)}
ACCESS: Names = {
    "object_file_name": ("ObjectName", last),
    "object_file_path": ("ObjectName", same),
    "process_name": ("ProcessName", last),
    "process_path": ("ProcessName", same),
}
COPIES: Mapping[str, Names] = {
    "Sysmon EventID 1": {**PROCESS, **WRITER},
    "Sysmon EventID 5": WRITER,
    "Sysmon EventID 11": {**FILE, **WRITER},
    "Sysmon EventID 23": {**DELETED_FILE, **WRITER},
    "Sysmon for Linux EventID 1": {**PROCESS, **WRITER},
    "Sysmon for Linux EventID 11": {**FILE, **WRITER},
    "Sysmon for Linux EventID 23": {**DELETED_FILE, **WRITER},
    "Windows Event Log Security 4656": ACCESS,
    "Windows Event Log Security 4663": ACCESS,
    "Windows Event Log Security 4688": NEW_PROCESS,
    "Windows Event Log Security 5140": SHARE,
    "Windows Event Log Security 5145": SHARE,
}
"""The ``field_mappings`` to the Common Information Model in the files of the data sources, and what their names say."""

HASHES = frozenset({"IMPHASH", "MD5", "SHA1", "SHA256"})
"""Fields that the add-on for Sysmon cuts out of ``Hashes``; SHA1 is in the extractions of its predecessor."""

SIDS: Mapping[str, str] = {
    "S-1-0-0": "NULL SID",
    "S-1-5-7": "ANONYMOUS LOGON",
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
    "S-1-16-0": "Mandatory Label\\Untrusted Mandatory Level",
    "S-1-16-4096": "Mandatory Label\\Low Mandatory Level",
    "S-1-16-8192": "Mandatory Label\\Medium Mandatory Level",
    "S-1-16-8448": "Mandatory Label\\Medium Plus Mandatory Level",
    "S-1-16-12288": "Mandatory Label\\High Mandatory Level",
    "S-1-16-16384": "Mandatory Label\\System Mandatory Level",
}
"""SID -> name, by the samples and by Microsoft Learn, "Well-known SIDs"."""

ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "SubjectUserSid": ("SubjectDomainName", "SubjectUserName"),
    "TargetUserSid": ("TargetDomainName", "TargetUserName"),
    "MandatoryLabel": ("", ""),
}
"""Data of the Security log that holds a SID -> the domain and name that stand beside it."""

GUID_NAMES = frozenset({"ProcessGuid", "ParentProcessGuid", "LogonGuid"})


CLOUDS: Mapping[str, Callable[[Native], list[Event]]] = {
    AZURE: splunk_azure.events,
    CLOUDTRAIL: splunk_cloudtrail.events,
    GCP: splunk_gcp.events,
}


def events(native: Native) -> list[Event]:
    """The event that Splunk indexes."""
    if native.provider in CLOUDS:
        return CLOUDS[native.provider](native)
    if native.provider == OSQUERY:
        return [splunk_osquery.logged(native, SCHEMA[splunk_osquery.TABLE])]
    table = TABLES.get((native.provider, native.event_id))
    if table is None:
        return []
    if native.provider == AUDITD:
        return [_record_of_auditd(native, table)]
    data = {name: escape(value) for name, value in _written(native).items()}
    found = {name: value for name, value in data.items() if value}
    copies = {name: change(found[of]) for name, (of, change) in COPIES.get(table, {}).items() if of in found}
    own = {name: value for name, value in _system(native).items() if name in SCHEMA[table]}
    return [Event(native.time, table, {**own, **found, **copies, **_hashes(table, found)}, _raw(native, data))]


def _record_of_auditd(native: Native, table: str) -> Event:
    """A line of the audit log, cut by Splunk's search-time extraction of ``name=value``: quotes go, encodings stay."""
    fixed = {"index": "main", "host": native.computer, "source": "auditd", "sourcetype": "auditd"}
    fixed |= {"type": native.data["type"], "msg": f"{auditd.stamp(native)}:"}
    found = {name: value for name, value in auditd.values(native).items() if value}
    return Event(native.time, table, {**fixed, **found}, auditd.line(native).replace("\x1d", " "))


def _written(native: Native) -> dict[str, str]:
    """The event's data as it is indexed."""
    data = dict(native.data)
    for name in GUID_NAMES & data.keys():
        data[name] = f"{{{bare}}}" if (bare := data[name].strip("{}")).count("-") == 4 else data[name]
    if native.provider == SECURITY:
        for name, beside in ACCOUNTS.items():
            if name in data:
                data[name] = SIDS.get(data[name]) or _account(data, *beside) or data[name]
    return data


def _account(data: Mapping[str, str], domain: str, name: str) -> str:
    found = data.get(domain, "-"), data.get(name, "-")
    return "" if {"", "-"} & set(found) else "\\".join(found)


def _system(native: Native) -> dict[str, str]:
    linux, number, record = native.provider == SYSMON_LINUX, str(native.event_id), str(native.record_id)
    return {
        "index": "main",
        "host": native.computer,
        "source": f"{'Syslog' if linux else 'XmlWinEventLog'}:{native.channel}",
        "sourcetype": "sysmon:linux" if linux else "XmlWinEventLog",
        "Channel": native.channel,
        "Computer": native.computer,
        "EventCode": number,
        "EventID": number,
        "EventRecordID": record,
        "Guid": GUIDS[native.provider],
        "Name": native.provider,
        "RecordID": record,
        "RecordNumber": record,
        "SystemTime": _time(native),
        "dest": native.computer,
        "dvc_nt_host": native.computer,
        "signature_id": number,
    }


def _hashes(table: str, found: Mapping[str, str]) -> dict[str, str]:
    pairs = (one.partition("=") for one in found.get("Hashes", "").split(","))
    return {name: value for name, _, value in pairs if name in HASHES and name in SCHEMA[table]}


def _time(native: Native) -> str:
    return f"{native.time:%Y-%m-%dT%H:%M:%S.%f}000Z"


def _raw(native: Native, data: Mapping[str, str]) -> str:
    """The XML of the event: with apostrophes as Windows renders it, with quotation marks as Sysmon for Linux does."""
    linux = native.provider == SYSMON_LINUX
    mark = '"' if linux else "'"
    space = "" if linux else " xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"
    guid = GUIDS[native.provider]
    values = "".join(f"<Data Name={mark}{name}{mark}>{value}</Data>" for name, value in data.items())
    return (
        f"<Event{space}><System><Provider Name={mark}{native.provider}{mark} Guid={mark}{guid}{mark}/>"
        f"<EventID>{native.event_id}</EventID><TimeCreated SystemTime={mark}{_time(native)}{mark}/>"
        f"<EventRecordID>{native.record_id}</EventRecordID><Channel>{escape(native.channel)}</Channel>"
        f"<Computer>{escape(native.computer)}</Computer></System><EventData>{values}</EventData></Event>"
    )
