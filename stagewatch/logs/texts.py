"""Events in lines of text and in tables of comma-separated values."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from stagewatch.logs.auditd import Joiner
from stagewatch.logs.defender import defender_row, is_defender
from stagewatch.logs.shapes import KEY, Found, line_row
from stagewatch.logs.streams import Stream

MAX_LINE = 16 << 20


def lines(stream: Stream) -> Iterator[tuple[str, bytes]]:
    """The lines with their places. One of more than 16 MiB comes in pieces: it is none of a log."""
    number, rest = 0, b""
    while data := stream.read(4 << 20):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            number += 1
            yield f"line {number}", line
        if len(rest) > MAX_LINE:
            yield f"line {number + 1}", rest
            rest = b""
    if rest.strip():
        yield f"line {number + 1}", rest


def text_events(stream: Stream) -> Iterator[tuple[str, Found]]:
    """auditd records and events as XML, one a line; other lines come with the reason that they are none."""
    joiner = Joiner()
    for place, raw in lines(stream):
        if not raw.strip():
            continue
        line = raw.decode("utf-8", "replace").rstrip("\r")
        row = line_row(line)
        if row is None:
            known = "<Event" in line or "audit(" in line
            yield place, ("text", None, "a line that is no whole event" if known else "a line of text of no known kind")
        elif KEY in row:
            for where, one in joiner.add(row.pop(KEY), row, place):
                yield where, ("auditd", one, "")
        else:
            yield place, ("sysmon-linux", row, "")
    for where, one in joiner.rest():
        yield where, ("auditd", one, "")


class _Text:
    """The stream as text for the reader of tables, its line ends kept, without NUL, which that reader refuses."""

    def __init__(self, stream: Stream) -> None:
        self._lines = lines(stream)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)[1].decode("utf-8", "replace").replace("\0", "") + "\n"


def table_events(stream: Stream) -> Iterator[tuple[str, Found]]:
    """The rows of an advanced-hunting result saved as CSV."""
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(_Text(stream))
    header: list[str] = next(reader, [])
    if not is_defender(frozenset(header)):
        yield "line 1", ("csv", None, "a table of no known source")
        return
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"line {reader.line_num}", ("csv", None, f"no row of the table ({error})")
            continue
        if not values:
            continue
        place = f"line {reader.line_num}"
        if len(values) != len(header):
            yield place, ("csv", None, "a row with fewer or more values than the table has columns")
            continue
        row = defender_row(dict(zip(header, values, strict=True)))
        yield place, ("defender", row, "" if row is not None else "a row without action or time")
