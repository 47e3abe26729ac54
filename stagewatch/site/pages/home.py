"""The home page: what this is, how much of it there is, and where to go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from stagewatch.objects.attack import techniques
from stagewatch.site.examples import Example
from stagewatch.site.markup import Draft, badge, link, table, text
from stagewatch.site.model import SECTIONS, TECHNIQUES, Model, Page, technique_address
from stagewatch.site.pages.rule_examples import example_card
from stagewatch.site.pages.rules import LEVELS
from stagewatch.site.platforms import PLATFORMS

PATH = "index.html"


def page(site: Model, others: Sequence[Page]) -> Page:
    """The home page of a site with these other pages."""
    draft = Draft()
    draft.add(draft.html(_hero(site)))
    shown = _shown(site)
    if shown is not None:
        stem, example = shown
        rule = site.by_stem[stem]
        draft.add("## What a rule answers to")
        draft.add(
            f"{link(text(rule.title), site.link(PATH, rule.path))} on one of its events. "
            "Marked is what the rule matches; below are its detections, and which of them hold."
        )
        draft.add(draft.html(example_card(example)))
    draft.add("## Platforms", draft.html(_platforms(site, others)))
    draft.add("## Techniques", draft.html(_techniques(site)))
    cards = _sections(others)
    if cards:
        draft.add("## Read on", draft.html(cards))
    return Page(
        path=PATH,
        title="Detections for staged data, each query proven",
        label="Home",
        markdown=draft.markdown,
        section="Home",
        description="Sigma rules for MITRE ATT&CK T1074 as queries for eight SIEM platforms, each with its proof.",
        fragments=draft.fragments,
        hide=("navigation", "toc"),
    )


def _hero(site: Model) -> str:
    joined = sum(rule.is_correlation for rule in site.rules)
    proven = sum(
        on.proof is not None and on.proof["verdict"] == "proven" for rule in site.rules for on in rule.targets.values()
    )
    events = sum(len(case.events) for rule in site.rules if rule.fixture for case in rule.fixture.cases)
    numbers = (
        (len(site.rules) - joined, "rules"),
        (joined, "correlations"),
        (proven, "queries proven"),
        (events, "events in fixtures"),
    )
    shown = "".join(f"<li><strong>{number:,}</strong> {escape(name)}</li>" for number, name in numbers)
    return (
        '<div class="sw-hero"><p>Data that is collected and put together before it leaves: Sigma rules for '
        "MITRE ATT&amp;CK T1074, and for each the query that means the same on every platform. A parser of the "
        "language accepts each query, an engine runs it on events, and what it hits is exactly what it should. "
        "What a platform cannot see is said.</p>"
        f'<p class="sw-actions"><a class="sw-action" href="{site.link(PATH, "rules/index.html")}">All rules</a></p>'
        f'<ul class="sw-numbers">{shown}</ul></div>'
    )


def _shown(site: Model) -> tuple[str, Example] | None:
    """An example for the page: the hit of a rule of the highest level with most of its value marked."""
    best = max(
        (
            (len(LEVELS) - LEVELS.index(rule.level), _marked(example), rule.stem, example)
            for rule in site.rules
            for example in rule.examples.hits[:1]
            if rule.level in LEVELS
        ),
        key=lambda one: one[:3],
        default=None,
    )
    return None if best is None else (best[2], best[3])


def _marked(example: Example) -> int:
    return sum(bool(value.spans) for value in example.values)


def _platforms(site: Model, others: Sequence[Page]) -> str:
    paths = {page.path for page in others}
    rows = []
    for name, platform in PLATFORMS.items():
        counts = Counter(rule.targets[name].status for rule in site.rules if name in rule.targets)
        if not counts:
            continue
        guide = f"import/{name}.html"
        rows.append(
            [
                link(text(platform.full), f"{site.link(PATH, 'rules/index.html')}?platform={name}"),
                text(platform.language),
                f"{_bar(counts)}{_counted(counts)}",
                link("Import", site.link(PATH, guide)) if guide in paths else "",
            ]
        )
    return table(["Platform", "Language", "Rules and correlations there", "Guide"], rows, label="Platforms")


def _bar(counts: Counter[str]) -> str:
    """How much of the pack a platform answers, as a picture of what stands beside it in words."""
    total, at, parts = sum(counts.values()), 0.0, []
    for status in ("ok", "degraded", "unsupported", "failed"):
        width = 100 * counts[status] / total
        parts.append(f'<rect class="sw-fill-{status}" x="{at:.2f}" width="{width:.2f}" height="8"/>' if width else "")
        at += width
    frame = 'class="sw-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"'
    return f"<svg {frame}>{''.join(parts)}</svg>"


def _counted(counts: Counter[str]) -> str:
    words = ("ok", "degraded", "unsupported", "failed")
    return f"<p>{', '.join(f'{counts[word]} {word}' for word in words if counts[word])}</p>"


def _techniques(site: Model) -> str:
    cells = []
    for number in TECHNIQUES:
        named = [rule for rule in site.rules if any(one.id == number for one in rule.described.techniques)]
        levels = Counter(rule.level for rule in named)
        badges = " ".join(badge(f"{levels[level]} {level}", f"level-{level}") for level in LEVELS if levels[level])
        technique = techniques()[number]
        cells.append(
            f"<li><strong>{link(text(f'{number} {technique.name}'), technique_address(PATH, technique))}</strong>"
            f"<p>{len(named)} rules and correlations</p><p>{badges}</p></li>"
        )
    return f'<ul class="sw-grid">{"".join(cells)}</ul>'


def _sections(others: Sequence[Page]) -> str:
    """A card for each section, of its first page."""
    cells = []
    for section in SECTIONS:
        first = next((page for page in others if page.section == section and page.listed), None)
        if first is not None:
            told = f"<p>{text(first.description)}</p>" if first.description else ""
            cells.append(f"<li><strong>{link(text(section), Model.link(PATH, first.path))}</strong>{told}</li>")
    return f'<ul class="sw-grid">{"".join(cells)}</ul>' if cells else ""
