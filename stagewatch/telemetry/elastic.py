"""Elastic: documents of the integrations for Windows, the Security log and Sysmon for Linux, and of Elastic Defend.

A native event may become *two* documents. A host that runs Sysmon and Elastic Defend reports a start or a creation
twice, once from Sysmon's log and once by Defend's own sensor, in two data streams; a rule that searches both is right
as soon as one of the two is found. The Security log and PowerShell's become one document each: Defend reads no logs.

Read, in stored copies of Elastic's public repositories: the ingest pipelines, field lists and test samples of the
integrations ``windows`` (sysmon_operational, powershell_operational), ``system`` (security), ``sysmon_linux`` and
``auditd`` (see :mod:`stagewatch.telemetry.elastic_auditd`), and the Endpoint package (see
:mod:`stagewatch.telemetry.elastic_defend`). They say, in short:

* ``event.category``, ``event.type`` and arguments are lists; ``event.code`` is a string; process ids are numbers.
* The Sysmon pipelines drop empty values, ``-`` and the zero GUID, so no query ever finds a ``-``. They *rename* most
  values away from ``winlog.event_data`` and copy a few (Company, Description, FileVersion, Product). Hashes are in
  lower case, one column each. A user is split at its backslash; one without (Linux) is in no ``user`` column.
* Sysmon for Linux: ``process.name`` is the name of the logging program, sysmon; there are no file names, directories
  or extensions, because the pipeline looks for backslashes only. ``event.action`` is "log".
* Defend has a Windows process's original file name and imphash but none of its other version information; integrity
  levels are in lower case; identifiers of processes are opaque.
* The hashes of a deleted file (event 23) stand in ``process.hash``, as the pipelines have it.
* 4688: no parent command line, hash or original name. 4656 and 4663: no category, and everything stays below
  ``winlog.event_data`` (of 4656 only the lack of a category was read). 5140 and 5145: the address becomes
  ``source.ip``.

Not settled by what was read, and decided here:

* ``host.os.type`` of documents from Windows logs comes from the agent, not from the pipelines (only forwarded events
  get it in one, by integrations pull request 6180); here every document has it.
* Defend's ``host.name`` is the host's own name without its domain, as in the samples; logs carry the full one.
* Sysmon's event 11 is also written for a file that is overwritten, for which Defend says "overwrite"; here each is a
  creation. ``process.entity_id`` of Defend is Sysmon's GUID in base 64.
* Security events are taken for successes, since native events carry no keywords, and keep a ``-``. Access rights are
  made lists in 5140 and 5145 as they are in the sample of 4663, whose descriptions are of no one event. Those
  descriptions are left out, as are SIDs that native events do not name and multi-fields (``.text``, ``.caseless``),
  which not every index has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from stagewatch.languages.base import Event, Schema
from stagewatch.telemetry import auditd, elastic_azure, elastic_cloudtrail, elastic_gcp, osquery
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL
from stagewatch.telemetry.elastic_auditd import recorded
from stagewatch.telemetry.elastic_defend import DEFEND, sensed
from stagewatch.telemetry.elastic_values import (
    COMMAND_LINES,
    NOTHING,
    NUMBERS_OF_SYSMON,
    Record,
    account,
    after_backslash,
    arguments,
    document,
    hashes,
    listed,
    parts_of_file,
    present,
    related,
    stream,
    words,
)
from stagewatch.telemetry.gcp import GCP
from stagewatch.telemetry.native import AUDITD, OSQUERY, POWERSHELL, SECURITY, SYSMON, SYSMON_LINUX, Native

SCHEMA: Schema = json.loads((Path(__file__).parent / "schemas" / "elastic.json").read_text(encoding="utf-8"))

# Pipelines of windows.sysmon_operational and sysmon_linux.log: sections "Process fields", "File fields", "Cleanup".
RENAMED_BY_SYSMON = {
    "RuleName": "rule.name",
    "ProcessGuid": "process.entity_id",
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "ParentProcessGuid": "process.parent.entity_id",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "OriginalFileName": "process.pe.original_file_name",
    "TargetFilename": "file.path",
}
COPIED_BY_SYSMON = {
    "Company": "process.pe.company",
    "Description": "process.pe.description",
    "FileVersion": "process.pe.file_version",
    "Product": "process.pe.product",
}
FLAGS_OF_SYSMON = {"Archived": "sysmon.file.archived", "IsExecutable": "sysmon.file.is_executable"}
REMOVED_BY_SYSMON = frozenset({"User", "UtcTime", "Hashes"})
REMOVED_ON_LINUX = frozenset({"Hashes"})

# Scripts "Set event action, category and type" (Sysmon) and "Set ECS categorization fields" (Security).
CLASSES: Mapping[tuple[str, int], Record] = {
    (SYSMON, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "Process creation"},
    (SYSMON, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "Process terminated"},
    (SYSMON, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "FileCreate"},
    (SYSMON, 23): {
        "event.category": ["file"],
        "event.type": ["deletion"],
        "event.action": "FileDelete (File Delete archived)",
    },
    (SYSMON_LINUX, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "log"},
    (SYSMON_LINUX, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "log"},
    (SYSMON_LINUX, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "log"},
    (SYSMON_LINUX, 23): {"event.category": ["file"], "event.type": ["deletion"], "event.action": "log"},
    (POWERSHELL, 4104): {"event.category": ["process"], "event.type": ["info"]},
    (SECURITY, 4656): {},
    (SECURITY, 4663): {},
    (SECURITY, 4688): {"event.category": ["process"], "event.type": ["start"], "event.action": "created-process"},
    (SECURITY, 5140): {
        "event.category": ["network", "file"],
        "event.type": ["info", "access"],
        "event.action": "network-share-object-accessed",
    },
    (SECURITY, 5145): {
        "event.category": ["network", "file"],
        "event.type": ["info", "access"],
        "event.action": "network-share-object-access-checked",
    },
}

# Pipeline of windows.powershell_operational and its test samples.
VALUES_OF_POWERSHELL = {
    "ScriptBlockText": "powershell.file.script_block_text",
    "ScriptBlockId": "powershell.file.script_block_id",
    "Path": "file.path",
}
NUMBERS_OF_POWERSHELL = {"MessageNumber": "powershell.sequence", "MessageTotal": "powershell.total"}

# Pipeline of system.security: "Copy Subject User", "Copy Target User to Effective", "Process Event 4688", last part.
SUBJECT = {"SubjectUserSid": "user.id", "SubjectUserName": "user.name", "SubjectDomainName": "user.domain"}
EFFECTIVE = {
    "TargetUserSid": "user.effective.id",
    "TargetUserName": "user.effective.name",
    "TargetDomainName": "user.effective.domain",
}
RENAMED_IN_4688 = {"NewProcessName": "process.executable", "ParentProcessName": "process.parent.executable"}


CLOUDS: Mapping[str, Callable[[Native], list[Event]]] = {
    AZURE: elastic_azure.events,
    CLOUDTRAIL: elastic_cloudtrail.events,
    GCP: elastic_gcp.events,
}


def events(native: Native) -> list[Event]:
    """The documents of a native event: one per integration that holds it, none where none does."""
    if native.provider in CLOUDS:
        return CLOUDS[native.provider](native)
    if native.provider == AUDITD:
        return [recorded(native)] if auditd.is_described(native) else []
    if native.provider == OSQUERY:
        native = osquery.told(native)
        return [sensed(native)] if (OSQUERY, native.event_id) in DEFEND else []
    kind = native.provider, native.event_id
    makers = {SYSMON: (_sysmon, sensed), SYSMON_LINUX: (_sysmon_linux, sensed)}.get(
        native.provider, (_ALONE.get(kind),)
    )
    return [make(native) for make in makers if make is not None and kind in CLASSES]


def _sysmon(native: Native) -> Event:
    dataset = "windows.sysmon_operational"
    values = {name: value for name, value in native.data.items() if value not in NOTHING}
    record = _windows_log(native, dataset) | _by_sysmon(values, REMOVED_BY_SYSMON)
    record |= parts_of_file(values.get("TargetFilename", "")) | account(values.get("User", ""))
    record |= _hashes(values) | {"user.id": "S-1-5-18"}  # the SID of the account that logs: Sysmon's service
    for prefix in ("process", "process.parent"):
        record |= present({f"{prefix}.name": after_backslash(str(record.get(f"{prefix}.executable", "")))})
    when = datetime.fromisoformat(values["UtcTime"]).replace(tzinfo=UTC) if "UtcTime" in values else native.time
    return document({**record, "@timestamp": when}, dataset)


def _sysmon_linux(native: Native) -> Event:
    values = {name: value for name, value in native.data.items() if value not in NOTHING}
    if "UtcTime" in values:  # the pipeline's date processor writes ISO 8601
        values["UtcTime"] = values["UtcTime"].replace(" ", "T") + "Z"
    record = _log(native, "sysmon_linux.log", "linux") | _by_sysmon(values, REMOVED_ON_LINUX)
    record |= account(values.get("User", "")) | _hashes(values)
    return document(record | {"process.name": "sysmon", "host.hostname": native.computer}, "sysmon_linux.log")


def _by_sysmon(values: Mapping[str, str], removed: frozenset[str]) -> Record:
    record: Record = {column: values[name] for name, column in RENAMED_BY_SYSMON.items() if name in values}
    record |= {column: int(values[name]) for name, column in NUMBERS_OF_SYSMON.items() if name in values}
    record |= {column: values[name] for name, column in COPIED_BY_SYSMON.items() if name in values}
    record |= {column: values[name] == "true" for name, column in FLAGS_OF_SYSMON.items() if name in values}
    for name, prefix in COMMAND_LINES.items():
        if name in values:
            record |= dict(listed(values[name], arguments(values[name]), prefix))
    gone = removed | RENAMED_BY_SYSMON.keys() | NUMBERS_OF_SYSMON.keys() | FLAGS_OF_SYSMON.keys()
    return record | _event_data(values, gone)


def _hashes(values: Mapping[str, str]) -> Record:
    found = hashes(values.get("Hashes", ""))
    columns = {f"process.{'pe' if name == 'imphash' else 'hash'}.{name}": value for name, value in found.items()}
    return columns | related(dict(account(values.get("User", ""))), found)


def _powershell(native: Native) -> Event:
    dataset, values = "windows.powershell_operational", native.data
    record = _windows_log(native, dataset)
    record |= present({column: values.get(name, "") for name, column in VALUES_OF_POWERSHELL.items()})
    record |= {column: int(values[name]) for name, column in NUMBERS_OF_POWERSHELL.items() if values.get(name)}
    record |= parts_of_file(values.get("Path", ""))
    return document(record | _event_data(values, {*VALUES_OF_POWERSHELL, *NUMBERS_OF_POWERSHELL}), dataset)


def _security(native: Native) -> Event:
    dataset, values = "system.security", native.data
    record = _windows_log(native, dataset) | {"event.outcome": "success"}
    record |= present({"winlog.logon.id": values.get("SubjectLogonId", "")})
    more = {4656: _access, 4663: _access, 4688: _process, 5140: _share, 5145: _share}[native.event_id]
    record |= more(values)
    return document(record | related(record, {}), dataset)


def _accesses(values: Mapping[str, str]) -> Record:
    """Access rights as lists, and without the percent signs of the codes, as the sample of event 4663 has them."""
    lists = {"AccessList": [code.strip("%") for code in values.get("AccessList", "").split()]}
    lists |= {"AccessMask": values.get("AccessMask", "").split()}
    return {f"winlog.event_data.{name}": list(found) for name, found in lists.items() if found}


def _access(values: Mapping[str, str]) -> Record:
    return _event_data(values, ()) | _accesses(values)


def _process(values: Mapping[str, str]) -> Record:
    record: Record = _subject(values)
    record |= {column: values[name] for name, column in EFFECTIVE.items() if values.get(name, "-") not in ("", "-")}
    for name, column in RENAMED_IN_4688.items():
        if values.get(name):
            record |= {column: values[name], f"{column.rpartition('.')[0]}.name": values[name].rpartition("\\")[2]}
    numbers = {"NewProcessId": "process.pid", "ProcessId": "process.parent.pid"}
    record |= {column: int(values[name], 0) for name, column in numbers.items() if values.get(name)}
    if values.get("CommandLine"):
        record |= {"process.command_line": values["CommandLine"], "process.args": words(values["CommandLine"])}
    return record | _event_data(values, {*RENAMED_IN_4688, "NewProcessId"})


def _share(values: Mapping[str, str]) -> Record:
    name, directory = values.get("RelativeTargetName", ""), values.get("ShareLocalPath", "")
    record = _subject(values) | present({"file.name": name, "file.directory": directory})
    if name and directory:
        record["file.path"] = f"{directory}\\{name}"
    if name and values.get("ShareName"):
        record["file.target_path"] = f"{values['ShareName']}\\{name}"
    if "." in name:
        record["file.extension"] = name.rpartition(".")[2]
    gone = {source for source in ("IpAddress", "IpPort") if values.get(source, "-") not in ("", "-")}
    if "IpAddress" in gone:
        record["source.ip"] = values["IpAddress"]
    if "IpPort" in gone:
        record["source.port"] = int(values["IpPort"], 0)
    return record | _event_data(values, gone) | _accesses(values)


def _subject(values: Mapping[str, str]) -> Record:
    return {column: values[name] for name, column in SUBJECT.items() if values.get(name)}


def _windows_log(native: Native, dataset: str) -> Record:
    return _log(native, dataset, "windows") | {"host.os.family": "windows", "winlog.provider_name": native.provider}


def _log(native: Native, dataset: str, system: str) -> Record:
    """What every record of an event log becomes."""
    return {
        **stream(dataset, dataset.partition(".")[0]),
        **CLASSES[native.provider, native.event_id],
        "@timestamp": native.time,
        "event.code": str(native.event_id),
        "event.created": native.time,
        "event.provider": native.provider,
        "agent.type": "filebeat",
        "host.name": native.computer,
        "host.os.type": system,
        "log.level": "information",
        "winlog.channel": native.channel,
        "winlog.computer_name": native.computer,
        "winlog.event_id": str(native.event_id),
        "winlog.record_id": str(native.record_id),
    }


def _event_data(values: Mapping[str, str], gone: Iterable[str]) -> Record:
    left = {name: value for name, value in values.items() if name not in set(gone) and value}
    return {f"winlog.event_data.{name}": value for name, value in left.items()}


_ALONE: Mapping[tuple[str, int], Callable[[Native], Event]] = {
    (POWERSHELL, 4104): _powershell,
    **{(SECURITY, event_id): _security for event_id in (4656, 4663, 4688, 5140, 5145)},
}
