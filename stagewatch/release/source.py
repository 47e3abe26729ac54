"""What a release is made of, read from the repository and compared with what a build gives now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch import manifest, output, proofs
from stagewatch.build import Build, build
from stagewatch.findings import Finding, UsageError
from stagewatch.layout import DIST, FIXTURES, GUIDES, LOCK, PACK
from stagewatch.objects.deploy import Deployment
from stagewatch.pack import read_pack
from stagewatch.targets import TARGETS, load_target
from stagewatch.versions import drift, read_lock

_LICENSES = ("LICENSE", "LICENSE.Detection.Rules.md")

_FOLDERS = {
    PACK: ".yml",
    "lists": ".yml",
    "pipelines": ".yml",
    GUIDES: ".md",
    "docs/import": ".md",
    "docs/targets": ".md",
}
"""Folder -> the suffix of its files that are released. Whatever else an editor leaves there is not."""

_SHOWN = 20
"""Differences that are told one by one: after a change of the converter all files differ."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a release is made of: files (path below the root -> content), and the manifest of ``dist/``."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    findings: tuple[Finding, ...]
    """Why it cannot be released as it is."""


def read_source(root: Path) -> Source:
    """Read the repository and build its pack in memory. Raises :class:`UsageError` where a part is missing."""
    committed = _below(root / DIST)
    if not committed:
        raise UsageError(f"there is no {DIST}/ in {root}; run python convert.py")
    pack = read_pack((root / PACK,))
    lock = read_lock(root / LOCK)
    record = proofs.read(root / FIXTURES / proofs.FILE)
    targets = [load_target(name) for name in TARGETS]
    built = build(pack, targets, record=record, deployment=Deployment(lock, root / GUIDES))
    fresh = {**built.files, output.MANIFEST: manifest.dump(built.manifest)}
    files = {f"{DIST}/{path}": content for path, content in committed.items()}
    for folder, suffix in _FOLDERS.items():
        kept = {path: content for path, content in _below(root / folder).items() if path.endswith(suffix)}
        files.update({f"{folder}/{path}": content for path, content in kept.items()})
    files.update({name: _read(root / name) for name in _LICENSES})
    findings = [*_troubles(built), *drift(pack, lock), *differences(committed, fresh)]
    return Source(files, built.manifest, tuple(findings))


def differences(committed: Mapping[str, bytes], fresh: Mapping[str, bytes]) -> list[Finding]:
    """What is not in ``dist/`` as a build gives it."""
    found = [
        Finding(f"{DIST}/{path}", None, None, message)
        for path in sorted(committed.keys() | fresh.keys())
        for message in [_difference(committed.get(path), fresh.get(path))]
        if message is not None
    ]
    rest = len(found) - _SHOWN
    if rest > 0:
        found[_SHOWN:] = [Finding(DIST, None, None, f"{rest} more files are not what a build gives")]
    return found


def _difference(committed: bytes | None, fresh: bytes | None) -> str | None:
    if committed == fresh:
        return None
    if committed is None:
        return "a build gives this file, and it is missing; run python convert.py"
    if fresh is None:
        return "no build gives this file; run python convert.py"
    return "it is not what a build gives; run python convert.py"


def _troubles(built: Build) -> Iterable[Finding]:
    return (*built.pack.findings, *built.failures, *built.defects, *built.disproved)


def _below(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
