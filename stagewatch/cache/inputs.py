"""The files that a command reads, told by their content: never by their times, which lie.

Every file is hashed anew in every run. That costs some hundredths of a second for the pack and saves the argument about
clocks, restored backups and ``git checkout``.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stagewatch.cache.errors import Uncacheable

MAX_FILES = 200_000
"""Files and folders looked at in one run."""

ABSENT, FOLDER = "absent", "folder"
"""In the place of a hash, of what is no file."""

LINK = " by a link"
"""Behind the hash of a file that a symbolic link leads to."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files that a command reads for one purpose: those named, and those below the folders named.

    ``suffixes`` are the ends of the names that count below a folder, in lower case; all where empty. ``without`` are
    paths that do not count: what the command itself writes there.
    """

    paths: tuple[Path, ...]
    suffixes: tuple[str, ...] = ()
    without: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the files of all parts were at one moment: part -> path as it was named -> SHA-256."""

    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def digest(self, *parts: str) -> str:
        """One hash over the parts, in the order in which their paths were named; all of them where none is named."""
        wanted = {name: list(self.parts.get(name, {}).items()) for name in parts or self.parts}
        return hash_of(wanted)

    def contents(self, part: str) -> str:
        """One hash over the contents of a part, in order: the same wherever the files lie."""
        return hash_of(list(self.parts.get(part, {}).values()))

    def changes(self, later: Snapshot) -> list[str]:
        """The paths that are not the same in a later one, each once, in order."""
        found = set[str]()
        for name in self.parts.keys() | later.parts.keys():
            mine, other = self.parts.get(name, {}), later.parts.get(name, {})
            found |= {path for path in mine.keys() | other.keys() if mine.get(path) != other.get(path)}
        return sorted(found)


def snapshot(parts: Mapping[str, Part]) -> Snapshot:
    """Hash every file of every part. Raises :class:`Uncacheable` for what is no file and for what cannot be read."""
    left = [MAX_FILES]
    return Snapshot({name: _part(part, left) for name, part in parts.items()})


def _part(part: Part, left: list[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in part.paths:
        if path in part.without:
            continue
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            found[str(path)] = ABSENT
            continue
        except OSError as error:
            raise Uncacheable(str(error)) from error
        if stat.S_ISDIR(status.st_mode):
            found[str(path)] = FOLDER
            found.update(_below(path, part, (), left))
        else:
            found[str(path)] = file_digest(path)
    return found


def _below(folder: Path, part: Part, above: tuple[tuple[int, int], ...], left: list[int]) -> Iterator[tuple[str, str]]:
    """The files below a folder that count, symbolic links followed but not in circles."""
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        identity = (status.st_dev, status.st_ino)
        left[0] -= len(entries)
        if identity in above or left[0] < 0:
            raise Uncacheable(f"{folder} leads in a circle or holds too much")
        for entry in entries:
            if entry.is_dir():
                if not part.suffixes:  # else an empty folder is none
                    yield entry.path, FOLDER
                yield from _below(Path(entry.path), part, (*above, identity), left)
            elif not part.suffixes or entry.name.lower().endswith(part.suffixes):
                path = Path(entry.path)
                if path not in part.without:
                    yield entry.path, file_digest(path) + (LINK if entry.is_symlink() else "")
    except OSError as error:
        raise Uncacheable(str(error)) from error


def file_digest(path: Path) -> str:
    """SHA-256 of a regular file's content."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Uncacheable(f"{path} is not a regular file")
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise Uncacheable(str(error)) from error


def hash_of(data: object) -> str:
    """SHA-256 of plain data. Lists, tuples and mappings keep their order."""
    return hashlib.sha256(json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def tree_of(files: Mapping[str, bytes]) -> str:
    """One hash over a folder that is to hold exactly these files (paths with forward slashes -> content)."""
    return _tree((path, hashlib.sha256(content).hexdigest()) for path, content in files.items())


def tree_at(folder: Path) -> str | None:
    """The hash that :func:`tree_of` gives of what a folder holds; None where it holds anything else than files."""
    found: list[tuple[str, str]] = []
    try:
        complete = _collect(str(folder.resolve()), "", found)
    except (OSError, RuntimeError, Uncacheable):
        return None
    return _tree(found) if complete else None


def _collect(folder: str, above: str, found: list[tuple[str, str]]) -> bool:
    """The files of a folder and their hashes; False for a link, a pipe or a folder without a file."""
    count = len(found)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if not _collect(entry.path, f"{above}{entry.name}/", found):
                return False
        elif entry.is_file(follow_symlinks=False):
            found.append((above + entry.name, file_digest(Path(entry.path))))
        else:
            return False
    return len(found) > count


def _tree(found: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    return hash_of(sorted(found))
