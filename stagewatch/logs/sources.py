"""What to read: files, folders, globs, archives and standard input, each thing with its own account."""

from __future__ import annotations

import glob
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from stagewatch.logs.account import Account, FileAccount, State
from stagewatch.logs.streams import Limit, Stream, opened

_DEPTH = 3
UNPACKED = 64 << 30
"""Bytes that one file may have unpacked, members of an archive together: what is beyond is noted and not read."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read: its stream, and its path where the bytes stand there as they are."""

    account: FileAccount
    stream: Stream
    path: Path | None


def sources(paths: Sequence[str], account: Account, scratch: Path, limit: int = UNPACKED) -> Iterator[Source]:
    """Each file of the paths, members of archives apart; what cannot be opened is noted and passed over."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            file = account.file("standard input")
            yield from _unpacked(
                cast("BinaryIO", sys.stdin.buffer), file, None, account, scratch, 0, Limit(limit, limit)
            )
            continue
        for one in _files(path, account):
            try:
                status = one.stat()
            except OSError as error:
                account.file(str(one)).problem(
                    f"cannot be read: {error.strerror or error}", "the file", state=State.LOCKED
                )
                continue
            if (status.st_dev, status.st_ino) in seen and stat.S_ISREG(status.st_mode):
                continue  # named twice, by path and by glob
            seen.add((status.st_dev, status.st_ino))
            file = account.file(str(one))
            if not stat.S_ISREG(status.st_mode) and str(one) != path:
                file.problem("not a regular file", "the file", state=State.UNKNOWN)
                continue
            with _open(one, file) as raw:
                if raw is not None:
                    yield from _unpacked(raw, file, one, account, scratch, 0, Limit(limit, limit))


def _files(path: str, account: Account) -> Iterator[Path]:
    found = Path(path)
    if found.is_dir():
        yield from _folder(found, account)
    elif found.exists() or found.is_symlink():
        yield found
    else:
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
        if not matches:
            account.file(path).problem("no such file", path, state=State.UNKNOWN)
        for match in matches:
            if Path(match).is_dir():
                yield from _folder(Path(match), account)
            else:
                yield Path(match)


def _folder(folder: Path, account: Account) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        name = str(error.filename)
        account.file(name).problem(f"cannot be read: {error.strerror}", "the folder", state=State.LOCKED)

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        for name in folders:
            if Path(root, name).is_symlink():
                account.file(str(Path(root, name))).problem(
                    "a link to a folder, not followed", "the link", state=State.UNKNOWN
                )
        for name in sorted(names):
            yield Path(root, name)


@contextmanager
def _open(path: Path, file: FileAccount) -> Iterator[BinaryIO | None]:
    try:
        raw = path.open("rb")
    except OSError as error:
        file.problem(f"cannot be read: {error.strerror or error}", "the file", state=State.LOCKED)
        yield None
        return
    with raw:
        yield raw


def _unpacked(
    raw: BinaryIO, file: FileAccount, path: Path | None, account: Account, scratch: Path, depth: int, limit: Limit
) -> Iterator[Source]:
    stream, same = opened(raw, file, limit, member=depth > 0)
    head = stream.peek(4)
    if not head:
        if not file.problems:
            file.problem("empty", "the file", state=State.EMPTY)
    elif head == b"PK\x03\x04" and depth < _DEPTH:
        if path is None or not same:
            path = stream.spool(scratch, f"archive-{depth}.zip")
        file.format = "zip"
        yield from _members(path, file, account, scratch, depth, limit)
    else:
        yield Source(file, stream, path if same else None)


def _members(
    path: Path, archive: FileAccount, account: Account, scratch: Path, depth: int, limit: Limit
) -> Iterator[Source]:
    try:
        opened_zip = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        archive.problem(f"torn: {error}", "the archive's end", state=State.TORN)
        yield from _salvaged(path, archive, account, scratch, depth, limit)
        return
    with opened_zip as packed:
        for info in packed.infolist():
            if info.is_dir():
                continue
            file = account.file(f"{archive.path}!{info.filename}")
            if info.flag_bits & 1:
                file.problem("encrypted", "the member", state=State.ENCRYPTED)
                continue
            try:
                member = packed.open(info)
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
                file.problem(f"cannot be unpacked: {error}", "the member", state=State.DAMAGED)
                continue
            with member:
                yield from _unpacked(cast("BinaryIO", member), file, None, account, scratch, depth + 1, limit)


def _salvaged(
    path: Path, archive: FileAccount, account: Account, scratch: Path, depth: int, limit: Limit
) -> Iterator[Source]:
    """The members of an archive without its directory, by the headers that stand before each of them."""
    position = 0
    with path.open("rb") as raw:
        while True:
            raw.seek(position)
            header = raw.read(30)
            if len(header) < 30 or header[:4] != b"PK\x03\x04":
                return
            flags, method = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
            packed = int.from_bytes(header[18:22], "little")
            name = raw.read(int.from_bytes(header[26:28], "little")).decode("utf-8", "replace")
            raw.seek(int.from_bytes(header[28:30], "little"), os.SEEK_CUR)
            start = raw.tell()
            if not name.endswith("/"):
                file = account.file(f"{archive.path}!{name}")
                if flags & 1:
                    file.problem("encrypted", "the member", state=State.ENCRYPTED)
                elif method != 8:
                    file.problem(f"compression method {method} in a torn archive", "the member", state=State.TORN)
                else:
                    yield from _unpacked(
                        cast("BinaryIO", _Deflated(raw)), file, None, account, scratch, depth + 1, limit
                    )
            if not packed:
                return  # its length stands after it, and it was read or not: the next header is not surely found
            position = start + packed


class _Deflated:
    """The deflated bytes from where a file stands, to the end of their stream."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._inflate = raw, zlib.decompressobj(-15)

    def read(self, size: int) -> bytes:
        while not self._inflate.eof:
            data = self._raw.read(min(size, 1 << 16))
            if not data:
                raise EOFError("the member has no end")
            if piece := self._inflate.decompress(data):
                return piece
        return b""
