"""Elastic Defend: the documents of its own sensor, for the behaviour that a Sysmon event tells of.

The Endpoint package's pages "Windows Process Create", "Windows File Create", "Linux Process Exec" and "Linux File
Create", and those of process ends and file deletions beside them, list the fields, the sample documents of
endpoint.events.process and endpoint.events.file show their values. What the sensor knows and Sysmon does not tell
(signatures, ancestry, entropy, sizes) is left out.
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
from stagewatch.telemetry.native import SYSMON, SYSMON_LINUX, Native

DEFEND: Mapping[tuple[str, int], Record] = {
    (SYSMON, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "start"},
    (SYSMON, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "end"},
    (SYSMON, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "creation"},
    (SYSMON, 23): {"event.category": ["file"], "event.type": ["deletion"], "event.action": "deletion"},
    (SYSMON_LINUX, 1): {"event.category": ["process"], "event.type": ["start"], "event.action": "exec"},
    (SYSMON_LINUX, 5): {"event.category": ["process"], "event.type": ["end"], "event.action": "end"},
    (SYSMON_LINUX, 11): {"event.category": ["file"], "event.type": ["creation"], "event.action": "creation"},
    (SYSMON_LINUX, 23): {"event.category": ["file"], "event.type": ["deletion"], "event.action": "deletion"},
}
PROCESSES = frozenset({1, 5})
"""Sysmon's events on processes; the others are on files."""

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
IDENTIFIERS = {"ProcessGuid": "process.entity_id", "ParentProcessGuid": "process.parent.entity_id"}


def sensed(native: Native) -> Event:
    """The sensor's own document of the behaviour that a Sysmon event tells of."""
    windows = native.provider == SYSMON
    dataset = "endpoint.events.process" if native.event_id in PROCESSES else "endpoint.events.file"
    values = {name: value for name, value in native.data.items() if value not in NOTHING}
    columns = VALUES_OF_DEFEND_ON_WINDOWS if windows else VALUES_OF_DEFEND_ON_LINUX
    record: Record = {column: values[name] for name, column in columns.items() if name in values}
    record |= {column: int(values[name]) for name, column in NUMBERS_OF_SYSMON.items() if name in values}
    record |= {
        column: b64encode(values[name].encode()).decode() for name, column in IDENTIFIERS.items() if name in values
    }
    for name, prefix in COMMAND_LINES.items():
        if name in values:
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
    system = "windows" if windows else "linux"
    return document(
        record
        | _names(record, windows)
        | stream(dataset, "endpoint")
        | DEFEND[native.provider, native.event_id]
        | {"@timestamp": native.time, "event.created": native.time, "agent.type": "endpoint"}
        | {"message": f"Endpoint {dataset.rpartition('.')[2]} event"}
        | {"host.name": host, "host.hostname": host, "host.os.type": system},
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
