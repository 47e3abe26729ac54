"""Applies a mutation and proves the result: a mutation that is still proven shows that the proofs do not look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
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
from stagewatch.languages import load_language
from stagewatch.pack import Pack, PackRule, read_pack
from stagewatch.prove import Proof, prove_queries
from stagewatch.regex import Dialect, from_globs
from stagewatch.targets import (
    duckdb,
    duckdb_correlation,
    elastic,
    elastic_fields,
    kql,
    kql_correlation,
    load_target,
    logscale,
    qradar,
    secops_events,
    splunk_search,
    sumo,
)
from stagewatch.targets.base import Renderer
from stagewatch.telemetry import load_telemetry

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

Files = Mapping[str, str]
Change = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutation:
    """``kind`` is where the change is made: in an emitted query, in a pipeline or in the code of the targets.

    In queries and pipelines ``find`` is replaced wherever it stands; the code of the targets has its own changes.
    """

    kind: str
    name: str
    rule: str
    target: str
    find: str = ""
    replace: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.name} ({self.rule})"


@dataclass(frozen=True)
class Outcome:
    """What the proofs say of a mutation, and what in them says it first."""

    mutation: Mutation
    proof: Proof
    caught_by: str


def mutations() -> list[Mutation]:
    """All of them, queries first."""
    found = [Mutation("query", **one) for one in _listed("queries.yml")]
    found += [Mutation("pipeline", **one) for one in _listed("pipelines.yml")]
    found += [Mutation("code", name, rule, target) for name, (rule, target, _) in CODE.items()]
    return found


def _listed(name: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return listed


@cache
def outcome(mutation: Mutation) -> Outcome:
    """The proof of what the mutation makes of the rule's queries. Raises where it changes nothing."""
    entry, fixture = rule(mutation.rule)
    files = _converted(mutation, entry)
    proof = _proof(mutation, files, fixture)
    return Outcome(mutation, proof, _caught_by(proof, files, mutation.target))


def _proof(mutation: Mutation, files: Files, fixture: Fixture) -> Proof:
    """That of the whole fixture; of a correlation's many cases only up to the first that tells."""
    correlation = mutation.rule.startswith("correlation")
    telemetry = load_telemetry(mutation.target)
    parts = [replace(fixture, cases=(case,)) for case in fixture.cases] if correlation else [fixture]
    for part in parts:
        proof = prove_queries(mutation.rule, mutation.target, files, telemetry, part, is_correlation=correlation)
        if proof.verdict == "failed":
            break
    return proof


def _caught_by(proof: Proof, files: Files, target: str) -> str:
    """The parser is asked first, then the schema; only a query that both accept is run, if the engine can."""
    if proof.verdict != "failed":
        return "nothing"
    if any(load_language(suffix).parse(text) for suffix, text in files.items()):
        return "parser"
    counts = Counter(found[0] for problem in proof.problems if (found := RUN.search(problem)))
    if counts:
        return ", ".join(f"{what} ({count})" for what, count in counts.items())
    schema = load_telemetry(target).schema
    return "schema" if any(load_language(suffix).check(text, schema) for suffix, text in files.items()) else "engine"


RUN = re.compile(r"missed|wrongly (hit|found)")


def _converted(mutation: Mutation, entry: PackRule) -> Files:
    honest = _honest(mutation.rule, mutation.target)
    if mutation.kind == "query":
        # Of several files (the whole search and its bare filter) each that holds the text is changed.
        changed: Files = {suffix: text.replace(mutation.find, mutation.replace) for suffix, text in honest.items()}
    else:
        with _changed_pipeline(mutation) if mutation.kind == "pipeline" else CODE[mutation.name][2]():
            changed = _files(entry, mutation.target)
    if changed == honest:
        raise AssertionError(f"{mutation} changes nothing")
    return changed


@cache
def _honest(stem: str, target: str) -> Files:
    return _files(rule(stem)[0], target)


def _files(entry: PackRule, target: str) -> Files:
    rendered = convert(entry.rule, load_target(target)).rendered
    assert rendered is not None
    return rendered.files


@contextmanager
def _changed_pipeline(mutation: Mutation) -> Iterator[None]:
    text = (REPOSITORY / "pipelines" / f"{mutation.target}.yml").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{mutation.target}.yml"
        path.write_text(text.replace(mutation.find, mutation.replace), encoding="utf-8")
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


def _shapes(of: ex.Shape, as_: ex.Shape) -> Change:
    return lambda: _shape(of, as_)


def _instead(owner: object, name: str, value: object) -> Change:
    """A function or constant of a target is another one."""
    return lambda: patch.object(owner, name, value)


