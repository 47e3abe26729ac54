"""The record of proofs: what ``prove`` found out, kept beside the fixtures for ``build`` to read.

A build proves nothing itself, so that it needs no engines and gives the same bytes on every machine. It looks each
query up here by its hash; a query that has changed since is not proven any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewatch.findings import UsageError

if TYPE_CHECKING:
    from stagewatch.prove import Proof

FILE = "proofs.json"
SCHEMA = 1

Record = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Stem of the rule -> target -> proof, as :meth:`stagewatch.prove.Proof.plain` gives it."""


def hashes(files: Mapping[str, str]) -> dict[str, str]:
    """Suffix -> SHA-256 of each query as its file in ``dist/`` holds it."""
    return {suffix: hashlib.sha256(f"{text}\n".encode()).hexdigest() for suffix, text in files.items()}


def record(proofs: Iterable[Proof], earlier: Record, *, whole: bool = True) -> Record:
    """The proofs in the form of a record, together with earlier ones of the same rules on other targets.

    Earlier proofs of rules that are not among these go, unless only a part of the rules was proven (not ``whole``).
    """
    result: dict[str, dict[str, Mapping[str, Any]]] = {} if whole else {stem: dict(of) for stem, of in earlier.items()}
    for proof in proofs:
        result.setdefault(proof.stem, dict(earlier.get(proof.stem, {})))[proof.target] = proof.plain()
    return result


def dump(proofs: Record) -> bytes:
    """Canonical JSON: sorted keys, two spaces, UTF-8, a final newline."""
    data = {"proofs": proofs, "schema": SCHEMA}
    return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def read(path: Path) -> Record:
    """The record in a file; empty where there is none. Raises :class:`UsageError` for a file that is no record."""
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] != SCHEMA:
            raise UsageError(f"{path}: a record of proofs of schema {data['schema']}, not {SCHEMA}")
        proofs: Record = data["proofs"]
        for targets in proofs.values():
            for proof in targets.values():
                proof["queries"], proof["verdict"], proof["problems"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a record of proofs: {type(error).__name__}: {error}") from error
    return proofs


def proof_of(proofs: Record, stem: str, target: str, queries: Mapping[str, str]) -> Mapping[str, Any] | None:
    """What is recorded of exactly these queries (suffix -> SHA-256), or None."""
    proof = proofs.get(stem, {}).get(target)
    return proof if proof is not None and proof["queries"] == queries else None
