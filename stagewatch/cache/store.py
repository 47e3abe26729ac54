"""Entries on disk: JSON under the hash of what it depends on, signed, and verified before anything in it is read.

An entry is two lines: the HMAC-SHA-256 of the second with the user's secret, and the entry itself, which repeats its
kind and its key. Whatever is wrong with one, it is as if it were not there.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = 1
"""Raised when entries change their form."""

MAX_BYTES = 64 * 2**20
"""The largest entry that is read or written: what a build of some ten thousand rules prints as JSON."""

MAX_TOTAL = 512 * 2**20
"""What the cache may hold. The pack needs about 12 MiB for each state of the code."""

MAX_DAYS = 30
"""How long an entry is kept that nobody has asked for."""

SWEPT = "swept"
"""A file whose age tells when the cache was last looked through for what is too old or too much."""

_ENTRY = re.compile(r"[0-9a-f]{64}\.json")
_SCRATCH = re.compile(r"\.[0-9a-f]{16}")
_DAY = 86_400.0
_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of the cache. ``used`` is the time in seconds since 1970 at which it was written or last asked for."""

    path: Path
    size: int
    used: float


class Store:
    """The entries below one folder."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self.folder = folder
        self._secret = secret
        self.trouble: str | None = None
        """Why something could not be written; the first reason."""

    def get(self, kind: str, key: str) -> Any:
        """The value kept under a key, None where there is none that can be believed."""
        path = self._path(kind, key)
        try:
            raw, used = _read(path)
            mac, _, body = raw.partition(b"\n")
            if not hmac.compare_digest(mac, self._mac(body)):
                return None
            entry = json.loads(body)
            if (entry["schema"], entry["kind"], entry["key"]) != (SCHEMA, kind, key):
                return None
            value = entry["value"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if time.time() - used > _DAY:  # so that it is not swept as long as it is of use
            with contextlib.suppress(OSError):
                os.utime(path)
        return value

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep a value of plain data. Where that cannot be, ``trouble`` says why and nothing else happens."""
        entry = {"schema": SCHEMA, "kind": kind, "key": key, "value": value}
        body = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()
        if len(body) > MAX_BYTES:
            return
        path = self._path(kind, key)
        try:
            try:
                _write(path, self._mac(body) + b"\n" + body)
            except FileNotFoundError:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(path, self._mac(body) + b"\n" + body)
        except OSError as error:
            self.trouble = self.trouble or f"{error.strerror or error}: {path}"

    def has(self, kind: str) -> bool:
        """Whether there is anything of a kind."""
        return (self._root / kind).is_dir()

    def holdings(self) -> list[Holding]:
        """Every file of ours below the folder, other users' and strangers' left out."""
        return list(_holdings(self.folder, 0))

    def clear(self) -> int:
        """Delete every entry. Returns how many there were."""
        found = self.holdings()
        for holding in found:
            self._delete(holding)
        return len(found)

    def sweep(self, *, now: float | None = None, limit: int = MAX_TOTAL) -> None:
        """Delete what nobody has asked for of late, and the oldest until the rest is within the limit.

        Without ``now`` (seconds since 1970) it looks at most once an hour.
        """
        mark = self._root / SWEPT
        try:
            if now is None:
                now = time.time()
                with contextlib.suppress(FileNotFoundError):
                    if abs(now - mark.stat().st_mtime) < _HOUR:
                        return
            mark.touch()
        except OSError:
            return
        total = 0
        for holding in sorted(self.holdings(), key=lambda one: one.used, reverse=True):
            scratch = _SCRATCH.fullmatch(holding.path.name) is not None
            total += holding.size
            if total > limit or now - holding.used > (_HOUR if scratch else MAX_DAYS * _DAY):
                self._delete(holding)

    @property
    def _root(self) -> Path:
        return self.folder / f"v{SCHEMA}"

    def _path(self, kind: str, key: str) -> Path:
        return self._root / kind / f"{key}.json"

    def _mac(self, body: bytes) -> bytes:
        return b'"%s"' % hmac.digest(self._secret, body, "sha256").hex().encode()

    def _delete(self, holding: Holding) -> None:
        try:
            holding.path.unlink(missing_ok=True)
        except OSError as error:
            self.trouble = self.trouble or f"{error.strerror or error}: {holding.path}"


def _read(path: Path) -> tuple[bytes, float]:
    """The content of an entry and when it was last used. Links, pipes and what is too large are refused."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > 2 * MAX_BYTES:
            raise ValueError("no entry of ours")
        return stream.read(status.st_size), status.st_mtime


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole; two who write the same at once write the same."""
    scratch = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        scratch.replace(path)
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _holdings(folder: Path, depth: int) -> Iterator[Holding]:
    """Files named as entries are, below folder/schema/kind. Links are not followed: what they lead to is not ours."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False) and depth < 2:
                yield from _holdings(Path(entry.path), depth + 1)
            elif depth == 2 and (_ENTRY.fullmatch(entry.name) or _SCRATCH.fullmatch(entry.name)):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                    yield Holding(Path(entry.path), status.st_size, status.st_mtime)
