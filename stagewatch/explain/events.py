"""Reads the events to explain: as fixtures hold them, EVTX, XML, lines of JSON or of auditd, records of clouds.

What is given is a stranger's: it is bounded, and what cannot be read is said in one line.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

from stagewatch.findings import UsageError, one_line
from stagewatch.telemetry import auditd as audit
from stagewatch.telemetry.native import AUDITD, LISTS, OSQUERY, Native, native, read_natives

MAX_INPUT = 16 << 20
"""Bytes of a file that is no EVTX."""

MAX_EVTX = 256 << 20

MAX_EVENTS = 200
"""Events that are explained of one file: nobody reads more."""

MAX_EVENT = 1 << 20
"""Bytes of one event: the largest that Windows writes have 64 kB, a record of CloudTrail 256 kB."""

_ODD = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What a document of a form that nobody writes may bring forth."""

_ELEMENT = re.compile(r"<Event[ >].*?</Event>", re.DOTALL)
_FRAME = frozenset(
    {"Provider_Name", "Provider_Guid", "EventID", "Channel", "Computer", "EventRecordID", "Level", "Task", "Opcode"}
    | {"Keywords", "Version", "Execution_ProcessID", "Execution_ThreadID", "event_time", "product", "category"}
    | {"service", "origin", "position", "event_key"}
)
_ADDED_TO_4688 = frozenset({"Image", "ParentImage", "LogonId", "ParentProcessId", "User", "IntegrityLevel"})
"""Names that the reader of logs puts beside those of event 4688."""


@dataclass(frozen=True, slots=True)
class Given:
    """An event to explain. ``number`` is its place in the file, from 1."""

    number: int
    event: Native

    @property
    def label(self) -> str:
        """What the event is, in a few words."""
        told = self.event.data.get("RuleName", "")
        kind = f"event {self.event.event_id}" if self.event.event_id else "a record"
        about = f": {told}" if told and told != "-" else ""
        return one_line(f"{self.event.provider}, {kind}{about}")


