"""JSON documents out of a stream of bytes: one a line, pretty-printed one after another, or the elements of an array.

Memory is bounded by the largest single document, whatever the size of the stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

CHUNK = 4 << 20
MAX_DOCUMENT = 256 << 20
_DIGITS = 4000
"""Python makes no integers of longer texts."""
_CONTAINER = re.compile(rb'\s*\{\s*"(?:Records|records|Results|results|events|Events|value)"\s*:\s*\[')
_BEHIND = re.compile(rb"(?:^|\})\s*([\[{])")
"""Where another document begins behind the end of an array, whatever the object around it has left to say."""
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no JSON, and whether the stream ended in their midst."""

    reason: str
    torn: bool = False


def loads(line: bytes | str) -> Any:
    """The value of a JSON text, or :class:`Broken`.

    What strict readers refuse but writers write (``NaN``, lone surrogates, bytes that are not UTF-8) is read.
    """
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        reason = str(error).split(": line", 1)[0]
    try:
        return exact(line)
    except (ValueError, RecursionError):
        return Broken(f"not JSON ({reason})")


class _Number(float):
    """A number as the source wrote it."""

    text: str

    def __str__(self) -> str:
        return self.text


def _number(text: str) -> _Number:
    number = _Number(text)
    number.text = text
    return number


def _integer(text: str) -> int | _Number:
    return int(text) if len(text) < _DIGITS else _number(text)


def exact(line: bytes | str) -> Any:
    """As :func:`loads`, with numbers of any length as they are written: slower, for the few lines that need it.

    Raises :class:`ValueError` or :class:`RecursionError` where the text is no JSON.
    """
    text = line if isinstance(line, str) else line.decode("utf-8", "replace")
    return _mended(json.loads(text, parse_int=_integer, parse_float=_number))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(one) for name, one in value.items()}
    return value


def documents(stream: BinaryIO, before: int = 0) -> Iterator[tuple[str, Any, bytes]]:
    """Each document with its place and its text; what is no JSON comes as :class:`Broken`.

    ``before`` are the lines that come before the stream.
    """
    head, base = b"", 0
    while head := head + stream.read(max(CHUNK - len(head), 0)):
        container = _CONTAINER.match(head)
        if isinstance(loads(head.partition(b"\n")[0]), dict):
            yield from _lines(stream, head, before)
            return
        if container is not None:
            head, base = yield from _scanned(stream, head, container.end(), base, inside=True)
        elif head.lstrip()[:1] == b"[":
            head, base = yield from _scanned(stream, head, head.index(b"[") + 1, base, inside=True)
        elif _one_a_line(head):
            yield from _lines(stream, head, before)
            return
        else:
            head, base = yield from _scanned(stream, head, 0, base, inside=False)


def _one_a_line(head: bytes) -> bool:
    lines = head.split(b"\n", 20)[:20]
    return any(line.startswith(b"{") and isinstance(loads(line), dict) for line in lines)


def _lines(stream: BinaryIO, head: bytes, number: int) -> Iterator[tuple[str, Any, bytes]]:
    rest = b""
    while head:
        data = rest + head
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            lines = data[: cut - 1].split(b"\n")
            yield from _block(lines, number)
            number += len(lines)
        if len(rest) > MAX_DOCUMENT:
            yield f"line {number + 1}", Broken("a line of more than 256 MiB", torn=True), b""
            return
        head = stream.read(CHUNK)
    if rest.strip():
        value = loads(rest)
        yield f"line {number + 1}", Broken(value.reason, torn=True) if isinstance(value, Broken) else value, rest


def _block(lines: list[bytes], number: int) -> Iterator[tuple[str, Any, bytes]]:
    filled = [(place, line) for place, line in enumerate(lines, number + 1) if line and not line.isspace()]
    try:  # a thousand lines in one call: far quicker than one by one
        values = orjson.loads(b"[" + b",".join([line for _, line in filled]) + b"]")
    except orjson.JSONDecodeError:
        values = []
    if len(values) != len(filled):
        values = [loads(line) for _, line in filled]
    for (place, line), value in zip(filled, values, strict=True):
        yield f"line {place}", value, line


_Rest = tuple[bytes, int]
"""What begins behind an array, and at which byte; nothing where the stream ends."""


def _scanned(
    stream: BinaryIO, buffer: bytes, position: int, base: int, *, inside: bool
) -> Generator[tuple[str, Any, bytes], None, _Rest]:
    """Documents found by their brackets; ``inside`` an array they end with it."""
    ended = False
    while True:
        start, end = _next(buffer, position, inside=inside)
        if start is not None and end is not None:
            text = buffer[start:end]
            yield f"byte {base + start}", loads(text), text
            position = end
            continue
        if start is None and end is not None:  # the array's own end
            return _behind(stream, buffer[end:], base + end)
        if not ended and len(buffer) - position <= MAX_DOCUMENT:
            more = stream.read(max(CHUNK, len(buffer) - position))
            ended = not more
            base, buffer, position = base + position, buffer[position:] + more, 0
            continue
        if start is None:
            if inside or buffer[position:].strip():
                reason = "the array has no end" if inside else "not JSON"
                yield f"byte {base + position}", Broken(reason, torn=inside), b""
            return b"", base
        again = buffer.find(b"\n{", start + 1)  # where the next document may begin
        yield f"byte {base + start}", Broken("a document without end", torn=again < 0), b""
        if again < 0:
            return b"", base
        position = again + 1


def _behind(stream: BinaryIO, buffer: bytes, base: int) -> _Rest:
    while True:
        if (found := _BEHIND.search(buffer)) is not None:
            return buffer[found.start(1) :], base + found.start(1)
        more = stream.read(CHUNK)
        if not more:
            return b"", base
        kept = buffer[-64:]
        base, buffer = base + len(buffer) - len(kept), kept + more


def _next(buffer: bytes, position: int, *, inside: bool) -> tuple[int | None, int | None]:
    """Start and end of the next document; no start but an end where the array around it closes."""
    depth, start = 0, None
    for token in _TOKEN.finditer(buffer, position):
        mark = token[0]
        if mark in (b"{", b"["):
            if depth == 0:
                start = token.start()
            depth += 1
        elif mark in (b"}", b"]"):
            if depth == 0:
                if inside:
                    return None, token.end()
                continue
            depth -= 1
            if depth == 0:
                return start, token.end()
        elif mark == b'"':  # a string that the buffer does not hold to its end
            break
    return start, None
