"""Reads what was pasted: which events are in it, of which log source each is, and what is not understood."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from stagewatch.findings import UsageError, one_line
from stagewatch.logs import auditd
from stagewatch.logs.recognise import container, reason
from stagewatch.new.event import Event, framed, template
from stagewatch.new.sources import (
    AWS,
    AZURE_ACTIVITY,
    GCP_AUDIT,
    LINUX_AUDITD,
    MACOS_FILE,
    MACOS_PROCESS,
    SOURCES,
    LogSource,
)
from stagewatch.telemetry import azure, cloudtrail, duckdb, gcp
from stagewatch.telemetry.native import native

MAX_INPUT = 16 << 20
"""Bytes that are read of anything but an EVTX file: one event was pasted, or a few."""

MAX_EVENT = 48 << 10
"""Bytes of one event: a fixture holds a dozen of them and is read up to a megabyte."""

MAX_EVENTS = 10_000
_TELLING = (
    "CommandLine", "TargetFilename", "ScriptBlockText", "RelativeTargetName", "ObjectName", "ShareName", "eventName",
    "operationName", "gcp.audit.method_name", "a1", "name", "Image",
)  # fmt: skip
MAX_DEPTH = 24

HEAD = 1 << 16
_CONTAINERS = ("Records", "records", "Results", "results", "events", "Events", "value", "hits")
_FRAME = frozenset(
    {
        "Provider_Name",
        "Provider_Guid",
        "EventID",
        "Channel",
        "Computer",
        "EventRecordID",
        "Level",
        "Task",
        "Opcode",
        "Keywords",
        "Version",
        "RuleName",
        "event_time",
        "product",
        "category",
        "service",
        "event_key",
    }
)
_EVENT = re.compile(r"<Event[ >].*?</Event>", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_@][\w.@:/-]{0,80}")
_AUDITD_IDS = {"SYSCALL": 1300, "PATH": 1302, "CWD": 1307, "EXECVE": 1309, "PROCTITLE": 1327}


@dataclass(frozen=True, slots=True)
class Found:
    """One event of the input. ``number`` is how a user names it: its place from 1, the record id in an EVTX file."""

    number: int
    kind: str
    """What it was recognised as, in words."""
    event: Event | None = None
    """None where no rule can be made of it; ``kind`` then says why."""
    notes: tuple[str, ...] = field(default=())
    """What was not taken over, and what was changed to make it an event of a fixture."""

    @property
    def summary(self) -> str:
        """One line to tell it from its neighbours."""
        fields = self.event.fields if self.event else {}
        told = next((fields[name] for name in _TELLING if fields.get(name)), "")
        return one_line(f"{self.kind}  {told}")[:160]


def read(path: str, stdin: Any, asked: LogSource | None = None) -> Iterator[Found]:
    """The events of a file, or of ``-``, standard input. ``asked`` is the log source of fields without a frame.

    Raises :class:`UsageError` where there is nothing to read.
    """
    if path != "-" and not Path(path).is_file():
        raise UsageError(f"no such file: {one_line(path)}")
    try:
        if path == "-":
            raw = stdin.read(MAX_INPUT + 1)
        else:
            with Path(path).open("rb") as file:
                if file.read(8) == b"ElfFile\0":
                    return _evtx(Path(path))
                file.seek(0)
                raw = file.read(MAX_INPUT + 1)
    except OSError as error:
        raise UsageError(f"{one_line(path)} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_INPUT:
        raise UsageError(f"{one_line(path)} is larger than {MAX_INPUT >> 20} MiB: give one event")
    if not raw.strip():
        raise UsageError(f"{one_line(path)} is empty")
    return islice(_events(raw, asked), MAX_EVENTS)


def _events(raw: bytes, asked: LogSource | None) -> Iterator[Found]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell writes
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if raw[:1] in b"{[":
        yield from _numbered(_of_json(raw, asked))
        return
    if (known := container(raw[:HEAD])) != "text" and not raw.startswith(b"<"):
        kind = "a table: give one of its rows as JSON" if known == "csv" else known or reason(raw[:HEAD])
        yield Found(1, f"{kind}, of which no event can be taken here")
        return
    text = raw.decode("utf-8", "replace")
    elements = _EVENT.findall(text)
    if elements:
        yield from _numbered(_of_xml(one) for one in elements)
        return
    lines = (line for line in text.splitlines() if line.strip())
    yield from _numbered(_of_line(line) for line in lines)


_Told = tuple[str, Event | None, tuple[str, ...]]


def _numbered(told: Iterator[_Told]) -> Iterator[Found]:
    for number, (kind, event, notes) in enumerate(told, 1):
        yield Found(number, kind, event, notes)


def _evtx(path: Path) -> Iterator[Found]:
    try:
        from stagewatch.logs.account import FileAccount
        from stagewatch.logs.evtxfile import evtx_records
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'hunt'") from error
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        for place, text in evtx_records(path, FileAccount(str(path)), Path(folder)):
            for kind, event, notes in _of_json(text.encode(), None):
                yield Found(int(place.rpartition(" ")[2]), kind, event, notes)


def _of_json(raw: bytes, asked: LogSource | None) -> Iterator[_Told]:
    from stagewatch.logs.documents import Broken, documents

    for place, document, text in documents(io.BytesIO(raw)):
        if isinstance(document, Broken):
            yield f"{document.reason}, at {place}", None, ()
        elif _depth(text) > MAX_DEPTH:
            yield f"nested deeper than {MAX_DEPTH} levels, at {place}", None, ()
        else:
            for one in _unpacked(document):
                yield _of_document(one, asked)


def _depth(text: bytes) -> int:
    """How deep brackets nest; those inside of texts count, which only makes it stricter."""
    depth = deepest = 0
    for sign in re.finditer(rb"[\[{\]}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)):
        depth += 1 if sign[0] in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unpacked(document: Any) -> Iterator[Any]:
    """The events in a document: itself, or those in a container such as CloudTrail's ``Records``."""
    if isinstance(document, list):
        for one in document:
            yield from _unpacked(one)
        return
    if isinstance(document, dict):
        for name in _CONTAINERS:
            inner = document.get(name)
            if isinstance(inner, dict) and name == "hits":
                inner = inner.get("hits")
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                yield from _unpacked(inner)
                return
        if isinstance(document.get("_source"), dict):
            yield from _unpacked(document["_source"])
            return
    yield document


