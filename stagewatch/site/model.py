"""What the pages know, and what a page is. Values alone: nothing here reads or writes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stagewatch.fixtures import Fixture
from stagewatch.objects.attack import Technique
from stagewatch.objects.description import Description
from stagewatch.pack import PackFilter, PackRule
from stagewatch.site.benchmarks import Chart
from stagewatch.site.engine import NO_ENGINE, Engine
from stagewatch.site.examples import NO_EXAMPLES, Examples
from stagewatch.site.seeds import Seeds
from stagewatch.site.techniques import TechniqueText

SECTIONS = ("Home", "Techniques", "Rules", "Coverage", "Proof", "Seeds", "Import", "Docs", "Playground")
"""The sections of the navigation, in order. A page belongs to one."""

TECHNIQUES = ("T1074", "T1074.001", "T1074.002")
"""Techniques that have a page of the site's own."""

DOWNLOADS = "downloads"
"""Where byte-equal copies stand: those of ``dist/`` as they are there, rule files below ``sigma/``."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site. :mod:`stagewatch.site` tells how one is written.

    ``fragments`` are what stands in for the marks of a draft: HTML that Markdown does not see. ``files`` are further
    files, by path in the site. ``keywords`` are found by the search besides headings and text. ``order`` sorts pages
    of a section, then their titles. ``label`` is the name in the navigation where the title is too long for it.
    ``crumbs`` is HTML above the heading, of links to where the page belongs. ``tag`` is shown beside it by the search.
    """

    path: str
    title: str
    markdown: str
    section: str
    description: str = ""
    label: str = ""
    listed: bool = True
    order: int = 100
    fragments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    scripts: tuple[str, ...] = ()
    policy: bool = False
    """Whether the page has a Content Security Policy; its files must then hold all that it runs."""
    keywords: tuple[str, ...] = ()
    crumbs: str = ""
    tag: str = ""
    searched: bool = True
    hide: tuple[str, ...] = ()
    """Of ``navigation`` and ``toc``, what the page goes without."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query file of ``dist/``: its path there, its suffix (``.where.aql``) and its text."""

    path: str
    suffix: str
    text: str


@dataclass(frozen=True, slots=True)
class OnTarget:
    """What became of a rule on a target, as the manifest tells it. Paths are those below ``dist/``.

    ``proof`` is the manifest's, None where there is none. ``objects`` are the rule's own files for import and then
    those that hold all rules.
    """

    target: str
    status: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    window: str | None
    queries: tuple[Query, ...]
    objects: tuple[str, ...]
    without_object: str | None
    proof: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Analytic:
    """An analytic of an ATT&CK detection strategy: ``DET0261``, ``AN0724``."""

    strategy: str
    analytic: str

    @property
    def url(self) -> str:
        return f"https://attack.mitre.org/detectionstrategies/{self.strategy}#{self.analytic}"


@dataclass(frozen=True, slots=True)
class SiteRule:
    """A rule or correlation with all that is known of it.

    ``summary`` is the description without its last line, of which ``analytics`` are made. ``bases`` are the stems of
    what a correlation refers to, ``used_by`` those of the correlations that refer to this rule. ``filters`` are those
    that touch it. ``words`` say what the rule asks, lines with the depth of each. ``source`` is the rule's
    file; a file with several rules is that of each.
    """

    stem: str
    entry: PackRule
    described: Description
    status: str
    summary: str
    analytics: tuple[Analytic, ...]
    source: bytes
    version: int | None
    meaning: str | None
    targets: Mapping[str, OnTarget]
    fixture: Fixture | None
    words: tuple[tuple[int, str], ...] = ()
    examples: Examples = NO_EXAMPLES
    bases: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    filters: tuple[SiteFilter, ...] = ()

    @property
    def title(self) -> str:
        return self.described.title

    @property
    def level(self) -> str:
        return self.described.level

    @property
    def is_correlation(self) -> bool:
        return self.described.correlation is not None

    @property
    def path(self) -> str:
        """Where its page stands."""
        return f"rules/{self.stem}.html"

    @property
    def download(self) -> str:
        """The rule's file below the downloads."""
        return f"sigma/{self.entry.source.path.partition('/')[2] or self.entry.source.path}"


@dataclass(frozen=True, slots=True)
class SiteFilter:
    """A filter of the pack and the stems of the rules that it touches; ``stem`` is that of its file."""

    stem: str
    title: str
    text: str
    entry: PackFilter
    touches: frozenset[str]


@dataclass(frozen=True, slots=True)
class Model:
    """All that pages are made of. Every mapping and tuple is in an order that depends on names alone.

    ``docs`` are the Markdown files below ``docs/`` by path (``targets/splunk.md``), ``coverage`` is ``coverage.yml``
    as plain data, ``files`` are all of ``dist/`` by path. ``engine`` is what the playground runs on.
    """

    rules: tuple[SiteRule, ...]
    filters: tuple[SiteFilter, ...]
    files: Mapping[str, bytes]
    docs: Mapping[str, str]
    coverage: Mapping[str, Any]
    manifest: Mapping[str, Any]
    generator: str
    root: Path
    techniques: tuple[TechniqueText, ...] = ()
    benchmarks: tuple[Chart, ...] = ()
    engine: Engine = NO_ENGINE
    seeds: Seeds | None = None
    by_stem: Mapping[str, SiteRule] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_stem", MappingProxyType({rule.stem: rule for rule in self.rules}))

    @staticmethod
    def link(page: str, to: str) -> str:
        """The relative address of a place of the site (``rules/x.html#sigma``) as seen from a page."""
        path, mark, anchor = to.partition("#")
        return posixpath.relpath(path, posixpath.dirname(page) or ".") + mark + anchor if path else to

    @classmethod
    def download(cls, page: str, path: str) -> str:
        """The relative address of the copy of a file of ``dist/`` or of a rule's file."""
        return cls.link(page, f"{DOWNLOADS}/{path}")


def technique_address(page: str, technique: Technique) -> str:
    """Where a technique is told of, as seen from a page: here or at MITRE."""
    if technique.id in TECHNIQUES:
        return Model.link(page, f"techniques/{technique.id}.html")
    return technique.url