def read_events(path: Path | None, stdin: BinaryIO) -> tuple[list[Given], int]:
    """The events of a file, of standard input where ``path`` is None, and how many more there are than are explained.

    Raises :class:`UsageError` where there is none, or something that is none.
    """
    name = "standard input" if path is None else path.name
    found: list[Given] = []
    more = 0
    try:
        for number, event in enumerate(_events(path, stdin, name), 1):
            if number <= MAX_EVENTS:
                found.append(Given(number, event))
            else:
                more += 1
    except OSError as error:
        raise UsageError(f"{one_line(name)} cannot be read: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"{one_line(name)} holds no event")
    return found, more


def _events(path: Path | None, stdin: BinaryIO, name: str) -> Iterator[Native]:
    if path is not None:
        if not path.is_file():
            raise UsageError(f"no such file: {one_line(str(path))}")
        with path.open("rb") as file:
            if file.read(8) == b"ElfFile\0":
                yield from _evtx(path, name)
                return
            file.seek(0)
            raw = file.read(MAX_INPUT + 1)
    else:
        raw = stdin.read(MAX_INPUT + 1)
    if len(raw) > MAX_INPUT:
        raise UsageError(f"{one_line(name)} is larger than {MAX_INPUT >> 20} MiB: give the event alone")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell writes
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if raw[:1] in (b"{", b"["):
        yield from _json(raw, name)
        return
    text = raw.decode("utf-8", "replace")
    elements = _ELEMENT.findall(text)
    if elements:
        for number, element in enumerate(elements, 1):
            yield _checked(_of_xml(element), name, f"event {number}", len(element))
    else:
        yield from _lines(text, name)


def _evtx(path: Path, name: str) -> Iterator[Native]:
    try:
        from stagewatch.logs.account import FileAccount
        from stagewatch.logs.evtxfile import evtx_records
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'hunt'") from error
    if path.stat().st_size > MAX_EVTX:
        raise UsageError(f"{one_line(name)} is larger than {MAX_EVTX >> 20} MiB: export the events that you mean")
    account = FileAccount(name)
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        try:
            for _, text in evtx_records(path, account, Path(folder)):
                yield from _json(text.encode(), name)
        except ModuleNotFoundError as error:
            raise UsageError(f"{error.name} is not installed; install the extra 'hunt'") from error


def _json(raw: bytes, name: str) -> Iterator[Native]:
    try:
        plain = list(read_natives(raw.decode()))
    except _ODD:
        yield from _shipped(raw, name)
    else:
        for number, event in enumerate(plain, 1):
            yield _checked(event, name, f"event {number}", 0)


def _shipped(raw: bytes, name: str) -> Iterator[Native]:
    """Events of which some are not as a fixture holds them, but as a shipper of logs does."""
    try:
        from stagewatch.logs.documents import Broken, documents
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; install the extra 'hunt' to read this form") from error
    number = 0
    for place, document, text in documents(io.BytesIO(raw)):
        if isinstance(document, Broken):
            raise UsageError(f"{one_line(name)}: {place}: {one_line(document.reason)}")
        for one in _unpacked(document):
            number += 1
            yield _checked(_of_document(one, number), name, place, len(text) if one is document else 0)


def _unpacked(document: Any) -> Iterator[Any]:
    """The events in a document: itself, or those in a list or in a container such as CloudTrail's ``Records``."""
    if isinstance(document, Mapping):
        document = next((document[key] for key in LISTS if isinstance(document.get(key), list)), document)
    if isinstance(document, list):
        yield from islice(document, MAX_EVENTS * 50)
    else:
        yield document


def _of_document(document: Any, number: int) -> Native | str:
    """The event in a document, or why it is none."""
    if not isinstance(document, Mapping):
        return "JSON, but no object"
    try:
        return native(document, number)
    except _ODD:
        pass  # not as a fixture holds it: perhaps as a shipper of logs does
    from stagewatch.logs.shapes import found

    try:
        shape, row, why = next(found(document))
        if row is None:
            return why
        if shape == "osquery":
            return _of_osquery(document, row)
        if shape == "defender":
            return "a row of Defender; give the event as Windows wrote it, as the platforms' records are made of that"
        return _of_row(row, number)
    except _ODD as error:
        return f"an event of a form of its own ({type(error).__name__})"


def _of_row(row: Mapping[str, Any], number: int) -> Native | str:
    """The native event that a row of the event table was made of."""
    provider, event_id = row.get("Provider_Name"), row.get("EventID")
    if row.get("service") == "auditd":
        kind = str(row.get("type"))
        data = {"type": kind, **_data(row, frozenset())}
        return Native(AUDITD, audit.TYPES.get(kind, 0), "audit.log", _host(row), _when(row), number, data)
    if provider is None or event_id is None:
        return "an event without a provider and a number of its own"
    left_out = _ADDED_TO_4688 if str(event_id) == "4688" else frozenset()
    return Native(
        provider=str(provider),
        event_id=int(str(event_id)),
        channel=str(row.get("Channel", "")),
        computer=_host(row),
        time=_when(row),
        record_id=number,
        data=_data(row, left_out),
    )


def _of_osquery(document: Mapping[str, Any], row: Mapping[str, Any]) -> Native:
    columns = {name: str(value) for name, value in document.get("columns", {}).items()}
    table = "es_process_file_events" if "filename" in columns else "es_process_events"
    return Native(OSQUERY, 1, table, _host(row), _when(row), 1, columns)


def _data(row: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, str]:
    own = ((name.removesuffix("_"), value) for name, value in row.items() if name not in _FRAME)
    return {name: str(value) for name, value in own if value is not None and name not in left_out}


def _host(row: Mapping[str, Any]) -> str:
    return str(row.get("Computer") or "")


def _when(row: Mapping[str, Any]) -> datetime:
    when = row.get("event_time")
    return when.replace(tzinfo=UTC) if isinstance(when, datetime) else datetime(1970, 1, 1, tzinfo=UTC)


def _of_xml(text: str) -> Native | str:
    """An ``<Event>`` element. None declares a document type: entities are how XML attacks its reader."""
    if "<!" in text.replace("<![CDATA[", ""):
        return "XML with a declaration in it, which no event has"
    try:
        event = ET.fromstring(text)  # noqa: S314  without a document type there are no entities
        system: dict[str, Any] = {}
        data: dict[str, str] = {}
        for part in event:
            for one in part:
                if _tag(part) == "System":
                    attributes = {"#attributes": dict(one.attrib)} if one.attrib else {}
                    system[_tag(one)] = {**attributes, "#text": one.text or ""} if attributes else one.text or ""
                elif _tag(part) == "EventData":
                    data[one.get("Name") or "Data"] = one.text or ""
        return native({"Event": {"System": system, "EventData": data}})
    except (ET.ParseError, *_ODD) as error:
        return f"XML that is no whole event ({one_line(str(error))})"


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _lines(text: str, name: str) -> Iterator[Native]:
    from stagewatch.logs.auditd import record

    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            pair = record(line) if len(line) <= MAX_EVENT else None
            told = "text of no known kind: give JSON, XML, EVTX or lines of auditd"
            yield _checked(told if pair is None else _of_row(pair[1], number), name, f"line {number}", len(line))


def _checked(event: Native | str, name: str, place: str, size: int) -> Native:
    if isinstance(event, str):
        raise UsageError(f"{one_line(name)}: {place}: {one_line(event)}")
    if max(size, sum(map(len, event.data.values()))) > MAX_EVENT:
        raise UsageError(f"{one_line(name)}: {place}: an event of more than {MAX_EVENT >> 20} MiB")
    return event
