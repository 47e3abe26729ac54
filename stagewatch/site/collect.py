"""Reads what the pages are made of: the pack, ``dist/``, fixtures, versions and ``docs/``, once and into values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.explain.run import explain
from stagewatch.findings import Finding, StagewatchError, UsageError
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.layout import Layout
from stagewatch.objects.description import describe
from stagewatch.objects.guide import read_guide
from stagewatch.output import MANIFEST, read_manifest
from stagewatch.pack import Pack, PackFilter, PackRule, read_pack
from stagewatch.site.benchmarks import read_benchmarks
from stagewatch.site.engine import NO_ENGINE, Engine
from stagewatch.site.examples import examples_of
from stagewatch.site.lineartime import search
from stagewatch.site.model import Analytic, Model, OnTarget, Query, SiteFilter, SiteRule
from stagewatch.site.seeds import FILE as SEEDS
from stagewatch.site.seeds import read_seeds
from stagewatch.site.techniques import TechniqueText, read_technique
from stagewatch.targets import TARGETS, load_target
from stagewatch.translation import Translator
from stagewatch.versions import Lock, read_lock
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

DOCS = "docs"
COVERAGE = "coverage.yml"
TECHNIQUES = "techniques"
BENCHMARKS = "benchmarks.yml"

_ANALYTICS = re.compile(r"\s*^ATT&CK detection strategy and analytic:(.*)$\s*", re.MULTILINE)
_STRATEGY = re.compile(r"(DET\d+) \(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What each rule takes its own part of."""

    rules: Sequence[PackRule]
    files: Mapping[str, bytes]
    fixtures: Mapping[str, Fixture]
    lock: Lock
    guides: Path
    filters: tuple[SiteFilter, ...]
    sources: Mapping[str, bytes]
    users: Mapping[int, Sequence[str]]
    translator: Translator
    root: Path


def collect(layout: Layout, findings: list[Finding], engine: Engine = NO_ENGINE) -> Model:
    """The model of a repository; what is wrong with rules and fixtures joins ``findings``.

    Raises :class:`UsageError` where there are no rules or no build, and :class:`StagewatchError` where the build is of
    other rules than those that stand there: pages would show one and offer the other.
    """
    pack = _pack(layout)
    findings += pack.findings
    try:
        manifest, files = _build(layout.dist)
    except (KeyError, TypeError, AttributeError) as error:
        raise StagewatchError(f"{layout.dist.name}/{MANIFEST} is of another kind; run `python convert.py`") from error
    entries = {str(one["stem"]): one for one in manifest["rules"]}
    _check_same(pack, entries)
    shelf = _Shelf(
        rules=pack.rules,
        files=files,
        fixtures=read_fixtures(layout.fixtures, findings) if layout.fixtures.is_dir() else {},
        lock=read_lock(layout.lock),
        guides=layout.guides,
        filters=_filters(pack),
        sources=_sources(layout.rules),
        users=_users(pack.rules),
        translator=load_target("duckdb").translator,
        root=layout.root,
    )
    rules = tuple(_rule(entry, entries[entry.source.stem], shelf) for entry in pack.rules)
    docs = layout.root / DOCS
    return Model(
        rules=rules,
        filters=shelf.filters,
        files=MappingProxyType(files),
        docs=MappingProxyType(_docs(docs)),
        coverage=MappingProxyType(_table(docs, COVERAGE, findings)),
        techniques=_techniques(docs, findings),
        benchmarks=read_benchmarks(BENCHMARKS, _table(docs, BENCHMARKS, findings)),
        manifest=MappingProxyType(manifest),
        generator=str(manifest["generator"]),
        root=layout.root,
        engine=engine,
        seeds=read_seeds(docs / SEEDS),
    )


def _pack(layout: Layout) -> Pack:
    for path in layout.rules:
        if not path.exists():
            raise UsageError(f"there is no {layout.shown(path)} in {layout.root}")
    return read_pack((*layout.rules, *layout.filters))


