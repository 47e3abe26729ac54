"""Writes an output folder as a whole: all of it or nothing, and never over a folder that is not ours."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewatch.findings import UsageError

MANIFEST = "manifest.json"

SCRATCH = ".stagewatch-build-"
"""How the folders beside the output begin in which a build prepares it."""


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of an earlier build in ``folder``, or None where there is none that can be read."""
    try:
        data = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def check_writable(folder: Path, sign: str = MANIFEST) -> None:
    """Raise :class:`UsageError` where ``folder`` cannot become or is no output folder, before any work is done.

    ``sign`` is the file by which a folder is known as an earlier output of the same kind.
    """
    try:
        folder = folder.resolve()
        if folder.exists():
            if not folder.is_dir():
                raise UsageError(f"cannot write to {folder}: it is a file")
            if any(folder.iterdir()) and not (folder / sign).is_file():
                raise UsageError(f"will not replace {folder}: it is not empty and holds no {sign} of an earlier build")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".stagewatch-check-", dir=folder.parent):
            pass
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
        raise UsageError(f"cannot write to {folder}: {getattr(error, 'strerror', None) or error}") from error


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make ``folder`` hold exactly ``files`` (relative paths with forward slashes -> content).

    The files are written to a new folder beside it, which then takes its place in one step where the system can
    exchange two folders (Linux, macOS), else in two. A symbolic link stays one: what it points to is replaced.
    Raises :class:`UsageError` where the disk refuses.
    """
    folder = folder.resolve()
    try:
        with _alone_in(folder.parent):
            _replace(folder, files)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from error


def replace_file(path: Path, content: bytes) -> None:
    """Make a file hold ``content``, or leave it as it was. Raises :class:`UsageError` where the disk refuses."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            _write(str(scratch), content)
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror or error}") from error


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder.parent))
    try:
        fresh = scratch / "new"
        fresh.mkdir()
        for parent in sorted({name.rpartition("/")[0] for name in files}):
            (fresh / parent).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _write(f"{fresh}/{name}", content)
        if folder.exists():
            _exchange(fresh, folder)
        else:
            fresh.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write(path: str, content: bytes) -> None:
    """A new file. Thousands are written, and Python's file objects would make three more system calls for each."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Keep other builds from writing into ``parent`` meanwhile, and sweep up what builds that were killed left there.

    The lock is on the folder itself and ends with the process, however it ends. Where there are no such locks
    (Windows, some network disks) nothing is swept, since a build may still be at work there.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for left in parent.glob(f"{SCRATCH}*"):
                shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def _exchange(fresh: Path, folder: Path) -> None:
    if _exchange_in_one_step(os.fsencode(fresh), os.fsencode(folder)):
        return
    aside = fresh.with_name("old")
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        raise


def _exchange_in_one_step(first: bytes, second: bytes) -> bool:
    """Swap two folders by the system call for it: renameat2(2) on Linux, renamex_np(2) on macOS."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            at_cwd, exchange = -100, 2
            return bool(libc.renameat2(at_cwd, first, at_cwd, second, exchange) == 0)
        if sys.platform == "darwin":
            swap = 2
            return bool(libc.renamex_np(first, second, swap) == 0)
    return False
