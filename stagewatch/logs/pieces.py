"""Files of one event a line for the fast way: as they stand, or a stream's in pieces, so that scratch is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stagewatch.logs.sources import Source

SIZE = 256 << 20
READ = 4 << 20
"""Bytes of a piece, about."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines in a file, and how many lines of the stream come before them."""

    path: Path
    before: int = 0


def pieces(source: Source, scratch: Path) -> Iterator[Piece]:
    """The lines of a source. A piece lies in the scratch folder, where the next takes its place."""
    if source.path is not None:
        yield Piece(source.path)
        return
    before = 0
    path = scratch / "piece.jsonl"
    while True:
        lines = 0
        with path.open("wb") as file:
            while (data := source.stream.read(READ)) and file.tell() < SIZE:
                lines += data.count(b"\n")
                file.write(data)
            cut = data.rfind(b"\n") + 1
            lines += data.count(b"\n")
            file.write(data[:cut])
            source.stream.unread(data[cut:])
            if not file.tell():
                return
        yield Piece(path, before)
        before += lines
        if not data:
            return
