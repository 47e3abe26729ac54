"""Streams of bytes: decompressed and decoded by what they begin with, never raising, saying where they are torn."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from stagewatch.logs.account import FileAccount, State

HEAD = 1 << 20
_PIECE = 8 << 10
"""Compressed bytes taken at a time: few, because a block of zstd may grow twenty-thousandfold."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _zstd() -> _Decompressor:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()


_MAGIC: tuple[tuple[bytes, str, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: zlib.decompressobj(31)),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", "xz", lzma.LZMADecompressor),
)


@dataclass(slots=True)
class Limit:
    """How many bytes one file may have unpacked, members of an archive together: what a bomb unpacks to has no end."""

    size: int
    left: int

    def within(self, piece: bytes) -> bytes:
        """As much of the piece as is within the limit."""
        piece = piece[: self.left]
        self.left -= len(piece)
        return piece


class Stream:
    """A readable stream with a head to look at. ``source`` gives bytes, or raises, which ends the stream as torn."""

    def __init__(self, source: Callable[[int], bytes], account: FileAccount, limit: Limit | None = None) -> None:
        self._source, self._account, self._limit = source, account, limit
        self._buffer, self._ended, self._given = b"", False, 0

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer only where the stream ends."""
        if len(self._buffer) < size and not self._ended:
            pieces = [self._buffer]
            have = len(self._buffer)
            while have < size and not self._ended:
                piece = self._take(size - have)
                pieces.append(piece)
                have += len(piece)
            self._buffer = b"".join(pieces)
        return self._buffer[:size]

    def read(self, size: int = -1) -> bytes:
        """Bytes: as many as asked for, fewer only at the end."""
        if size < 0:
            size = 1 << 62
        data = self.peek(size)
        self._buffer = self._buffer[len(data) :]
        self._given += len(data)
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back that were read last."""
        self._buffer = data + self._buffer
        self._given -= len(data)

    def _take(self, size: int) -> bytes:
        try:
            piece = self._source(min(size, 4 << 20))
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, RuntimeError, NotImplementedError) as error:
            place = f"byte {self._given + len(self._buffer)}"
            self._account.problem(f"torn: {error or type(error).__name__}", place, state=State.TORN)
            piece = b""
        except Exception as error:
            if type(error).__name__ not in ("ZstdError", "BadZipFile"):
                raise
            self._account.problem(f"torn: {error}", f"byte {self._given + len(self._buffer)}", state=State.TORN)
            piece = b""
        self._ended = not piece
        if self._limit is not None and len(whole := piece) > len(piece := self._limit.within(whole)):
            place = f"byte {self._given + len(self._buffer) + len(piece)}"
            self._account.problem(f"unpacks to more than {self._limit.size} bytes", place, state=State.TORN)
            self._ended = True
        return piece

    def spool(self, folder: Path, name: str) -> Path:
        """All that is left of the stream as a file in the folder."""
        path = folder / name
        with path.open("wb") as file:
            while data := self.read(4 << 20):
                file.write(data)
        return path


def opened(raw: BinaryIO, account: FileAccount, limit: Limit, *, member: bool = False) -> tuple[Stream, bool]:
    """The stream of events in a raw stream, and whether it is the raw bytes as they stand.

    The limit is for what is unpacked here, and for the raw bytes where they are a ``member`` of an archive.
    """
    stream, same = Stream(raw.read, account, limit if member else None), True
    for _ in range(3):
        head = stream.peek(6)
        make = next((make for magic, _, make in _MAGIC if head.startswith(magic)), None)
        if make is None:
            break
        stream, same = Stream(_Inflated(stream, make).read, account, limit), False
    head = stream.peek(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what PowerShell writes
        return Stream(_Recoded(stream).read, account), False
    if head.startswith(codecs.BOM_UTF8):
        stream.read(3)
        same = False
    return stream, same


class _Inflated:
    """Frames one after another, as ``cat a.gz b.gz`` makes them."""

    def __init__(self, stream: Stream, make: Callable[[], _Decompressor]) -> None:
        self._stream, self._make, self._decompressor = stream, make, make()
        self._fresh, self._left = True, b""
        self._error: Exception | None = None

    def read(self, size: int) -> bytes:
        if self._error is not None:
            raise self._error
        pieces: list[bytes] = []
        have = 0
        try:
            while have < size:
                data = self._left or self._stream.read(_PIECE)
                self._left = b""
                if not data:
                    if not self._fresh and not pieces:
                        raise EOFError("the compressed data has no end")
                    break
                if self._decompressor.eof:
                    self._decompressor = self._make()
                piece = self._decompressor.decompress(data)
                self._fresh = bool(self._decompressor.eof)
                if self._fresh:
                    self._left = self._decompressor.unused_data.lstrip(b"\0")  # tapes and some writers pad
                pieces.append(piece)
                have += len(piece)
        except Exception as error:
            if not pieces:
                raise
            self._error = error  # what was read before comes first
        return b"".join(pieces)


class _Recoded:
    """UTF-16 as UTF-8."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def read(self, size: int) -> bytes:
        while data := self._stream.read(max(size, 2)):
            if text := self._decoder.decode(data):
                return text.encode("utf-8", "replace")
        return b""
