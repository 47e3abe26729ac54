"""auditd's text: records, the records of one event joined.

A record stays a row of its own, because that is what Sigma's auditd rules are written against: ``type: EXECVE`` with
``a1``, ``type: PATH`` with ``name``, and one row has one ``type``. Joined means: every row of an event also tells who
did it (the subject of its SYSCALL record, the working directory, the command line), under auditd's names, where it has
no such field; and all carry the event's stamp in the column ``event_key``, by which they count as one event.

What auditd itself adds to a record: http://people.redhat.com/sgrubb/audit/event-enrichment; which fields are encoded:
https://github.com/bfuzzy/Linux-Audit-Events, Linux_Audit_Event_Fields.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.logs.values import EVENT_KEY, Row, housed, utc

RECORD = re.compile(
    r"(?:^|[\s:])type=(?P<type>[\w\[\]-]+) (?:msg=)?audit\((?P<time>\d+)\.(?P<milli>\d+):(?P<serial>\d+)\):\s?"
)
"""The head of a record, as in ``audit.log``, behind a syslog prefix, and as the OMS agent sends it."""

_FIELD = re.compile(r"([A-Za-z_][\w-]*(?:\[\d+\])?)=(\"[^\"]*\"|'[^']*'|[^\s,]*)")
_NODE = re.compile(r"(?:^|\s)node=(\S+)")
_SYSLOG_HOST = re.compile(r"^(?:<\d+>)?(?:\d+ )?(?:\w{3} +\d+ [\d:]{8}|\d{4}-\d\d-\d\dT\S+) (\S+) ")
_HEX = re.compile(r"(?:[0-9A-F]{2})+$")
_ARGUMENT = re.compile(r"a\d+(?:\[\d+\])?$")
_PIECE = re.compile(r"(a\d+)\[\d+\]$")

_ENCODED = frozenset(
    {"proctitle", "name", "exe", "comm", "cwd", "cmd", "acct", "data", "key", "path", "vm", "new-disk"}
)
"""Fields that the kernel writes in hexadecimal when they hold a blank, a quote or a control character."""

_SUBJECT = (
    "syscall", "success", "exit", "ppid", "pid", "auid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid",
    "tty", "ses", "comm", "exe", "key", "subj", "arch",
)  # fmt: skip

_NUMBERS = {
    "1300": "SYSCALL",
    "1302": "PATH",
    "1306": "SOCKADDR",
    "1307": "CWD",
    "1309": "EXECVE",
    "1320": "EOE",
    "1327": "PROCTITLE",
}
"""Types that the kernel's own log names by number (linux/audit.h)."""

_OPEN_EVENTS = 64
"""How many events may be open at once: their records come interleaved, but close together."""


def record(line: str) -> tuple[str, Row] | None:
    """The event's key and the record's row; None where the line holds no record."""
    head = RECORD.search(line)
    if head is None:
        return None
    before, body = line[: head.start()], line[head.end() :]
    kind = head["type"]
    if kind.startswith("UNKNOWN["):
        kind = kind[8:-1]
    kind = _NUMBERS.get(kind, kind)
    row: Row = {}
    body, _, enriched = body.partition("\x1d")  # what auditd added itself, names for numbers
    if kind.startswith("AUOMS_"):  # its command line is neither quoted nor encoded
        body, _, title = body.partition(" proctitle=")
        if title:
            row["proctitle"] = title.partition(" redactors=")[0]
    _fields(kind, body, row)
    for name, value in _FIELD.findall(enriched):
        if name == "SYSCALL":  # rules say the name, and name and number differ only in the case of their field
            row["syscall"] = value.strip('"')
        elif name.lower() not in row:
            row[name] = value.strip('"')
    node = _NODE.search(before) or _SYSLOG_HOST.search(before)
    computer = node[1] if node else row.get("node")
    if computer is not None:
        row["Computer"] = computer
    row["type"] = kind
    key = f"{computer or ''} {head['time']}.{head['milli']}:{head['serial']}".lstrip()
    row[EVENT_KEY] = key
    return key, housed(row, utc(f"{head['time']}.{head['milli']}"), "linux", "auditd", None)


def _fields(kind: str, body: str, row: Row) -> None:
    for name, value in _FIELD.findall(body):
        if value[:1] == "'":  # the message of a user-space record holds fields in turn
            row[name] = value[1:-1]
            _fields(kind, value[1:-1], row)
            continue
        text = value.strip('"')
        encoded = name in _ENCODED or (kind == "EXECVE" and _ARGUMENT.match(name) is not None)
        if encoded and value[:1] != '"' and _HEX.match(text):
            text = _decoded(text)
        if (piece := _PIECE.match(name)) is not None:  # a long argument comes in pieces: a1[0]=, a1[1]=
            row[piece[1]] = row.get(piece[1], "") + text
        elif not name.endswith("_len"):
            row.setdefault(name, text)


def _decoded(value: str) -> str:
    return bytes.fromhex(value).rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")


class Joiner:
    """Joins the records of an event; holds a bounded number of events open."""

    def __init__(self) -> None:
        self._open: dict[str, list[tuple[str, Row]]] = {}

    def add(self, key: str, row: Row, place: str) -> Iterator[tuple[str, Row]]:
        """Take a record in; the events that are complete by now come out, as places and rows."""
        if row["type"] == "EOE":  # it only says that the event is complete
            yield from _joined(self._open.pop(key, []))
            return
        self._open.setdefault(key, []).append((place, row))
        while len(self._open) > _OPEN_EVENTS:
            yield from _joined(self._open.pop(next(iter(self._open))))

    def rest(self) -> Iterator[tuple[str, Row]]:
        """The events still open at the end of the input."""
        while self._open:
            yield from _joined(self._open.pop(next(iter(self._open))))


def _joined(records: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    common: Row = {}
    for _, row in records:
        if row["type"] == "SYSCALL":
            common.update({name: row[name] for name in _SUBJECT if name in row})
        elif row["type"] == "CWD" and "cwd" in row:
            common["cwd"] = row["cwd"]
        elif row["type"] == "PROCTITLE" and "proctitle" in row:
            common["proctitle"] = row["proctitle"]
    return [(place, common | row) for place, row in records]
