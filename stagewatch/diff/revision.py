"""A revision's part of a repository as files in a scratch folder: what its layout names, and nothing else.

A tree of git is a stranger's: no path of it leads out of the folder, no symbolic link is made, sizes are bounded.
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from stagewatch.diff.git import Repository, Revision, TreeFile
from stagewatch.findings import UsageError, one_line
from stagewatch.layout import FILE, PROJECT, Layout, read_layout
from stagewatch.yamlsafe import MAX_BYTES

MOST_FILES = 50_000
MOST_BYTES = 256 << 20
"""Of all files that are read of one revision."""

_LINK, _SUBMODULE = "120000", "160000"
_LFS = b"version https://git-lfs.github.com/spec/"


class Checkout:
    """Files of one revision, written to a scratch folder as they are asked for.

    ``root`` is the folder there that answers to the repository's root; ``notes`` say what was left out and why.
    """

    def __init__(self, repository: Repository, revision: Revision, scratch: Path) -> None:
        self._repository = repository
        self._scratch = scratch
        self._files = {entry.path: entry for entry in repository.tree(revision)}
        self._prefix = repository.prefix
        self._written: set[str] = set()
        self._bytes = 0
        self.root = scratch / self._prefix
        self.root.mkdir(parents=True, exist_ok=True)
        self.notes: list[str] = []

    def layout(self, head: Layout, config: Path | None, *, named: bool = False) -> Layout:
        """The layout at this revision: its own configuration's, and where it has none, the one of the other side.

        ``named``: the rules of the other side were named by the user, and are meant on this one too.
        """
        layout = self._configured(head, config)
        layout = replace(layout, rules=moved(head, self.root).rules) if named else layout
        self.write([layout.shown(path) for path in parts(layout)])
        self.write(_named_by_environment(layout))
        return layout

    def _configured(self, head: Layout, config: Path | None) -> Layout:
        if config is not None and not config.resolve().is_relative_to(head.root.resolve()):
            return read_layout(self.root, config)
        if config is not None:
            names = [config.resolve().relative_to(head.root.resolve()).as_posix()]
        else:
            names = [FILE, PROJECT]
        self.write(names)
        there = [self.root / name for name in names if (self.root / name).is_file()]
        own = head.file == FILE and not head.named  # no configuration on the other side: ours by default on both
        try:
            read = read_layout(self.root, there[0] if config is not None and there else None)
        except UsageError as error:
            self.notes.append(f"its configuration is not read: {error}")
            return moved(head, self.root)
        return read if read.named or own else moved(head, self.root)

    def write(self, names: Iterable[str]) -> None:
        """Write the files at or below these paths (from the root, forward slashes)."""
        wanted = [posixpath.normpath(f"{self._prefix}{name}") for name in names]
        found = [
            entry
            for path, entry in self._files.items()
            if path not in self._written and any(path == one or path.startswith(f"{one}/") for one in wanted)
        ]
        self._written.update(entry.path for entry in found)
        if len(self._written) > MOST_FILES:
            raise UsageError(f"the revision holds more than {MOST_FILES} files of rules")
        links = [entry.hash for entry in found if entry.mode == _LINK and entry.size <= MAX_BYTES]
        targets = self._repository.contents(links) if links else {}
        entries: dict[str, TreeFile] = {}
        for entry in found:
            if entry.mode == _SUBMODULE:
                self._leave(entry, "a submodule, whose files are not read")
            elif not _harmless(entry.path):
                self._leave(entry, "a path that is not taken from strangers")
            elif entry.mode != _LINK:
                entries[entry.path] = entry
            elif (real := self._followed(entry, targets.get(entry.hash, b""))) is not None:
                entries[entry.path] = real
            else:
                self._leave(entry, "a symbolic link that leads to no file of the repository")
        self._store(entries)

    def _followed(self, link: TreeFile, target: bytes) -> TreeFile | None:
        """The file of the same tree to which a symbolic link points; one step, as people use them."""
        beside = posixpath.dirname(link.path)
        real = self._files.get(posixpath.normpath(posixpath.join(beside, target.decode("utf-8", "surrogateescape"))))
        return None if real is None or real.mode in (_LINK, _SUBMODULE) else real

    def _store(self, entries: Mapping[str, TreeFile]) -> None:
        self._bytes += sum(min(entry.size, MAX_BYTES + 1) for entry in entries.values())
        if self._bytes > MOST_BYTES:
            raise UsageError(f"the revision holds more than {MOST_BYTES >> 20} MiB of rules")
        small = [entry.hash for entry in entries.values() if entry.size <= MAX_BYTES]
        contents = self._repository.contents(small) if small else {}
        for path, entry in entries.items():
            # a file that is too large for its readers is only as long, so that they say the same of both sides
            content = contents.get(entry.hash, bytes(MAX_BYTES + 1))
            if content.startswith(_LFS):
                self._leave(entry, "kept by Git LFS, whose files are not fetched")
                continue
            place = self._scratch / path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as file:
                    file.write(content)
            except (OSError, ValueError) as error:  # a name that this system does not take, or takes for another one
                self._leave(entry, f"not written: {getattr(error, 'strerror', None) or error}")

    def _leave(self, entry: TreeFile, reason: str) -> None:
        self.notes.append(f"{one_line(entry.path.removeprefix(self._prefix))} is left out: {reason}")


def parts(layout: Layout) -> list[Path]:
    """What is read of a layout; guides and output say nothing of what a rule means."""
    several = (*layout.rules, *layout.filters, *layout.pipelines)
    environment = () if layout.environment is None else (layout.environment,)
    return [*several, layout.fixtures, layout.lists, layout.lock, *environment, layout.root / HOUSE]


HOUSE = "pipelines"
"""Where the pipelines of Stagewatch's own repository are, which are compared where that is the one at hand."""


def moved(layout: Layout, root: Path) -> Layout:
    """The same layout below another root."""

    def there(path: Path) -> Path:
        return root / path.relative_to(layout.root) if path.is_relative_to(layout.root) else path

    return replace(
        layout,
        root=root,
        rules=tuple(map(there, layout.rules)),
        fixtures=there(layout.fixtures),
        guides=there(layout.guides),
        lists=there(layout.lists),
        lock=there(layout.lock),
        dist=there(layout.dist),
        filters=tuple(map(there, layout.filters)),
        pipelines=tuple(map(there, layout.pipelines)),
        environment=None if layout.environment is None else there(layout.environment),
    )


def _named_by_environment(layout: Layout) -> list[str]:
    """The site's own filters, whose files a site's settings name beside themselves."""
    if layout.environment is None or not layout.environment.is_file():
        return []
    try:
        data = tomllib.loads(layout.environment.read_bytes()[:MAX_BYTES].decode())
    except (ValueError, OSError):  # whoever reads the settings says what is wrong with them
        return []
    listed = data.get("filters", [])
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    folder = PurePosixPath(layout.shown(layout.environment)).parent
    return [str(folder / name) for name in names if name.endswith((".yml", ".yaml")) and _harmless(str(folder / name))]


def _harmless(path: str) -> bool:
    """Whether a path of a tree stays where it is put, on any system."""
    if "\\" in path or ":" in path or "\0" in path:
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))
