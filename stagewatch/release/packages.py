"""The packages at work in a release, and whether they are those of the lock."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stagewatch.findings import Finding, UsageError

_LOCK = "requirements.lock"
_EXTRA = "release"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package, under its canonical name, with the names of those that it needs."""

    name: str
    version: str
    needs: tuple[str, ...]


def packages(root: Path) -> dict[str, Package]:
    """Name -> package, for all that ``pyproject.toml`` says a release needs, and all that these need here.

    Raises :class:`UsageError` where one is not installed.
    """
    found: dict[str, Package] = {}
    waiting = [(name, frozenset[str]()) for name in _wanted(_project(root))]
    seen = set()
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        name, extras = asked
        package, needs = _installed(name, extras)
        known = found.get(name)
        found[name] = Package(
            name, package, tuple(sorted({*(known.needs if known else ()), *(one for one, _ in needs)}))
        )
        waiting += needs
    return dict(sorted(found.items()))


def direct(root: Path) -> tuple[str, ...]:
    """The names that ``pyproject.toml`` asks for."""
    return tuple(sorted(_wanted(_project(root))))


def disagreements(root: Path, found: Mapping[str, Package]) -> list[Finding]:
    """Where the packages at work are not those of ``requirements.lock``: others could not make this release again."""
    locked = _locked(_text(root / _LOCK))
    return [
        Finding(_LOCK, None, None, f"{name} {package.version} is at work; the lock has {locked.get(name, 'none')}")
        for name, package in found.items()
        if locked.get(name) != package.version
    ]


def _project(root: Path) -> list[str]:
    path = root / "pyproject.toml"
    try:
        project = tomllib.loads(_text(path))["project"]
        return [*project["dependencies"], *project["optional-dependencies"][_EXTRA]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} does not say what a release needs: {error}") from error


def _wanted(lines: Iterable[str]) -> set[str]:
    return {name for name, _ in _needed(lines, frozenset())}


def _installed(name: str, extras: frozenset[str]) -> tuple[str, list[tuple[str, frozenset[str]]]]:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise UsageError(f"{name} is not installed; install the extra '{_EXTRA}'") from error
    return distribution.version, _needed(distribution.requires or (), extras)


def _needed(lines: Iterable[str], extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Name and extras of the requirements that hold on this system."""
    environments = [{"extra": extra} for extra in sorted(extras | {""})]
    parsed = map(Requirement, lines)
    return [
        (canonicalize_name(one.name), frozenset(one.extras))
        for one in parsed
        if one.marker is None or any(one.marker.evaluate(environment) for environment in environments)
    ]


def _locked(text: str) -> dict[str, str]:
    """Name -> version, of the lines that hold on this system."""
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line))
    requirements = [one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate()]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in requirements}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