def _without_ends(leaf: ex.Regex) -> tuple[str, str]:
    operator, pattern = elastic_fields.eql_regex(leaf)
    return operator, pattern.removeprefix(".*").removesuffix(".*")


def _own_bucket(writer: kql_correlation._Writer, time: str) -> str:
    return f"| mv-expand Bucket = pack_array(bin({time}, {writer.span})) to typeof(datetime)"


def _unguarded(renderer: qradar.AqlRenderer, term: ex.Expression) -> str:
    return f"(NOT ({' OR '.join(renderer.alternatives(term))}))"  # type: ignore[arg-type]


def _not_coalesced(renderer: duckdb.DuckdbRenderer, term: ex.Expression) -> str:
    return f"NOT ({renderer.expression(term)})"


def _unanchored(globs: tuple[ex.Glob, ...], dialect: Dialect, *, cased: bool) -> str:
    return from_globs(globs, dialect, cased=cased).replace("^", "")


def _any_rule(time: str, rule: int) -> str:
    return f'max("{time}") OVER before AS "start_{rule}"'


CODE: dict[str, tuple[str, str, Change]] = {
    "startswith for endswith": (
        "proc_creation_win_net_use_share",
        "defender",
        _shapes(ex.Shape.ENDSWITH, ex.Shape.STARTSWITH),
    ),
    "negation forgotten": (
        "proc_creation_win_net_use_share",
        "defender",
        _instead(kql.KqlRenderer, "negation", kql.KqlRenderer.operand),
    ),
    "equals for endswith": (
        "proc_creation_win_net_use_share",
        "sentinel",
        _shapes(ex.Shape.ENDSWITH, ex.Shape.EQUALS),
    ),
    "windows without their overlap": (
        "correlation_win_net_use_copy_to_unc_path",
        "sentinel",
        _instead(kql_correlation._Writer, "_buckets", _own_bucket),
    ),
    "backslashes not escaped": (
        "proc_creation_win_net_use_share",
        "splunk",
        _instead(splunk_search, "quote", lambda text: '"' + text.replace('"', '\\"') + '"'),
    ),
    "patterns for the whole value not opened": (
        "proc_creation_win_net_use_share",
        "elastic",
        _instead(elastic, "eql_regex", _without_ends),
    ),
    "AND written for OR": (
        "proc_creation_win_net_use_share",
        "elastic",
        _instead(elastic.EqlRenderer, "or_token", " and "),
    ),
    "lacking properties not guarded": (
        "file_event_win_susp_archive_in_staging_directory",
        "qradar",
        _instead(qradar.AqlRenderer, "negation", _unguarded),
    ),
    "parentheses left out": (
        "proc_creation_win_copy_unc_path",
        "elastic",
        _instead(Renderer, "operand", Renderer.expression),
    ),
    "wildcards of LIKE not escaped": (
        "proc_creation_win_powershell_copy_unc_path",
        "sumo",
        _instead(sumo, "_like_escaped", lambda text: text.replace("\\", "\\\\")),
    ),
    "flags of patterns lost": (
        "proc_creation_win_net_use_share",
        "secops",
        _instead(secops_events, "_split_flags", lambda pattern: ("", pattern.partition(")")[2])),
    ),
    "letters for volumes": (
        "file_event_win_susp_archive_in_uncommon_directory",
        "logscale",
        _instead(logscale.CqlRenderer, "_native_path", lambda _, glob: glob),
    ),
    "lacking columns not coalesced": (
        "file_event_win_susp_archive_in_staging_directory",
        "duckdb",
        _instead(duckdb.DuckdbRenderer, "negation", _not_coalesced),
    ),
    "letters taken for signs without case": (
        "proc_creation_win_net_use_share",
        "duckdb",
        _instead(duckdb, "has_case", lambda _: False),
    ),
    "contains for endswith": (
        "proc_creation_win_net_use_share",
        "duckdb",
        _shapes(ex.Shape.ENDSWITH, ex.Shape.CONTAINS),
    ),
    "patterns joined without their anchors": (
        "file_event_lnx_susp_file_in_hidden_tmp_directory",
        "duckdb",
        _instead(duckdb, "from_globs", _unanchored),
    ),
    "AND written without parentheses around OR": (
        "proc_creation_win_net_use_share",
        "duckdb",
        _instead(duckdb.DuckdbRenderer, "operand", duckdb.DuckdbRenderer.expression),
    ),
    "group keys not told apart": (
        "correlation_win_net_use_copy_to_unc_path",
        "duckdb",
        _instead(duckdb_correlation.Writer, "partition", ""),
    ),
    "rules not told apart": (
        "correlation_win_net_use_copy_to_unc_path",
        "duckdb",
        _instead(duckdb_correlation, "_latest", _any_rule),
    ),
}
"""Name -> rule, target and the change to the code."""
