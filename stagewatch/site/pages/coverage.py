"""Coverage: behaviours by platform as a picture and as tables, and the layer for ATT&CK Navigator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stagewatch.site.behaviours import Behaviour, behaviours
from stagewatch.site.charts import matrix
from stagewatch.site.markup import Draft, link, table, text
from stagewatch.site.model import Model, Page, technique_address
from stagewatch.site.navigator import PATH as LAYER
from stagewatch.site.navigator import by_technique, layer
from stagewatch.site.pages import coverage_platform
from stagewatch.site.pages.cells import LEGEND, rule_link, states, targets_of, turned
from stagewatch.site.pages.rules import PATH as RULES
from stagewatch.site.platforms import NAMES

INDEX = "coverage/index.html"
BEHAVIOURS = "coverage/behaviours.html"


def pages(site: Model) -> Iterable[Page]:
    """The overview, the rules of each behaviour, and what each platform cannot see."""
    known = behaviours(site)
    yield _overview(site, known)
    if known:
        yield _by_rule(site, known)
    yield from coverage_platform.pages(site)


def _overview(site: Model, known: Sequence[Behaviour]) -> Page:
    draft = Draft()
    targets = targets_of(site)
    if known:
        answered = sum(bool(one.rules) for one in known)
        draft.add(
            f"{len(known)} ways in which data is staged, {answered} of them answered by rules; why the others are not "
            "stands below. For each platform: how many of the rules have a query there that means all of the rule, "
            "and how many see less."
        )
        draft.add("## Picture {: #picture }", *_picture(known, targets, draft))
        draft.add(
            "## Table {: #table }", "Queries of all rules that answer a behaviour; in brackets those that see less."
        )
        draft.add(draft.html(_table(site, known, targets)))
        draft.add(*_left_out(known))
    draft.add("## What each platform cannot see {: #platforms }")
    rows = [coverage_platform.summary(site, name, INDEX) for name in targets]
    header = ["Platform", "All of the rule", "Part of it", "None", "More"]
    draft.add(draft.html(table(header, rows, label="Platforms", kind="sw-narrow")))
    draft.add(*_navigator(site, draft))
    return Page(
        path=INDEX,
        title="Coverage",
        markdown=draft.markdown,
        section="Coverage",
        description="What the rules look for, and on which platform they can.",
        label="Overview",
        order=0,
        fragments=draft.fragments,
        files={LAYER: layer(site)},
    )


def _picture(known: Sequence[Behaviour], targets: Sequence[str], draft: Draft) -> Iterator[str]:
    rows = [(NAMES[name], [(str(one.number), one.counts(name)) for one in known]) for name in targets]
    about = (
        f"{len(targets)} platforms by {len(known)} behaviours. A cell is filled by the share of the behaviour's rules "
        "that have a query on the platform. The table below has the numbers."
    )
    picture = matrix("coverage", "Behaviours by platform", about, rows)
    yield draft.html(
        f'<div class="sw-scroll" tabindex="0" role="region" aria-label="Picture of coverage">{picture}</div>'
    )
    yield draft.html(
        '<ul class="sw-legend">'
        + _key("all of the rule", '<rect class="sw-svg-ok" width="12" height="12"/>')
        + _key("part of it", '<rect class="sw-svg-degraded" fill="url(#coverage-hatch)" width="12" height="12"/>')
        + _key(
            "none",
            '<rect class="sw-svg-empty" x=".5" y=".5" width="11" height="11"/><path class="sw-svg-none" d="M3 6h6"/>',
        )
        + "</ul>"
    )
    yield "The numbers are those of the table."


def _key(shown: str, drawn: str) -> str:
    return f'<li><svg class="sw-key" viewBox="0 0 12 12" aria-hidden="true">{drawn}</svg> {shown}</li>'


def _table(site: Model, known: Sequence[Behaviour], targets: Sequence[str]) -> str:
    rows = []
    for one in known:
        name = link(text(f"{one.number}. {one.name}"), site.link(INDEX, f"{BEHAVIOURS}#{one.anchor}"))
        rows.append([name, str(len(one.rules)), *(_number(one, target) for target in targets)])
    header = ["Behaviour", "Rules", *map(turned, targets)]
    return table(header, rows, label="Behaviours by platform", kind="sw-numbers-table")


def _number(one: Behaviour, target: str) -> str:
    counts = one.counts(target)
    whole, part = counts.get("ok", 0), counts.get("degraded", 0)
    if not whole + part:
        return '<span class="sw-st-unsupported">none</span>'
    kind = "ok" if whole == len(one.rules) else "degraded"
    return f'<span class="sw-st-{kind}">{whole + part}{f" ({part})" if part else ""}</span>'


def _left_out(known: Sequence[Behaviour]) -> Iterator[str]:
    left = [one for one in known if one.left_out]
    if left:
        yield "## Left out {: #left-out }"
        yield "\n".join(f"- <strong>{text(one.name)}</strong>: {text(one.left_out)}" for one in left)


def _navigator(site: Model, draft: Draft) -> Iterator[str]:
    yield "## ATT&CK Navigator {: #navigator }"
    address = site.link(INDEX, LAYER)
    yield (
        f'<a href="{address}" download>stagewatch.json</a> is a layer of format 4.5: in '
        '<a href="https://mitre-attack.github.io/attack-navigator/" rel="noopener noreferrer">ATT&CK Navigator</a> '
        "choose Open Existing Layer, then Upload from local. The score of a technique is the number of rules and "
        "correlations that are tagged with it; their names, levels and platforms stand in its metadata."
    )
    rows = [
        [
            link(text(f"{one.id} {one.name}"), technique_address(INDEX, one)),
            text(", ".join(tactic.name for tactic in one.tactics)),
            link(str(len(rules)), f"{site.link(INDEX, RULES)}?technique={one.id}"),
        ]
        for one, rules in by_technique(site).items()
    ]
    yield draft.html(table(["Technique", "Tactic", "Rules"], rows, label="Techniques", kind="sw-narrow"))


def _by_rule(site: Model, known: Sequence[Behaviour]) -> Page:
    """What ``docs/coverage.md`` is in the repository."""
    draft = Draft()
    targets = targets_of(site)
    draft.add(f"{LEGEND} A rule may answer more than one behaviour.")
    header = ["Rule", *map(turned, targets)]
    for one in known:
        draft.add(f"## {one.number}. {text(one.name)} {{: #{one.anchor} }}")
        if one.left_out:
            draft.add(f"No rule. {text(one.left_out)}")
        if one.rules:
            rows = [[rule_link(site, BEHAVIOURS, rule), *states(rule, targets)] for rule in one.rules]
            draft.add(draft.html(table(header, rows, label=one.name, kind="sw-states")))
    return Page(
        path=BEHAVIOURS,
        title="Behaviours and their rules",
        markdown=draft.markdown,
        section="Coverage",
        description="The rules that answer each behaviour, and what becomes of them on each platform.",
        order=10,
        fragments=draft.fragments,
    )
