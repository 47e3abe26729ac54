"""Where the parts of a repository are below its root, and what it sets for checks and comparisons.

A repository says it in ``stagewatch.toml``, or below ``[tool.stagewatch]`` in its ``pyproject.toml``; without either
it is laid out as this one is. ``layout_file`` reads the file.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stagewatch.findings import UsageError

DIST = "dist"
"""What a build gives."""

FIXTURES = "tests/rules"
"""The pack's fixtures and the record of its proofs."""

GUIDES = "docs/guides"
"""The guides of the pack's rules."""

LISTS = "lists"
"""The named lists that rules carry."""

LOCK = "versions.json"
"""The versions of the pack's rules."""

PACK = "sigma"
"""The pack's rules."""

SITE = "site"
"""The catalogue; generated and not committed."""

FILE = "stagewatch.toml"
"""The configuration of a repository, at its root."""

PROJECT = "pyproject.toml"
"""May hold the configuration too, below ``[tool.stagewatch]``."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rules on which a check's code is silent, with the reason that a reviewer reads."""

    code: str
    rules: tuple[str, ...]
    reason: str

    def matches(self, stem: str, path: str) -> bool:
        """Whether a rule is meant: by its file stem, or by its path below the root; both with ``*`` and ``?``."""
        return any(fnmatch.fnmatchcase(path if "/" in rule else stem, rule) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What ``check`` leaves out: codes everywhere (``ignore``), all but some (``select``), codes on some rules."""

    ignore: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    exclude: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffSettings:
    """What ``diff`` compares with where it is not told (``base``, a git revision), and folders of more events."""

    base: str | None = None
    events: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a repository keeps its parts. Paths are absolute; what a repository need not have may be absent on disk.

    ``rules`` and ``filters`` are files or folders of Sigma; ``pipelines`` are files applied before the targets' own;
    ``targets`` are names of targets, empty for all; ``environment`` is a site's file. ``shown`` says how a path is
    printed: relative to the root, with forward slashes.
    """

    root: Path
    rules: tuple[Path, ...]
    fixtures: Path
    guides: Path
    lists: Path
    lock: Path
    dist: Path
    filters: tuple[Path, ...] = ()
    pipelines: tuple[Path, ...] = ()
    targets: tuple[str, ...] = ()
    environment: Path | None = None
    check: CheckSettings = CheckSettings()
    diff: DiffSettings = DiffSettings()
    named: frozenset[str] = frozenset()
    """The keys that the configuration sets: what it names has to be there, what is ours by default need not."""
    file: str = FILE
    """The configuration's name for messages, whether it is there or not."""

    def shown(self, path: Path) -> str:
        """A path as it is printed: relative to the root where it lies below it, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def absent(self, key: str, path: Path) -> str:
        """What to say where a part is not there: what was looked for, and where it is configured."""
        return f"there is no {self.shown(path)}; `{key}` in {self.file} says where it is"

    def has(self, key: str, path: Path) -> bool:
        """Whether a part is there. Raises :class:`UsageError` where the configuration names it and it is not.

        The output need not be: many build it only where it is used.
        """
        if path.exists():
            return True
        if key in self.named and key != "dist":
            raise UsageError(self.absent(key, path))
        return False


def read_layout(root: Path, config: Path | None = None) -> Layout:
    """The layout of the repository at ``root``, from ``config`` or from where a repository keeps its configuration.

    Raises :class:`UsageError` with file, line and key for whatever is wrong in it.
    """
    from stagewatch.layout_file import read_configuration

    return read_configuration(root, config)


def find_root(start: Path) -> Path:
    """The nearest folder, from ``start`` upwards, with a configuration or a git repository; else ``start``."""
    from stagewatch.layout_file import is_configured

    start = start.resolve()
    for folder in (start, *start.parents):
        if is_configured(folder) or (folder / ".git").exists():
            return folder
    return start


def inside(name: str) -> bool:
    """Whether a path of a configuration, as it is written, stays below the root."""
    path = PurePosixPath(name)
    backwards = "\\" in name or (len(name) > 1 and name[1] == ":")
    return not (backwards or path.is_absolute() or ".." in path.parts or not path.parts)
