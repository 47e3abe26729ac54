"""Where the parts of the repository are, below its root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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

    def shown(self, path: Path) -> str:
        """A path as it is printed: relative to the root where it lies below it, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


def read_layout(root: Path) -> Layout:
    """The layout of the repository at ``root``."""
    return Layout(
        root=root,
        rules=(root / PACK,),
        fixtures=root / FIXTURES,
        guides=root / GUIDES,
        lists=root / LISTS,
        lock=root / LOCK,
        dist=root / DIST,
    )
