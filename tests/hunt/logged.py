"""Fixtures as the logs in which their events are really found.

A fixture holds each event as a document of its own. For events of Windows, of Sysmon for Linux and of clouds that is a
form that logs come in; auditd writes lines of text, and osquery's result log has lines of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from stagewatch.telemetry.native import AUDITD, OSQUERY, Native


def log_of(events: tuple[Native, ...], path: Path, folder: Path) -> Path:
    """The fixture's file itself, or a log below ``folder`` with the same events in the same order."""
    writer = WRITERS.get(events[0].provider)
    if writer is None:
        return path
    log = folder / path.parent.name / f"{path.stem}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"{writer(event)}\n" for event in events), encoding="utf-8")
    return log


def _auditd(event: Native) -> str:
    """A record; each is an event of its own here, told by its serial number."""
    kind, *fields = event.data.items()
    told = " ".join(f"{name}={_quoted(name, value)}" for name, value in fields)
    when = f"{event.time.timestamp():.3f}:{event.record_id}"
    return f"node={event.computer} {kind[0]}={kind[1]} msg=audit({when}): {told}"


def _quoted(name: str, value: str) -> str:
    """Texts of unknown origin stand in quotes, or in hexadecimal where they hold a blank or a quote."""
    if name in (
        "argc",
        "nametype",
        "item",
        "inode",
        "syscall",
        "success",
        "pid",
        "ppid",
        "exit",
        "auid",
        "uid",
        "arch",
    ):
        return value
    return value.encode().hex().upper() if set(value) & set(' "') else f'"{value}"'


def _osquery(event: Native) -> str:
    line = {
        "name": event.channel,
        "hostIdentifier": event.computer,
        "unixTime": int(event.time.timestamp()),
        "action": "added",
        "columns": {"time": str(int(event.time.timestamp())), **event.data},
    }
    return json.dumps(line)


WRITERS: dict[str, Callable[[Native], str]] = {AUDITD: _auditd, OSQUERY: _osquery}
