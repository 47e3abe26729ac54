"""What is asked of git: which revision is meant, what lies in its tree, and the content of files.

Only plumbing is called, which runs no hook, no filter and no program that a repository's configuration names. A
revision is one argument that cannot be taken for an option.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stagewatch.findings import UsageError, one_line

DEFAULTS = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
"""Where a repository's default branch is looked for, in this order."""

TIMEOUT = 120
"""Seconds after which git is not waited for any longer."""

_TAKEN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets while it runs a hook; the repository is the one of the folder here."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit: its full ``hash``, and how it was ``found``, in words for the report."""

    hash: str
    found: str

    def __str__(self) -> str:
        return f"{self.hash[:12]} ({self.found})" if self.found else self.hash[:12]


@dataclass(frozen=True, slots=True)
class TreeFile:
    """An entry of a revision's tree. ``path`` is from the top of the repository, with forward slashes.

    ``mode`` is git's: ``120000`` for a symbolic link, ``160000`` for a submodule, which has no ``size``.
    """

    mode: str
    hash: str
    size: int
    path: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository in which a folder lies. ``prefix`` is that folder from its top: empty, or ``a/b/``."""

    folder: Path
    prefix: str
    shallow: bool

    def revision(self, name: str) -> Revision:
        """The commit that a name means. Raises :class:`UsageError` for one that is not there."""
        found = None
        if name and not name.startswith("-") and name.isprintable():
            found = self._maybe("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if not found:
            raise UsageError(f"there is no revision {name!r} in this repository{self._remedy()}")
        return Revision(found, "" if found.startswith(name) else name)

    def default_base(self) -> Revision:
        """Where the branch at hand left the default branch; on that branch itself, the last commit."""
        for reference in DEFAULTS:
            tip = self._maybe("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
            if tip:
                branch = self._maybe("symbolic-ref", "--quiet", reference) or reference
                return self._merge_base(tip, branch.split("/", 2)[2])
        raise UsageError("there is no branch origin/HEAD, main or master to compare with; name a revision")

    def merge_base(self, name: str) -> Revision:
        """Where the branch at hand left the revision ``name``."""
        return self._merge_base(self.revision(name).hash, name)

    def _merge_base(self, tip: str, shown: str) -> Revision:
        found = self._maybe("merge-base", "HEAD", tip)
        if not found:
            raise UsageError(f"HEAD and {shown} have no commit in common{self._remedy()}")
        head = self._maybe("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return Revision(found, f"the last commit on {shown}" if found == head == tip else f"merge base with {shown}")

    def tree(self, revision: Revision) -> Iterator[TreeFile]:
        """Everything in the tree of a revision, folders aside."""
        listed = self._call("ls-tree", "-r", "-z", "-l", "--full-tree", revision.hash)
        for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
            if entry:
                described, _, path = entry.partition("\t")
                mode, _, name, size = described.split()
                yield TreeFile(mode, name, int(size) if size.isdigit() else 0, path)

    def contents(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """The content of blobs, by their hashes."""
        wanted = list(dict.fromkeys(hashes))
        data = self._call("cat-file", "--batch", given="".join(f"{one}\n" for one in wanted).encode())
        found: dict[str, bytes] = {}
        place = 0
        while place < len(data):
            end = data.index(b"\n", place)
            name, kind, *size = data[place:end].decode("ascii").split()
            if kind != "blob":
                raise UsageError(f"git does not have the object {name}: the clone is partial; fetch it first")
            place = end + 1 + int(size[0])
            found[name] = data[end + 1 : place]
            place += 1  # the line break behind it
        return found

    def _remedy(self) -> str:
        if not self.shallow:
            return ""
        return ": the clone is shallow; fetch more of it (git fetch --unshallow, or fetch-depth: 0 in a workflow)"

    def _maybe(self, *arguments: str) -> str:
        """What git answers; empty where it refuses."""
        answer = _run(self.folder, arguments)
        return answer.stdout.decode("ascii", "replace").strip() if answer.returncode == 0 else ""

    def _call(self, *arguments: str, given: bytes = b"") -> bytes:
        answer = _run(self.folder, arguments, given)
        if answer.returncode != 0:
            raise UsageError(f"git {arguments[0]} failed: {_reason(answer)}")
        return answer.stdout


def repository(folder: Path) -> Repository:
    """The repository in which a folder lies. Raises :class:`UsageError` where there is none, or no git."""
    answer = _run(folder, ("rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--show-prefix"))
    if answer.returncode != 0:
        raise UsageError(f"not a git repository: {_reason(answer)}")
    inside, shallow, prefix = (*answer.stdout.decode("utf-8", "surrogateescape").split("\n"), "", "")[:3]
    if inside != "true":
        raise UsageError("the folder is inside of git's own, not in a working tree")
    return Repository(folder, prefix, shallow == "true")


def _run(folder: Path, arguments: Iterable[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _TAKEN}
    environment |= {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; what strangers name stands behind --end-of-options
            ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - the user's own git
            cwd=folder,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed, and without it there is nothing to compare with") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"git did not answer within {TIMEOUT} seconds") from error
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror or error}") from error


def _reason(answer: subprocess.CompletedProcess[bytes]) -> str:
    text = answer.stderr.decode("utf-8", "replace").strip()
    return one_line(text.splitlines()[0].removeprefix("fatal: ")) if text else f"exit code {answer.returncode}"
