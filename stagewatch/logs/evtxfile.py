"""EVTX files, through the Rust reader ``evtx`` (https://github.com/omerbenamram/evtx, MIT or Apache-2.0)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stagewatch.logs.account import FileAccount, State
from stagewatch.logs.pieces import SIZE, Piece

_HEADER, _CHUNK = 4096, 65536
_PLACE = re.compile(r"^Failed to parse (chunk containing record IDs \S+|chunk number \d+|record \S+(?: \d+)?)[:,]? ?")


def evtx_records(path: Path, account: FileAccount, scratch: Path) -> Iterator[tuple[str, str]]:
    """The records as places and JSON texts. A chunk that cannot be read is noted, and the next one goes on."""
    from evtx import PyEvtxParser

    path = _whole(path, account, scratch)
    try:
        records: Any = PyEvtxParser(str(path)).records_json()
    except (RuntimeError, OSError, ValueError) as error:
        account.problem(f"damaged: no header of EVTX ({error})", "byte 0", state=State.DAMAGED)
        return
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            reason, place = str(error), "an unknown place"
            if (found := _PLACE.match(reason)) is not None:
                reason, place = reason[found.end() :], found[1]
            reason = re.sub(r"0x[0-9a-fA-F]+|[0-9]+", "N", reason)  # the same damage at many places is one line
            account.problem(f"damaged: {reason}", place, state=State.DAMAGED)
        except BaseException as error:  # a panic of the reader's is none of Exception's
            if type(error).__name__ != "PanicException":
                raise
            account.problem("damaged: the reader gave up", "an unknown place", state=State.DAMAGED)
            return
        else:
            yield f"record {record['event_record_id']}", record["data"]


def evtx_pieces(path: Path, account: FileAccount, scratch: Path) -> Iterator[Piece]:
    """The records as files of JSON, one a line, for the fast way; each takes the place of the one before."""
    records = evtx_records(path, account, scratch)
    piece = scratch / "piece.jsonl"
    before = 0
    while True:
        size = lines = 0
        with piece.open("w", encoding="utf-8") as file:
            for _, record in records:
                size += file.write(record) + file.write("\n")
                lines += 1
                if size >= SIZE:
                    break
        if not size:
            return
        yield Piece(piece, before)
        before += lines


def _whole(path: Path, account: FileAccount, scratch: Path) -> Path:
    """The file, or where it ends within a chunk, a copy filled up with zeros: the reader passes over a cut chunk."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(128)
    beyond = (size - _HEADER) % _CHUNK if size > _HEADER else 0
    chunks = struct.unpack_from("<H", head, 42)[0] if len(head) >= 44 else 0
    if size < _HEADER + chunks * _CHUNK:
        there = f"{chunks} chunks are announced, {max(size - _HEADER, 0) / _CHUNK:.1f} are there"
        account.problem(f"torn: {there}", f"byte {size}", state=State.TORN)
    if not beyond:
        return path
    copy = scratch / "filled.evtx"
    with path.open("rb") as file, copy.open("wb") as filled:
        while data := file.read(4 << 20):
            filled.write(data)
        filled.write(bytes(_CHUNK - beyond))
    return copy
