"""ZIP archives with the same bytes for the same files: on any day, machine and system.

Files are stored, not deflated. What deflation gives depends on the library (zlib, zlib-ng) and its version, and a
release is there to be made again and compared.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that the format knows, and the same for every file."""

_UNIX = 3
"""Who made an entry (APPNOTE.TXT, 4.4.2.2): says that its attributes are a mode. Python's default is the system's."""

_MODE = 0o100644 << 16
"""A plain file that nobody may execute."""


def archive(folder: str, files: Mapping[str, bytes]) -> bytes:
    """An archive that unpacks to ``folder``, with ``files`` (path in it -> content) sorted by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            packed.writestr(entry, files[path])
    return buffer.getvalue()