def _build(dist: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files of a build, each of them what the manifest says."""
    manifest = read_manifest(dist)
    if manifest is None or not isinstance(manifest.get("rules"), list):
        raise UsageError(f"there is no build in {dist}; run `python convert.py` first")
    files = {
        path.relative_to(dist).as_posix(): path.read_bytes()
        for path in sorted(dist.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    for rule in manifest["rules"]:
        for target in rule["targets"].values():
            for path, digest in {**target["files"], **target.get("objects", {})}.items():
                if path not in files or hashlib.sha256(files[path]).hexdigest() != digest:
                    raise StagewatchError(f"{dist.name}/{path} is not what {MANIFEST} says; run `python convert.py`")
    return manifest, files


def _check_same(pack: Pack, entries: Mapping[str, Mapping[str, Any]]) -> None:
    known = {entry.source.stem: entry.source.sha256 for entry in pack.rules}
    built = {stem: entry["sha256"] for stem, entry in entries.items()}
    for stem in sorted(known.keys() | built.keys()):
        if known.get(stem) != built.get(stem):
            raise StagewatchError(f"the build is of other rules than these ({stem}); run `python convert.py`")


def _filters(pack: Pack) -> tuple[SiteFilter, ...]:
    entries = sorted(pack.filters, key=lambda entry: (entry.source.path, entry.source.line))
    return tuple(
        SiteFilter(
            stem=Path(entry.source.path).stem,
            title=entry.filter.title,
            text=(entry.filter.description or "").strip(),
            entry=entry,
            touches=frozenset(rule.source.stem for rule in pack.rules if _touches(entry, rule)),
        )
        for entry in entries
    )


def _touches(entry: PackFilter, rule: PackRule) -> bool:
    """Whether a filter changes a rule, as pySigma applies it: it names the rule, and the log source is the rule's."""
    if not isinstance(rule.rule, SigmaRule) or rule.rule.logsource not in entry.filter.logsource:
        return False
    named = entry.filter.filter.rules
    if isinstance(named, str):
        return True
    marks = {str(rule.rule.id), rule.rule.name}
    return any(reference.reference in marks for reference in named)


def _sources(paths: Sequence[Path]) -> dict[str, bytes]:
    """SHA-256 -> content of every rule file, so that a rule finds its file by the hash that the pack gives it."""
    found: dict[str, bytes] = {}
    for root in paths:
        for path in sorted(root.rglob("*.y*ml")) if root.is_dir() else [root]:
            if path.is_file():
                raw = path.read_bytes()
                found[hashlib.sha256(raw).hexdigest()] = raw
    return found


def _bases(rule: PackRule) -> list[object]:
    if not isinstance(rule.rule, SigmaCorrelationRule):
        return []
    return [reference.rule for reference in rule.rule.referenced_rules]


def _users(rules: Iterable[PackRule]) -> dict[int, list[str]]:
    """Identity of a rule -> the stems of the correlations that refer to it."""
    users: dict[int, list[str]] = {}
    for entry in rules:
        for base in _bases(entry):
            users.setdefault(id(base), []).append(entry.source.stem)
    return users


def _rule(entry: PackRule, told: Mapping[str, Any], shelf: _Shelf) -> SiteRule:
    lock = shelf.lock.get(str(entry.rule.id))
    described = describe(entry, lock.number if lock else 1, read_guide(shelf.guides, entry.source.stem))
    text, analytics = _analytics(described.text)
    fixture = shelf.fixtures.get(str(entry.rule.id))
    stems = {id(one.rule): one.source.stem for one in shelf.rules}
    return SiteRule(
        stem=entry.source.stem,
        entry=entry,
        described=described,
        status="" if entry.rule.status is None else entry.rule.status.name.lower(),
        summary=text,
        analytics=analytics,
        source=shelf.sources[entry.source.sha256],
        version=lock.number if lock else None,
        meaning=lock.meaning if lock else None,
        targets=MappingProxyType(
            {name: _on_target(name, told["targets"][name], shelf.files) for name in TARGETS if name in told["targets"]}
        ),
        fixture=fixture,
        words=_words(entry, shelf.root),
        examples=examples_of(entry.rule, fixture, shelf.translator, search),
        bases=tuple(stems[id(base)] for base in _bases(entry)),
        used_by=tuple(shelf.users.get(id(entry.rule), ())),
        filters=tuple(one for one in shelf.filters if entry.source.stem in one.touches),
    )


def _words(entry: PackRule, root: Path) -> tuple[tuple[int, str], ...]:
    """What a rule asks, in words; none where that cannot be said of it."""
    try:
        told = explain(
            entry, lambda path: path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        )
    except StagewatchError:
        return ()
    return tuple((line.depth, line.text) for line in told.outline)


def _analytics(description: str) -> tuple[str, tuple[Analytic, ...]]:
    """A description without its line on ATT&CK's analytics, and what that line names."""
    line = _ANALYTICS.search(description)
    if line is None:
        return description.strip(), ()
    named = tuple(
        Analytic(strategy, analytic.strip())
        for strategy, analytics in _STRATEGY.findall(line[1])
        for analytic in analytics.split(",")
    )
    return _ANALYTICS.sub("\n", description).strip(), named


def _on_target(name: str, told: Mapping[str, Any], files: Mapping[str, bytes]) -> OnTarget:
    return OnTarget(
        target=name,
        status=str(told["status"]),
        reasons=tuple(told["reasons"]),
        warnings=tuple(told["warnings"]),
        window=told.get("window"),
        queries=tuple(
            Query(path, "." + path.rpartition("/")[2].partition(".")[2], files[path].decode()) for path in told["files"]
        ),
        objects=tuple(told.get("objects", ())),
        without_object=told.get("without_object"),
        proof=told.get("proof"),
    )


def _docs(folder: Path) -> dict[str, str]:
    """The Markdown files below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.md"))
        if path.is_file()
    }


def _table(docs: Path, name: str, findings: list[Finding]) -> dict[str, Any]:
    """A YAML file below ``docs/`` as plain data; empty where there is none, as in a repository of one's own."""
    path = docs / name
    if not path.is_file():
        return {}
    try:
        documents = load_documents(decoded(read_raw(path)))
    except YamlError as error:
        findings.append(Finding(f"{DOCS}/{name}", error.line, None, str(error)))
        return {}
    return dict(documents[0][1]) if documents and isinstance(documents[0][1], dict) else {}


def _techniques(docs: Path, findings: list[Finding]) -> tuple[TechniqueText, ...]:
    """The texts of techniques, by their numbers."""
    names = sorted(path.name for path in (docs / TECHNIQUES).glob("*.yml"))
    tables = ((name, _table(docs, f"{TECHNIQUES}/{name}", findings)) for name in names)
    return tuple(
        sorted((read_technique(name, data) for name, data in tables if data), key=lambda one: one.technique.id)
    )
