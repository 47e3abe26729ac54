"""Puts new files where they belong: all of them or none, and none over one that is there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from stagewatch.findings import UsageError


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write new files and the folders that they need; where one cannot be written, the others go again.

    Each is written beside its place under another name and then linked to it, which fails where a file is there.
    Raises :class:`UsageError`.
    """
    made: list[Path] = []
    folders: list[Path] = []
    try:
        for path, content in files.items():
            folders += _folders(path.parent)
            scratch = path.with_name(f".{path.name}.{os.getpid()}")
            made.append(scratch)
            _write(scratch, content)
        for path in files:
            scratch = path.with_name(f".{path.name}.{os.getpid()}")
            _take_place(scratch, path)
            made.append(path)
    except OSError as error:
        _undo(made, folders)
        raise UsageError(f"nothing was written: {path.name}: {error.strerror or error}") from error
    except BaseException:  # an interruption must not leave a part
        _undo(made, folders)
        raise
    for path in files:
        path.with_name(f".{path.name}.{os.getpid()}").unlink(missing_ok=True)


def _folders(folder: Path) -> list[Path]:
    """Make a folder with those above it, and tell which were not there, the outermost first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()][::-1]
    for one in missing:
        one.mkdir()
    return missing


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _take_place(scratch: Path, path: Path) -> None:
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if path.exists():
            raise FileExistsError(17, "is there already", str(path)) from None
        scratch.rename(path)


def _undo(made: list[Path], folders: list[Path]) -> None:
    for path in made:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()
