"""Documents of Elastic's integration ``auditd`` (data stream ``auditd.log``): one for each line of the audit log.

Read: the ingest pipeline and the test samples in elastic/integrations, ``packages/auditd/data_stream/log``
(``elasticsearch/ingest_pipeline/default.yml``, ``_dev/test/pipeline/test-auditd-raw.log-expected.json``,
``test-truncated-execve.log-expected.json`` and ``test-enhanced-syscall.log-expected.json``). They say, in short:

* The type of a record becomes ``event.action`` in lower case. Where a table of the pipeline has an action for the
  record already, ``event.action`` is that, as a list, and the type stays in ``auditd.log.record_type``.
* Values of ``?``, ``(null)`` and nothing are dropped. Hexadecimal values of some fields are decoded byte by byte, where
  one byte needed it: control characters become ``^`` and a letter, so that a title has ``^@`` between arguments.
* The arguments of an EXECVE record become the list ``process.args``; those in hexadecimal stay so. The first of them is
  ``process.executable``.
* ``key`` is not among the decoded fields.

The integration's newer mode, which joins the records of an event (``coalesced.yml``), keeps other fields; whether it is
the default of the newest version was not read.
``auditd_manager``, which joins them too, is another integration; neither is described here. ``host.name`` comes from
the agent. Not read: the newest table of actions; the few that are below stand in the samples or in the part read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewatch.languages.base import Event
from stagewatch.telemetry import auditd
from stagewatch.telemetry.elastic_values import Record, document, stream
from stagewatch.telemetry.native import Native

DATASET = "auditd.log"

ACTIONS: Mapping[str, Record] = {
    "creat": {"event.action": ["opened-file"], "event.category": ["file"], "event.type": ["creation"]},
    "execve": {"event.action": ["executed"], "event.category": ["process"], "event.type": ["start"]},
    "mkdir": {"event.action": ["created-directory"], "event.category": ["file"], "event.type": ["creation"]},
    "unlink": {"event.action": ["deleted"], "event.category": ["file"], "event.type": ["deletion"]},
}
"""System call by name, which only the enriched format has -> what the event is."""

OTHER_SYSCALL: Record = {"event.category": ["process"], "event.type": ["info"]}

RENAMED: Mapping[str, str] = {
    "auid": "user.audit.id",
    "comm": "process.name",
    "cwd": "process.working_directory",
    "egid": "user.effective.group.id",
    "euid": "user.effective.id",
    "exe": "process.executable",
    "fsgid": "user.filesystem.group.id",
    "fsuid": "user.filesystem.id",
    "gid": "user.group.id",
    "ogid": "user.owner.group.id",
    "ouid": "user.owner.id",
    "sgid": "user.saved.group.id",
    "suid": "user.saved.id",
    "uid": "user.id",
}
NUMBERS: Mapping[str, str] = {
    "argc": "process.args_count",
    "exit": "process.exit_code",
    "pid": "process.pid",
    "ppid": "process.parent.pid",
}
DECODED = frozenset({"comm", "cwd", "exe", "name", "proctitle"})
DROPPED = frozenset({"?", "(null)", ""})


def recorded(native: Native) -> Event:
    """The document of one record."""
    execve = native.data["type"] == "EXECVE"
    written = {name: _decoded(native, name, text) for name, text in auditd.values(native).items()}
    written = {name: text for name, text in written.items() if text not in DROPPED}
    record: Record = {**stream(DATASET, "auditd"), "@timestamp": native.time, "host.name": native.computer}
    record |= {"auditd.log.sequence": native.record_id} | _action(native)
    arguments = [text for name, text in written.items() if execve and auditd.ARGUMENT.match(name)]
    if arguments:
        record |= {"process.args": list(arguments), "process.executable": arguments[0]}
    for name, text in written.items():
        if not (execve and auditd.ARGUMENT.match(name)):
            record |= _field(name, text)
    return document(record, DATASET)


def _action(native: Native) -> Record:
    kind = native.data["type"]
    found = ACTIONS.get(native.data.get("SYSCALL", "")) if kind == "SYSCALL" else None
    if found is not None:
        return {**found, "auditd.log.record_type": kind}
    return {**(OTHER_SYSCALL if kind == "SYSCALL" else {}), "event.action": kind.lower()}


def _field(name: str, text: str) -> dict[str, Any]:
    if name == "success":
        return {"auditd.log.success": text.lower() in {"yes", "true", "1"}}
    if name == "arch":
        return {"host.architecture": "x86_64" if text == "c000003e" else text}
    if name in NUMBERS:
        return {NUMBERS[name]: int(text)} if text.lstrip("-").isdecimal() else {}
    return {RENAMED.get(name, f"auditd.log.{name}"): text}


def _decoded(native: Native, name: str, text: str) -> str:
    if name not in DECODED or not auditd.is_encoded(native, name):
        return text
    points = bytes.fromhex(text)
    if not any(point < 33 or point in (34, 127) for point in points):
        return text
    return "".join(f"^{chr(point ^ 64)}" if point < 32 or point == 127 else chr(point) for point in points)
