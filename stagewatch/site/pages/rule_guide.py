"""The analyst's guide and the hunting queries on a rule's page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagewatch.site import prose
from stagewatch.site.docpaths import by_name, resolver
from stagewatch.site.markup import Draft, text
from stagewatch.site.model import Model, SiteRule

HUNTING = "Hunting"
TUNING = "Tuning"

LEFT_OUT = ("False positives", TUNING, HUNTING)
"""Sections that the page has on its own."""


def hunting(rule: SiteRule, draft: Draft) -> Iterator[str]:
    """The hunting queries of a guide."""
    guide = rule.described.guide
    if guide is None or HUNTING not in guide.sections:
        return
    yield "## Hunting"
    yield "Broader than the rule, to look around with; too noisy to alert on."
    yield draft.html(prose.html(guide.sections[HUNTING], lambda _: None))


def tuning(site: Model, rule: SiteRule, draft: Draft) -> Iterator[str]:
    """What a guide says of tuning, below the false positives."""
    guide = rule.described.guide
    if guide is not None and TUNING in guide.sections:
        yield "### Tuning"
        yield draft.html(
            prose.html(guide.sections[TUNING], resolver(site, rule.path, "guides"), by_name(site, rule.path))
        )


def guide(site: Model, rule: SiteRule, draft: Draft) -> Iterator[str]:
    """The guide, its headings one level below the page's own sections."""
    if rule.described.guide is None:
        return
    yield "## Guide for the analyst {: #guide }"
    for part in prose.parts(rule.described.guide.text):
        if part.level < 2 or (part.heading in LEFT_OUT):
            continue
        mark = f"{'#' * min(part.level + 1, 6)} {text(part.heading)} {{: #{_anchor(part.heading)} }}"
        yield mark
        if part.body:
            yield draft.html(prose.html(part.body, resolver(site, rule.path, "guides"), by_name(site, rule.path)))


def _anchor(heading: str) -> str:
    return "guide-" + re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
