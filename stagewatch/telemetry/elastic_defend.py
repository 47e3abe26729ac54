"""Elastic Defend: the documents of its own sensor, for the behaviour that a Sysmon event or a row of osquery tells of.

The Endpoint package's pages "Windows Process Create", "Windows File Create", "Linux Process Exec" and "Linux File
Create", and those of process ends and file deletions beside them, list the fields, the sample documents of
endpoint.events.process and endpoint.events.file show their values. What the sensor knows and Sysmon does not tell
(signatures, ancestry, entropy, sizes) is left out.

On macOS (pages "macOS Process Exec", "macOS Process Fork" and "macOS Process Exit") the lists have neither a working
directory nor a command line or a user of the parent. Files have no page of a creation there, only of a modification;
no document is made of them here.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath

from stagewatch.languages.base import Event
from stagewatch.telemetry.elastic_values import (
    COMMAND_LINES,
    NOTHING,
    NUMBERS_OF_SYSMON,
    Record,
    account,
    arguments,
    document,
    hashes,
    listed,
    present,
    stream,
)
from stagewatch.telemetry.native import OSQUERY, SYSMON, SYSMON_LINUX, Native
from stagewatch.telemetry.osquery import ENDED, FORKED, STARTED

DEFEND: Mapping[tuple[str, int], Record] = {
    (SYSMON, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "start"},
    (SYSMON, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "end"},
    (SYSMON, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "creation"},
    (SYSMON, 23): {"event.category": ["file"], "event.type": ["deletion"], "event.action": "deletion"},
    (SYSMON_LINUX, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "exec"},
    (SYSMON_LINUX, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "end"},
    (SYSMON_LINUX, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "creation"},
    (SYSMON_LINUX, 23): {"event.category": ["file"], "event.type": ["deletion"], "event.action": "deletion"},
    (OSQUERY, STARTED): {"event.category": ["process"], "event.type": ["start"], "event.action": "exec"},
    (OSQUERY, FORKED): {"event.category": ["process"], "event.type": ["start"], "event.action": "fork"},
    (OSQUERY, ENDED): {"event.category": ["process"], "event.type": ["end"], "event.action": "end"},
}
PROCESSES = frozenset({STARTED, ENDED, FORKED})
"""Events on processes; the others are on files."""
SYSTEMS: Mapping[str, str] = {SYSMON: "windows", SYSMON_LINUX: "linux", OSQUERY: "macos"}

VALUES_OF_DEFEND = {
    "Image": "process.executable",
    "CurrentDirectory": "process.working_directory",
    "ParentImage": "process.parent.executable",
    "TargetFilename": "file.path",
}
VALUES_OF_DEFEND_ON_WINDOWS = {
    **VALUES_OF_DEFEND,
    "OriginalFileName": "process.pe.original_file_name",
    "LogonId": "process.Ext.authentication_id",
}
VALUES_OF_DEFEND_ON_LINUX = {**VALUES_OF_DEFEND, "User": "user.name", "ParentUser": "process.parent.user.name"}
VALUES_OF_DEFEND_ON_MACOS = {
    "Image": "process.executable",
    "ParentImage": "process.parent.executable",
    "User": "user.name",
}
VALUES: Mapping[str, Mapping[str, str]] = {
    SYSMON: VALUES_OF_DEFEND_ON_WINDOWS,
    SYSMON_LINUX: VALUES_OF_DEFEND_ON_LINUX,
    OSQUERY: VALUES_OF_DEFEND_ON_MACOS,
}
IDENTIFIERS = {"ProcessGuid": "process.entity_id", "ParentProcessGuid": "process.parent.entity_id"}


def sensed(native: Native) -> Event:
    """The sensor's own document of the behaviour that an event tells of: one of Sysmon, or one of osquery as told."""
    windows = native.provider == SYSMON
    dataset = "endpoint.events.process" if native.event_id in PROCESSES else "endpoint.events.file"
    values = {name: value for name, value in native.data.items() if value not in NOTHING}
    record: Record = {column: values[name] for name, column in VALUES[native.provider].items() if name in values}
    record |= {column: int(values[name]) for name, column in NUMBERS_OF_SYSMON.items() if name in values}
    record |= {
        column: b64encode(values[name].encode()).decode() for name, column in IDENTIFIERS.items() if name in values
    }
    for name, prefix in COMMAND_LINES.items():
        if name in values and (name == "CommandLine" or native.provider != OSQUERY):
            record |= dict(listed(values[name], arguments(values[name]), prefix))
    if windows and "IntegrityLevel" in values:
        record["process.Ext.token.integrity_level_name"] = values["IntegrityLevel"].lower()
    found = hashes(values.get("Hashes", "")) if native.event_id in PROCESSES else {}  # else those of the file
    kept = {
        "md5": "hash.md5",
        "sha1": "hash.sha1",
        "sha256": "hash.sha256",
        **({"imphash": "pe.imphash"} if windows else {}),
    }
    record |= {f"process.{column}": found[name] for name, column in kept.items() if name in found}
    if windows:
        record |= account(values.get("User", ""))
    host = native.computer.partition(".")[0]
    return document(
        record
        | _names(record, windows)
        | stream(dataset, "endpoint")
        | DEFEND[native.provider, native.event_id]
        | {"@timestamp": native.time, "event.created": native.time, "agent.type": "endpoint"}
        | {"message": f"Endpoint {dataset.rpartition('.')[2]} event"}
        | {"host.name": host, "host.hostname": host, "host.os.type": SYSTEMS[native.provider]},
        dataset,
    )


def _names(record: Record, windows: bool) -> Record:
    """Names of processes and files; a file's extension has no dot."""
    path = PureWindowsPath if windows else PurePosixPath
    names: Record = {
        f"{column.rpartition('.')[0]}.name": path(str(record[column])).name
        for column in ("process.executable", "process.parent.executable", "file.path")
        if column in record
    }
    return names | present({"file.extension": path(str(record.get("file.path", ""))).suffix.removeprefix(".")})
