"""Samples of findings: for each code a small repository that raises it and one that does not.

A module ``tests/check/samples_<topic>.py`` exports ``SAMPLES: Mapping[str, Sample]`` by code; ``test_samples.py`` finds
these modules by their names, runs the checks of the module that owns the code on both, and fails where a code has no
sample. Several modules may have samples of the same code; a code may have several (``SAMPLES`` may map to a tuple).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stagewatch.check.model import Checked, Remark
from stagewatch.check.run import read
from stagewatch.layout import read_layout

Files = Mapping[str, str | bytes]
"""Path below the root of the scratch repository -> content."""

Content = Files | Callable[[Path], None]
"""The files of a repository, or what puts them there, given its (empty) root."""

SECTIONS = {
    "title": "Archive Written to a Staging Directory",
    "id": "5f0c3a0e-2b7d-4a55-9d0c-0f3f5f5ad111",
    "status": "experimental",
    "description": "Detects an archive that is written to a directory where data is collected before it leaves.",
    "references": "\n    - https://example.org/report",
    "author": "Somebody",
    "date": "2026-11-01",
    "tags": "\n    - attack.collection\n    - attack.t1074.001",
    "logsource": "\n    category: process_creation\n    product: windows",
    "detection": "\n    selection:\n        CommandLine|contains: 'staging-directory'\n    condition: selection",
    "falsepositives": "\n    - Backup software",
    "level": "medium",
}
"""The keys of a rule that no check minds, as text behind ``key:``, in SigmaHQ's order."""

RULE = "proc_creation_win_archive_in_staging.yml"


@dataclass(frozen=True, slots=True)
class Sample:
    """``bad`` raises the code and ``good`` does not. Where ``line`` is given, a remark of the code stands there.

    ``about`` is a word that its message must hold, ``target`` the target that it must name. ``hidden`` is a module that
    cannot be imported where the code is raised.
    """

    bad: Content
    good: Content
    line: int | None = None
    about: str = ""
    target: str | None = None
    hidden: str = ""


def rule(file: str = RULE, **sections: str | None) -> Files:
    """A repository of one rule: the default keys, changed as told (None leaves one out, a new one is put at the end).

    A section is what stands behind ``key:``; text of several lines is dedented and put below the key.
    """
    return {f"sigma/{file}": text(**sections)}


def detection(body: str, file: str = RULE, **sections: str | None) -> Files:
    """A repository of one rule with this detection (``selection: ...`` and ``condition: ...``)."""
    return rule(file, detection=body, **sections)


def text(**sections: str | None) -> str:
    """The text of a rule, as :func:`rule` says."""
    chosen: dict[str, str | None] = {**SECTIONS, **sections}
    return "".join(f"{key}:{_behind(value)}\n" for key, value in chosen.items() if value is not None)


def _behind(value: str) -> str:
    if value.startswith("\n    "):
        return value.rstrip("\n")
    body = textwrap.dedent(value).strip("\n")
    return f"\n{textwrap.indent(body, '    ')}" if "\n" in body or value.startswith("\n") else f" {body}"


def checked(content: Content, root: Path) -> Checked:
    """Put a repository to ``root`` and read it as ``check`` does."""
    root.mkdir(parents=True, exist_ok=True)
    if callable(content):
        content(root)
    else:
        write(content, root)
    return read(read_layout(root))


def write(files: Files, root: Path) -> None:
    """Write files below a folder."""
    for path, written in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(written.encode() if isinstance(written, str) else written)


def remarks(module: object, content: Content, root: Path) -> list[Remark]:
    """What the checks of one module say of a repository."""
    subject = checked(content, root)
    return [remark for check in module.CHECKS for remark in check(subject)]  # type: ignore[attr-defined]
