"""Samples of output and proofs that are not what the rules say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stagewatch import build, manifest, proofs
from stagewatch.check.rebuilt import rebuilt
from stagewatch.check.run import read
from stagewatch.fixtures import read_fixtures
from stagewatch.layout import read_layout
from tests.check.samples import Files, Sample, rule, write
from tests.check.samples_beside import IDENTIFIER, STEM, WHOLE

TARGETS: Files = {"stagewatch.toml": 'targets = ["duckdb", "elastic"]\n'}
QUERY = f"elastic/queries/{STEM}.eql"

Change = Callable[[Path], None]


def nothing(_folder: Path) -> None:
    """Leave the output as it is."""


def built(change: Change, files: Files = {}) -> Change:  # noqa: B006 - read alone
    """A repository with its output, changed afterwards; ``files`` are put there once it is built."""

    def make(root: Path) -> None:
        write({**rule(), **TARGETS}, root)
        layout = read_layout(root)
        build.write(rebuilt(read(layout)), layout.dist)
        change(layout.dist)
        write(files, root)

    return make


def spare(folder: Path) -> None:
    (folder / "elastic/queries/gone.eql").write_text("any where true\n")


def proven(change: Callable[[dict[str, Any]], None]) -> Change:
    """A repository with a record of proofs, in which the proof on elastic is changed."""

    def make(root: Path) -> None:
        write({**rule(), **WHOLE, **TARGETS}, root)
        checked = read(read_layout(root))
        made = rebuilt(checked)
        digest = read_fixtures(root / "tests/rules", [])[IDENTIFIER].sha256
        record: dict[str, dict[str, Any]] = {STEM: {}}
        for target in made.targets:
            rendered = made.outcomes[STEM, target].rendered
            assert rendered is not None
            queries = proofs.hashes(rendered.files)
            told = dict.fromkeys(manifest.PROOF_KEYS)
            record[STEM][target] = {**told, "verdict": "proven", "problems": [], "queries": queries, "fixture": digest}
        change(record[STEM])
        (root / "tests/rules/proofs.json").write_text(json.dumps({"schema": 1, "proofs": record}))

    return make


def failed(record: dict[str, Any]) -> None:
    record["elastic"] |= {"verdict": "failed", "problems": ["hit: 0 hits, 1 expected"]}


SAMPLES = {
    "SW441": (
        Sample(built(lambda dist: (dist / QUERY).unlink()), built(nothing), line=1, about=QUERY),
        Sample(
            built(nothing, rule("proc_creation_win_second.yml", id="9a3a1ac9-16b5-4b0c-a0a5-c3a3f5f0d2aa")),
            {**rule(), **TARGETS},
            about="proc_creation_win_second",
        ),
    ),
    "SW442": (
        Sample(built(lambda dist: (dist / QUERY).write_text("any where true\n") and None), built(nothing), line=1),
        Sample(built(nothing, rule(level="high")), built(nothing), about="manifest.json"),
        Sample(built(lambda dist: (dist / "manifest.json").unlink()), built(nothing), about="no manifest"),
    ),
    "SW443": Sample(built(spare), built(nothing), about="gone.eql"),
    "SW451": Sample(proven(lambda record: record.pop("elastic")), proven(lambda _: None), line=1, about="elastic"),
    "SW452": (
        Sample(proven(lambda record: record["elastic"].update(queries={".eql": "0"})), proven(lambda _: None)),
        Sample(proven(lambda record: record["duckdb"].update(fixture="0")), proven(lambda _: None), about="duckdb"),
    ),
    "SW453": Sample(proven(failed), proven(lambda _: None), about="0 hits, 1 expected"),
}
