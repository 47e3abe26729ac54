"""A Splunk package: a tar archive in gzip's format, the same bytes for the same files on every machine.

The data is stored, not compressed: what a compressor makes of it depends on its version, and a repository that holds
the package packs it better than it could if it were compressed.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import accumulate

_EPOCH = 315_532_800
"""1980-01-01 in UTC: a package is made of its content alone, not of the day."""

_BLOCK = 0xFFFF
"""Bytes of a stored block (RFC 1951, 3.2.4)."""


def package(files: Mapping[str, bytes]) -> bytes:
    """The package of files (path in it -> content). AppInspect fails files that may be executed, hence the modes."""
    folders = {path for name in files for path in accumulate(name.split("/")[:-1], "{}/{}".format)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(folders | files.keys()):
            entry = tarfile.TarInfo(name)
            entry.mtime = _EPOCH
            if name in folders:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            else:
                entry.mode, entry.size = 0o644, len(files[name])
                archive.addfile(entry, io.BytesIO(files[name]))
    return _gzip(buffer.getvalue())


def _gzip(data: bytes) -> bytes:
    """RFC 1952: no name, no time, an unknown system."""
    header = b"\x1f\x8b\x08\x00" + struct.pack("<IBB", 0, 0, 255)
    return header + b"".join(_stored(data)) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _stored(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
