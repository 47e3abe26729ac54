"""The versions of rules: ``versions.json`` says which version has which meaning, so that none changes under its number.

A rule begins with version 1. It rises by one when the meaning of the rule changes (:mod:`stagewatch.meaning`), or, for
a correlation, that of a rule that it refers to. Deployable objects carry it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stagewatch.findings import Finding, UsageError
from stagewatch.layout import LOCK
from stagewatch.meaning import meaning
from stagewatch.pack import Pack


@dataclass(frozen=True, slots=True)
class Version:
    """What the lock says of a rule. ``stem`` is there for those who read the file."""

    number: int
    meaning: str
    stem: str


Lock = Mapping[str, Version]
"""Rule id -> version."""


def read_lock(path: Path) -> Lock:
    """The lock; empty where there is none. Raises :class:`UsageError` for a file that is no lock."""
    try:
        data = json.loads(path.read_bytes())
        return {
            str(rule): Version(int(one["version"]), str(one["meaning"]), str(one["stem"])) for rule, one in data.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path.name} is no lock of versions: {error}") from error


def current(pack: Pack, lock: Lock) -> dict[str, Version]:
    """The lock as it has to be for this pack: new rules at 1, changed ones a number higher, removed ones gone."""
    fresh: dict[str, Version] = {}
    for entry in pack.rules:
        identifier = str(entry.rule.id)
        now = meaning(entry.rule)
        known = lock.get(identifier)
        number = 1 if known is None else known.number + (known.meaning != now)
        fresh[identifier] = Version(number, now, entry.source.stem)
    return fresh


def drift(pack: Pack, lock: Lock, shown: str = LOCK) -> list[Finding]:
    """Rules that are not as the lock says: without a version, or changed under the same one; and versions of none.

    ``shown`` is what the lock's file is called.
    """
    fresh = current(pack, lock)
    found = []
    for entry in pack.rules:
        known, now = lock.get(str(entry.rule.id)), fresh[str(entry.rule.id)]
        if known is None:
            found.append(Finding(entry.source.path, entry.source.line, None, "the rule has no version yet"))
        elif known.meaning != now.meaning:
            message = f"the rule has another meaning than version {known.number}, which the lock gives it"
            found.append(Finding(entry.source.path, entry.source.line, None, message))
    gone = sorted(known.stem for identifier, known in lock.items() if identifier not in fresh)
    return found + [Finding(shown, None, None, f"there is no rule {stem} any more") for stem in gone]


def departed(pack: Pack, lock: Lock) -> frozenset[str]:
    """The stems of rules that mean something else than their version: a site's values or filters are in them."""
    known = {
        entry.source.stem: (entry.rule, lock[str(entry.rule.id)]) for entry in pack.rules if str(entry.rule.id) in lock
    }
    return frozenset(stem for stem, (rule, version) in known.items() if meaning(rule) != version.meaning)


def dumped(lock: Lock) -> bytes:
    """The lock as a file, sorted by the rules' files."""
    ordered = sorted(lock.items(), key=lambda item: (item[1].stem, item[0]))
    data = {rule: {"meaning": one.meaning, "stem": one.stem, "version": one.number} for rule, one in ordered}
    return (json.dumps(data, indent=2) + "\n").encode()
