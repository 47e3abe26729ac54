"""EVTX files of any size, made of the filled chunks of real ones.

A file is a header of 4,096 bytes and chunks of 65,536, each with all that its records need (libevtx, "Windows XML Event
Log (EVTX) format"). So chunks can be put together anew; whole files would count the empty chunks that small logs have.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

HEADER, CHUNK = 4096, 65536
_CHUNKS = 300
"""Chunks of a file: 20 MB, the size at which Windows rolls most of its logs over."""


def filled_chunks(folder: Path) -> Iterator[bytes]:
    """The chunks with records of all EVTX files below a folder."""
    for path in sorted(folder.rglob("*.evtx")):
        content = path.read_bytes()
        for start in range(HEADER, len(content) - CHUNK + 1, CHUNK):
            chunk = content[start : start + CHUNK]
            if chunk.startswith(b"ElfChnk\0") and _free(chunk) > CHUNK // 2:
                yield chunk


def _free(chunk: bytes) -> int:
    """Where the free space of a chunk begins."""
    (offset,) = struct.unpack_from("<I", chunk, 48)
    return int(offset)


def write_logs(source: Path, folder: Path, size: int) -> int:
    """Write files with the chunks below ``source``, repeated until there are ``size`` bytes; the bytes written.

    Raises :class:`ValueError` where there is no chunk.
    """
    chunks = list(filled_chunks(source))
    if not chunks:
        raise ValueError(f"no EVTX file with records below {source}")
    wanted = islice(cycle(chunks), max(1, size // CHUNK))
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    while part := list(islice(wanted, _CHUNKS)):
        path = folder / f"log-{written // CHUNK:05}.evtx"
        path.write_bytes(_header(len(part)) + b"".join(part))
        written += path.stat().st_size
    return written


def _header(chunks: int) -> bytes:
    head = struct.pack("<8sQQQIHHHH76xI", b"ElfFile\0", 0, chunks - 1, 1, 128, 1, 3, HEADER, chunks, 0)
    return (head + struct.pack("<I", zlib.crc32(head[:120]))).ljust(HEADER, b"\0")
