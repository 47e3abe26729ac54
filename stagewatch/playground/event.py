"""An event from JSON that somebody has pasted: one of the shapes that fixtures have, or plain fields and values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stagewatch.playground.problems import MAX_EVENT, Unreadable, encoded
from stagewatch.targets.duckdb import SOURCE_COLUMNS
from stagewatch.telemetry import duckdb
from stagewatch.telemetry.azure import AZURE
from stagewatch.telemetry.cloudtrail import CLOUDTRAIL, flat
from stagewatch.telemetry.native import (
    LISTS,
    POWERSHELL,
    SECURITY,
    SYSMON,
    SYSMON_LINUX,
    Native,
    native,
)

MAX_DEPTH = 64
"""Objects and lists within one another."""

CHANNELS = {
    "microsoft-windows-sysmon/operational": SYSMON,
    "linux-sysmon/operational": SYSMON_LINUX,
    "security": SECURITY,
    "microsoft-windows-powershell/operational": POWERSHELL,
}
"""Channel in lower case -> provider, for a plain event that names its channel alone."""

HINT = "an event as the examples have it, or an object of plain fields and values"

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Given:
    """The event under Sigma's names of its fields.

    ``source`` is its log source, empty where the event does not tell it. ``more`` counts the events behind it.
    """

    row: Row
    source: tuple[str, ...]
    more: int


def read_event(text: str) -> Given | None:
    """The first event of a text; None where it is blank. Raises :class:`Unreadable`."""
    encoded(text, MAX_EVENT)
    documents = _documents(text.removeprefix("\ufeff"))
    if not documents:
        return None
    first = documents[0]
    if not isinstance(first, dict):
        raise Unreadable(f"it is no JSON object; paste {HINT}")
    row, source = _row(first)
    return Given(row, source, len(documents) - 1)


def _documents(text: str) -> list[Any]:
    """The events in JSON documents one behind another, or in lists of them."""
    _check_depth(text)
    decoder, position, found = json.JSONDecoder(), 0, list[Any]()
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        try:
            document, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise Unreadable(f"not valid JSON: {error.msg}, column {error.colno}", error.lineno) from error
        except ValueError as error:  # a number with more digits than Python reads
            raise Unreadable("not valid JSON: a number is too long") from error
        if isinstance(document, dict):
            document = next((document[name] for name in LISTS if isinstance(document.get(name), list)), document)
        found += document if isinstance(document, list) else [document]
    return found


def _check_depth(text: str) -> None:
    """Raise where objects and lists are nested deeper than a parser should follow."""
    depth, quoted, escaped, line = 0, False, False, 1
    for char in text:
        if char == "\n":
            line += 1
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", line)
        elif char in "]}":
            depth -= 1


def _row(document: Mapping[str, Any]) -> tuple[Row, tuple[str, ...]]:
    """The fields of an event and its log source."""
    if "Event" in document and not isinstance(document["Event"], str):
        return _row_of(_native(document))
    try:
        return _row_of(native(document, 1))
    except ValueError:  # no record of a cloud: plain fields and values
        plain = flat(document)
    known = _told(plain)
    return (plain, ()) if known is None else _row_of(known)


def _native(document: Mapping[str, Any]) -> Native:
    try:
        return native(document, 1)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{error}; paste {HINT}") from error


def _told(plain: Mapping[str, str]) -> Native | None:
    """A plain event as one of Windows or Sysmon, where it names its channel or provider and its number."""
    provider = plain.get("Provider_Name") or CHANNELS.get(plain.get("Channel", "").lower())
    number = plain.get("EventID", "")
    if provider not in duckdb.SERVICES or not (number.isascii() and number.isdigit() and len(number) < 6):
        return None
    known = {"Channel", "Computer", "EventID", "Provider_Name"}
    data = {name: value for name, value in plain.items() if name not in known}
    computer, channel = plain.get("Computer", ""), plain.get("Channel", "")
    return Native(str(provider), int(number), channel, computer, datetime.fromtimestamp(0, UTC), 1, data)


def _row_of(event: Native) -> tuple[Row, tuple[str, ...]]:
    """An event as a hunt's table has it, and the further fields of a record of a cloud."""
    try:
        record = next((one.record for one in duckdb.events(event)), None)
    except KeyError:  # a field of auditd that the fixtures have not
        record = {"product": "linux", "service": "auditd", **event.data}
    if record is None:
        told = {"Channel": event.channel, "Computer": event.computer, "EventID": str(event.event_id)}
        return {**told, "Provider_Name": event.provider, **event.data}, ()
    further = event.data if event.provider in (CLOUDTRAIL, AZURE) else {}
    row = {name: None if value is None else str(value) for name, value in {**further, **record}.items()}
    return row, tuple(row[name] or "" for name in SOURCE_COLUMNS)
