"""``manifest.json``: what a build made of each rule on each target, for scripts that come after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stagewatch import __version__
from stagewatch.conversion import Outcome
from stagewatch.pack import PackRule
from stagewatch.versions import Lock

SCHEMA = 1
"""Raised when a key changes its meaning or goes away, not when one is added."""


PROOF_KEYS = ("engine", "events", "expected", "found", "parser", "verdict", "versions")
"""What the manifest tells of a proof: who accepted the query, who ran it, and on how many events with how many hits."""


def rule_entry(
    entry: PackRule, targets: Mapping[str, dict[str, Any]], lock: Lock, *, departed: bool = False
) -> dict[str, Any]:
    """The manifest's entry of one rule; ``targets`` holds a :func:`target_entry` per target.

    A rule whose version the lock does not know has none here either. One that has ``departed`` from its version, by a
    site's values or filters, has the version that it comes from, and says so in the place of the version's meaning.
    """
    rule, source = entry.rule, entry.source
    version = lock.get(str(rule.id))
    locked: dict[str, Any] = {}
    if version is not None:
        locked = {"version": version.number, **({"departed": True} if departed else {"meaning": version.meaning})}
    return {
        **locked,
        "id": None if rule.id is None else str(rule.id),
        "level": None if rule.level is None else rule.level.name.lower(),
        "path": source.path,
        "sha256": source.sha256,
        "stem": source.stem,
        "tags": sorted(f"{tag.namespace}.{tag.name}" for tag in rule.tags),
        "targets": dict(targets),
        "title": rule.title,
    }


def target_entry(outcome: Outcome, files: Mapping[str, bytes], proof: Mapping[str, Any] | None) -> dict[str, Any]:
    """What became of a rule on one target. ``files`` maps paths below the output folder to what is written there.

    ``proof`` is what is recorded of exactly these files, None where nothing is.
    """
    rendered = outcome.rendered
    entry: dict[str, Any] = {
        "files": hashes(files),
        "reasons": list(outcome.reasons),
        "status": outcome.status,
        "warnings": list(rendered.warnings) if rendered else [],
    }
    if rendered and rendered.window:
        entry["window"] = rendered.window
    if proof is not None:
        entry["proof"] = {key: proof[key] for key in PROOF_KEYS}
    return entry


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Path -> SHA-256 of the content."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def manifest(rules: list[dict[str, Any]], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole manifest; ``environment`` is the name and the hash of a site's settings where there are some."""
    site = {} if environment is None else {"environment": dict(environment)}
    return {**site, "generator": f"stagewatch {__version__}", "rules": rules, "schema": SCHEMA}


def dump(data: object) -> bytes:
    """Canonical JSON: sorted keys, two spaces, UTF-8, a final newline."""
    return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