def _of_document(document: Any, asked: LogSource | None) -> _Told:
    if not isinstance(document, dict):
        return "JSON, but no object", None, ()
    for source, is_record in (
        (AWS, cloudtrail.is_record),
        (GCP_AUDIT, gcp.is_record),
        (AZURE_ACTIVITY, azure.is_record),
    ):
        if is_record(document):
            return _checked(source, dict(gcp.entry(document)) if source is GCP_AUDIT else document, source.called)
    own = _of_a_fixture(document)
    if own is not None:
        return own
    from stagewatch.logs.shapes import found

    try:
        shape, row, why = next(found(document))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        return f"an event of a form of its own ({type(error).__name__})", None, ()
    if row is None:
        return _of_fields(document, asked) if asked is not None else (why, None, ())
    return _of_row(row, shape, document)


def _of_a_fixture(document: Mapping[str, Any]) -> _Told | None:
    """A record of auditd or osquery in the frame that the fixtures of the pack have."""
    try:
        event = native(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if event.provider == "auditd":
        return _checked(LINUX_AUDITD, dict(document), LINUX_AUDITD.called)
    if event.provider == "osquery":
        source = MACOS_PROCESS if event.channel == MACOS_PROCESS.channel else MACOS_FILE
        return _checked(source, dict(document), source.called)
    return None


def _of_xml(text: str) -> _Told:
    from stagewatch.logs.xmlevents import xml_row

    row = xml_row(text)
    return ("XML that is no whole event", None, ()) if row is None else _of_row(row, "XML of an event log", {})


def _of_line(line: str) -> _Told:
    pair = auditd.record(line) if len(line) <= MAX_EVENT else None
    return ("a line of text of no known kind", None, ()) if pair is None else _of_row(pair[1], "auditd", {})


def _of_row(row: Mapping[str, Any], shape: str, document: Mapping[str, Any]) -> _Told:
    """An event of a fixture made of a row of the event table."""
    product, service, category = (row.get(name) for name in ("product", "service", "category"))
    name = "/".join(part for part in (product, category or service) if part) or "an event of no known log source"
    if (product, service) == ("windows", "security") and category is None:
        name = "windows/security"
    source = SOURCES.get(name)
    if source is None:
        return f"{name} ({shape}, event {row.get('EventID', '?')}), for which no rule can be made here", None, ()
    if source.product == "macos":
        return _of_osquery(source, document)
    if source is LINUX_AUDITD:
        return _of_auditd(row)
    data = {key: str(value) for key, value in _own(row, flat=shape not in ("raw", "XML of an event log")).items()}
    foreign = row.get("Provider_Name") not in (None, source.provider)
    if foreign or shape == "defender":
        told = f"event {row['EventID']} of the Security log" if foreign else "a row of Defender"
        known = {key: value for key, value in data.items() if key in source.template}
        event = template(source, known)
        kind, checked, _ = _checked(source, _at(event, row).document, f"{source}, {told}")
        return kind, checked, (f"{told} stands in the fixture as {source.called} would say the same",)
    number = int(str(row.get("EventID", source.event_id)))
    framed_event = framed(source, number, str(row.get("Computer") or ""), _when(row), data)
    kind = f"{source}, event {number} ({shape})"
    return _checked(source, framed_event, kind)


def _own(row: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    """The event's own fields. Of an event whose frame lies beside its fields, only those that are known."""
    own = {name.removesuffix("_"): value for name, value in row.items() if name not in _FRAME and value is not None}
    known = {column.removesuffix("_") for column in duckdb.SCHEMA[duckdb.TABLE]} if flat else None
    return {name: value for name, value in own.items() if _NAME.fullmatch(name) and (known is None or name in known)}


def _of_fields(document: Mapping[str, Any], source: LogSource) -> _Told:
    """Fields without a frame, taken for those of the log source that the user names."""
    native_names = {source.native.get(name, name): name for name in source.template}
    known = {
        source.native.get(name, name): str(value)
        for name, value in document.items()
        if not isinstance(value, dict | list) and source.native.get(name, name) in native_names
    }
    if not known or not source.is_framed:
        return f"JSON of no known shape, with no field of {source}", None, ()
    note = f"taken for fields of {source}, because you say so; the rest of the event is made up"
    return f"JSON of no known shape: {', '.join(sorted(known))}", template(source, known), (note,)


def _of_osquery(source: LogSource, document: Mapping[str, Any]) -> _Told:
    columns = {name: str(value) for name, value in document.get("columns", {}).items() if _NAME.fullmatch(name)}
    host = str(document.get("hostIdentifier") or "")
    return _checked(source, framed(source, 1, host, datetime(2026, 1, 1, tzinfo=UTC), columns), source.called)


def _of_auditd(row: Mapping[str, Any]) -> _Told:
    number = _AUDITD_IDS.get(str(row["type"]))
    if number is None:
        return f"a record {one_line(str(row['type']))} of auditd, for which no rule can be made here", None, ()
    columns = {column.lower() for column in duckdb.SCHEMA[duckdb.TABLE]}
    own = {name: str(value) for name, value in row.items() if name.lower() in columns and name not in _FRAME}
    data = {"type": str(row["type"]), **{name: value for name, value in own.items() if name != "type"}}
    document = framed(LINUX_AUDITD, number, str(row.get("Computer") or ""), _when(row), data)
    return _checked(LINUX_AUDITD, document, f"a record {row['type']} of auditd")


def _at(event: Event, row: Mapping[str, Any]) -> Event:
    computer = row.get("Computer")
    return event.changed({"Computer": str(computer)}) if computer else event


def _when(row: Mapping[str, Any]) -> datetime:
    when = row.get("event_time")
    return when.replace(tzinfo=UTC) if isinstance(when, datetime) else datetime(2026, 1, 1, tzinfo=UTC)


def _checked(source: LogSource, document: Mapping[str, Any], kind: str) -> _Told:
    event = Event(source, document)
    try:
        if len(json.dumps(document, ensure_ascii=False).encode()) > MAX_EVENT:
            return f"an event of more than {MAX_EVENT >> 10} KiB, which no fixture should hold", None, ()
        if not event.fields:
            return f"{kind}, of which nothing is known", None, ()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        return f"{kind}, but not a whole event ({one_line(str(error))})", None, ()
    return kind, event, ()
