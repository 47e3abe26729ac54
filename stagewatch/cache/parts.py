"""Which files a command reads, by purpose; :mod:`stagewatch.cache.inputs` hashes them.

Too many files cost a moment, one too few gives a wrong answer: where in doubt a folder is taken as a whole. A test
watches what a cold run opens.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from stagewatch.cache.inputs import Part
from stagewatch.layout import FILE, PROJECT, Layout

SIGMA = (".yml", ".yaml")


def rule_parts(
    layout: Layout,
    config: Path | None,
    rules: Sequence[Path],
    filters: Sequence[Path],
    pipelines: Sequence[Path],
    env: Path | None,
) -> dict[str, Part]:
    """The configuration, rules, filters, pipelines and the site's file with all that it points to."""
    own = () if rules else layout.filters
    return {
        "configuration": Part((layout.root / FILE, layout.root / PROJECT, *([config] if config else []))),
        "rules": Part(tuple(rules or layout.rules), SIGMA),
        "filters": Part((*own, *filters), SIGMA),
        "pipelines": Part((*layout.pipelines, *pipelines)),
        "environment": Part(_environment(env, layout), SIGMA) if env is not None else Part(()),
    }


def build_parts(layout: Layout, record: Path | None) -> dict[str, Part]:
    """What a build reads besides: the record of proofs, the versions, the guides."""
    return {
        "proofs": Part(() if record is None else (record,)),
        "lock": Part((layout.lock,)),
        "guides": Part((layout.guides,), (".md",)),
    }


def check_parts(layout: Layout) -> dict[str, Part]:
    """What a check looks at besides: everything that a repository keeps."""
    return {
        "fixtures": Part((layout.fixtures,)),
        "guides": Part((layout.guides,)),
        "lists": Part((layout.lists,)),
        "lock": Part((layout.lock,)),
        "dist": Part((layout.dist,)),
    }


def fixture_parts(folder: Path, record: Path) -> dict[str, Part]:
    """The fixtures without the record of proofs, which is written there."""
    return {"fixtures": Part((folder,), (".yml", ".json"), frozenset({record}))}


def _environment(env: Path, layout: Layout) -> tuple[Path, ...]:
    """The site's file, filters of its own that it names, and the rules, filters and lists of which it may speak."""
    try:
        named = tomllib.loads(env.read_text(encoding="utf-8-sig")).get("filters", [])
        own = [env.parent / name for name in named if isinstance(name, str) and name.lower().endswith(SIGMA)]
    except (OSError, ValueError, TypeError, AttributeError):
        own = []  # the command will say what is wrong with it, and nothing is kept of a run that ends so
    return (env, *own, *layout.filters, *layout.rules, layout.lists)
