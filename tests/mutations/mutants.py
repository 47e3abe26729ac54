"""Applies a mutation and proves the result: a mutation that is still proven shows that the proofs do not look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import yaml

from stagewatch import expression as ex
from stagewatch import pipelines
from stagewatch.conversion import convert
from stagewatch.findings import Finding
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.pack import Pack, PackRule, read_pack
from stagewatch.prove import Proof, prove_queries
from stagewatch.targets import load_target
from stagewatch.telemetry import load_telemetry

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

Files = Mapping[str, str]


@dataclass(frozen=True)
class Mutation:
    """``kind`` is where the change is made: in an emitted query, in a pipeline or in the code of the targets."""

    kind: str
    name: str
    rule: str
    target: str
    change: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.target}: {self.name} ({self.rule})"


def mutations() -> list[Mutation]:
    """All of them, queries first."""
    found = [Mutation("query", **_read(one)) for one in _listed("queries.yml")]
    found += [Mutation("pipeline", **_read(one)) for one in _listed("pipelines.yml")]
    found += [Mutation("code", name, rule, target, {}) for name, (rule, target, _) in CODE.items()]
    return found


def _listed(name: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return listed


def _read(one: dict[str, str]) -> dict[str, Any]:
    change = {key: one[key] for key in ("find", "replace")}
    return {"name": one["name"], "rule": one["rule"], "target": one["target"], "change": change}


def proof_of(mutation: Mutation) -> Proof:
    """The proof of what the mutation makes of the rule's queries. Raises where it changes nothing."""
    entry, fixture = rule(mutation.rule)
    files = _converted(mutation, entry)
    telemetry = load_telemetry(mutation.target)
    return prove_queries(
        mutation.rule, mutation.target, files, telemetry, fixture, is_correlation="correlation" in mutation.rule
    )


def _converted(mutation: Mutation, entry: PackRule) -> Files:
    honest = _files(entry, mutation.target)
    if mutation.kind == "query":
        find, replace = mutation.change["find"], mutation.change["replace"]
        # Of several files (the whole search and its bare filter) each that holds the text is changed.
        changed: Files = {suffix: text.replace(find, replace) for suffix, text in honest.items()}
    elif mutation.kind == "pipeline":
        with _changed_pipeline(mutation):
            changed = _files(entry, mutation.target)
    else:
        with CODE[mutation.name][2]():
            changed = _files(entry, mutation.target)
    if changed == honest:
        raise AssertionError(f"{mutation} changes nothing")
    return changed


def _files(entry: PackRule, target: str) -> Files:
    rendered = convert(entry.rule, load_target(target)).rendered
    assert rendered is not None
    return rendered.files


@contextmanager
def _changed_pipeline(mutation: Mutation) -> Iterator[None]:
    text = (REPOSITORY / "pipelines" / f"{mutation.target}.yml").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{mutation.target}.yml"
        path.write_text(text.replace(mutation.change["find"], mutation.change["replace"]), encoding="utf-8")
        with patch.object(pipelines, "house_directory", lambda: Path(folder)):
            yield


@cache
def _pack() -> Pack:
    return read_pack([REPOSITORY / "sigma"])


@cache
def _fixtures() -> dict[str, Fixture]:
    findings: list[Finding] = []
    fixtures = read_fixtures(REPOSITORY / "tests" / "rules", findings)
    assert findings == []
    return fixtures


def rule(stem: str) -> tuple[PackRule, Fixture]:
    """A rule of the pack and its fixture."""
    (entry,) = [entry for entry in _pack().rules if entry.source.stem == stem]
    return entry, _fixtures()[str(entry.rule.id)]


# --- in the code of the targets -------------------------------------------------------------------------------------


@contextmanager
def _shape(of: ex.Shape, as_: ex.Shape) -> Iterator[None]:
    """Every pattern of one shape is taken for one of another."""
    honest = ex.Glob.shape.func  # type: ignore[attr-defined]

    def shape(self: ex.Glob) -> ex.Shape:
        found: ex.Shape = honest(self)
        return as_ if found is of else found

    with patch.object(ex.Glob, "shape", property(shape)):
        yield


def _shapes(of: ex.Shape, as_: ex.Shape) -> Callable[[], Any]:
    return lambda: _shape(of, as_)


CODE: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "startswith for endswith": (
        "proc_creation_win_net_use_share",
        "defender",
        _shapes(ex.Shape.ENDSWITH, ex.Shape.STARTSWITH),
    ),
    "equals for endswith": (
        "proc_creation_win_net_use_share",
        "sentinel",
        _shapes(ex.Shape.ENDSWITH, ex.Shape.EQUALS),
    ),
}
"""Name -> rule, target and the change to the code."""
