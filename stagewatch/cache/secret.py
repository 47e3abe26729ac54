"""The secret of the user with which entries are signed: 32 random bytes that nobody else may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from stagewatch.cache.errors import CacheError

LENGTH = 32
"""Bytes: as long as the hash that it keys (RFC 2104, section 3)."""


def read_secret(path: Path) -> bytes:
    """The secret in a file, made where there is none.

    Raises :class:`CacheError` for one that is not the user's alone, or not a secret, and where none can be made.
    """
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            _make(path)
            return _read(path)
    except OSError as error:
        raise CacheError(f"{path}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise CacheError(f"{path} is not a file")
        if hasattr(os, "geteuid"):  # Windows keeps a user's folder to the user by other means
            if status.st_uid != os.geteuid():
                raise CacheError(f"{path} belongs to another user")
            if status.st_mode & 0o077:
                raise CacheError(f"others may read or write {path}: chmod 600, or delete it if they may have")
        content = os.read(descriptor, LENGTH + 1)
    finally:
        os.close(descriptor)
    if len(content) != LENGTH:
        raise CacheError(f"{path} holds no secret of {LENGTH} bytes: delete it")
    return content


def _make(path: Path) -> None:
    """Put a secret in place whole: of several processes that try at once the first has its way."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with contextlib.closing(os.fdopen(descriptor, "wb")) as stream:
            stream.write(secrets.token_bytes(LENGTH))
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
