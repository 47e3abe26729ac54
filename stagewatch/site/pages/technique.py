"""A page per technique: what it is, who uses it and how, the rules, what they read, false positives, tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from stagewatch.objects.attack import Technique
from stagewatch.site import prose
from stagewatch.site.behaviours import Behaviour, behaviours
from stagewatch.site.docpaths import by_name, resolver
from stagewatch.site.markup import Draft, badge, code, link, outside, table, text
from stagewatch.site.model import Model, Page, SiteRule, technique_address
from stagewatch.site.pages.cells import rule_list
from stagewatch.site.pages.coverage import BEHAVIOURS
from stagewatch.site.pages.rules import LEVELS
from stagewatch.site.pages.rules import PATH as RULES
from stagewatch.site.pages.technique_tests import tests
from stagewatch.site.techniques import TechniqueText

RECORDED: Mapping[str, str] = MappingProxyType(
    {
        "windows / process_creation": "windows-sysmon",
        "windows / file_event": "windows-sysmon",
        "windows / security": "windows-the-security-log",
        "windows / ps_script": "windows-powershell",
        "linux / process_creation": "linux",
        "linux / file_event": "linux",
        "linux / auditd": "linux",
        "macos / process_creation": "macos",
        "aws / cloudtrail": "clouds",
        "azure / activitylogs": "clouds",
        "gcp / gcp.audit": "clouds",
    }
)
"""Log source -> the section of ``docs/telemetry.md`` that says what to switch on."""


def pages(site: Model) -> Iterable[Page]:
    """One page for each technique that the repository tells of."""
    return (page_of(site, told, order) for order, told in enumerate(site.techniques))


def page_of(site: Model, told: TechniqueText, order: int = 0) -> Page:
    """The page of a technique."""
    draft = Draft()
    rules = rules_of(site, told.technique)
    known = {one.number: one for one in behaviours(site)}
    draft.add(draft.html(f'<div class="sw-lead"><p>{text(told.lead)}</p></div>{_facts(site, told, rules)}'))
    draft.add("## What it is {: #what }", _prose(site, told.path, draft, told.what))
    draft.add(*_ways(site, told, known, draft))
    draft.add(*_rules(site, told, rules, known.values(), draft))
    draft.add(*_sources(site, told, rules, draft))
    draft.add(*_false_positives(site, told, rules, draft))
    draft.add(*tests(site, told, draft))
    draft.add(*_respond(told))
    draft.add(*_related(site, told, rules, draft))
    draft.add("## References {: #references }", "\n".join(f"- {outside(one)}" for one in told.references))
    names = [known.name for way in told.ways for known in way.known]
    return Page(
        path=told.path,
        title=f"{told.technique.id} {told.technique.name}",
        markdown=draft.markdown,
        section="Techniques",
        description=f"{told.lead} {len(rules)} rules and correlations.",
        order=order,
        fragments=draft.fragments,
        keywords=(told.technique.id, *names),
    )


def rules_of(site: Model, technique: Technique) -> tuple[SiteRule, ...]:
    """The rules that are tagged with a technique."""
    return tuple(rule for rule in site.rules if any(one.id == technique.id for one in rule.described.techniques))


def _facts(site: Model, told: TechniqueText, rules: tuple[SiteRule, ...]) -> str:
    technique = told.technique
    family = [one.technique for one in site.techniques if one.technique != technique]
    kin = [one for one in family if technique.id in (one.parent, one.id) or one.id == technique.parent]
    analytics = ", ".join(
        f"{link(text(one), f'https://attack.mitre.org/detectionstrategies/{told.strategy}#{one}')} {text(where)}"
        for one, where in told.analytics.items()
    )
    facts = [
        ("At MITRE", link(text(f"{technique.id} {technique.name}"), technique.url)),
        ("Tactic", ", ".join(link(text(one.name), one.url) for one in technique.tactics)),
        ("Platforms", text(", ".join(told.platforms))),
        (
            "Parent technique" if technique.is_sub else "Sub-techniques",
            ", ".join(link(text(f"{one.id} {one.name}"), technique_address(told.path, one)) for one in kin),
        ),
        (f"Analytics of {told.strategy}", analytics),
        ("Rules and correlations", link(str(len(rules)), _filtered(site, told))),
    ]
    rows = "".join(f"<div><dt>{text(name)}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    return f'<dl class="sw-facts">{rows}</dl>'


def _filtered(site: Model, told: TechniqueText, **more: str) -> str:
    """The list of rules, filtered."""
    asked = "&".join(f"{name}={value}" for name, value in {"technique": told.technique.id, **more}.items())
    return f"{site.link(told.path, RULES)}?{asked}"


def _prose(site: Model, page: str, draft: Draft, markdown: str) -> str:
    return draft.html(prose.html(markdown, resolver(site, page, "techniques"), by_name(site, page)))


def _ways(site: Model, told: TechniqueText, known: Mapping[int, Behaviour], draft: Draft) -> Iterator[str]:
    if not told.ways:
        return
    yield "## Who uses it, and how {: #who }"
    yield (
        "Groups, campaigns and software as ATT&CK tells of them; each name leads to its page there. "
        "Below each way stand the behaviours that the rules look for."
    )
    for number, way in enumerate(told.ways, start=1):
        yield f"### {text(way.name)} {{: #way-{number} }}"
        yield _prose(site, told.path, draft, way.how)
        if way.known:
            rows = [[f"{link(text(one.name), one.url)}<br>{code(one.id)}", text(one.does)] for one in way.known]
            yield draft.html(table(["Who", "What is known"], rows, label=f"Who: {way.name}", kind="sw-who"))
        answers = "".join(_answer(site, told.path, known[one]) for one in way.behaviours if one in known)
        if answers:
            yield draft.html(f'<div class="sw-answers"><p>What looks for it</p><ul>{answers}</ul></div>')


def _answer(site: Model, page: str, behaviour: Behaviour) -> str:
    shown = link(text(behaviour.name), site.link(page, f"{BEHAVIOURS}#{behaviour.anchor}"))
    if behaviour.left_out:
        return f"<li>{shown}: no rule. {text(behaviour.left_out)}</li>"
    number = len(behaviour.rules)
    return f"<li>{shown}: {number} {'rule' if number == 1 else 'rules'}</li>"


def _rules(
    site: Model, told: TechniqueText, rules: tuple[SiteRule, ...], known: Iterable[Behaviour], draft: Draft
) -> Iterator[str]:
    yield "## Rules {: #rules }"
    levels = Counter(rule.level for rule in rules)
    shown = " ".join(
        link(badge(f"{levels[level]} {level}", f"level-{level}"), _filtered(site, told, level=level))
        for level in LEVELS
        if levels[level]
    )
    yield draft.html(f'<p class="sw-badges">{shown}</p>')
    rows = []
    listed: set[str] = set()
    for behaviour in known:
        own = [rule for rule in behaviour.rules if rule in rules]
        listed.update(rule.stem for rule in own)
        if own:
            name = link(text(behaviour.name), site.link(told.path, f"{BEHAVIOURS}#{behaviour.anchor}"))
            rows.append([name, rule_list(site, told.path, own)])
    rest = [rule for rule in rules if rule.stem not in listed]
    if rest:
        rows.append(["Others", rule_list(site, told.path, rest)])
    yield draft.html(table(["Behaviour", "Rules and correlations"], rows, label="Rules by behaviour", kind="sw-half"))


def _sources(site: Model, told: TechniqueText, rules: tuple[SiteRule, ...], draft: Draft) -> Iterator[str]:
    counts = Counter(source for rule in rules for source in rule.described.sources)
    rows = []
    for source, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        anchor = RECORDED.get(source)
        there = anchor is not None and "telemetry.md" in site.docs
        address = site.link(told.path, f"docs/telemetry.html#{anchor}")
        rows.append([code(source), str(number), link("What to switch on", address) if there else ""])
    if rows:
        yield "## Data sources {: #sources }"
        yield "A rule sees what its log source records. A correlation counts for each source that it joins."
        yield draft.html(table(["Log source", "Rules", "Recording"], rows, label="Log sources", kind="sw-narrow"))


def _false_positives(site: Model, told: TechniqueText, rules: tuple[SiteRule, ...], draft: Draft) -> Iterator[str]:
    filters = {one.stem: sum(rule.stem in one.touches for rule in rules) for one in site.filters}
    rows = []
    for one in told.benign:
        touched = filters.get(one.filter)
        if touched is None:
            shown = ""
        else:
            address = site.link(told.path, f"docs/filters.html#{one.filter}")
            named = link(code(one.filter), address) if "filters.md" in site.docs else code(one.filter)
            shown = f"{named} touches {touched} of these rules.<br>"
        rows.append([f"<strong>{text(one.who)}</strong><br>{text(one.does)}", f"{shown}{text(one.instead)}"])
    if not (rows or told.tuning):
        return
    yield "## False positives and tuning {: #false-positives }"
    yield "Filters are off until you switch them on. What each gives away stands with it."
    header = ["Who does the same", "What the pack does"]
    yield draft.html(table(header, rows, label="False positives", kind="sw-half"))
    yield "### Tuning {: #tuning }"
    yield _prose(site, told.path, draft, "\n".join(f"- {one}" for one in told.tuning))


def _respond(told: TechniqueText) -> Iterator[str]:
    if told.respond:
        yield "## Investigate and respond {: #respond }"
        yield "What holds for all of these rules. The guide on each rule's page has its questions, steps and hunts."
        yield "\n".join(f"{number}. {text(one)}" for number, one in enumerate(told.respond, start=1))


def _related(site: Model, told: TechniqueText, rules: tuple[SiteRule, ...], draft: Draft) -> Iterator[str]:
    own = {one.technique.id for one in site.techniques}
    counts = Counter(one for rule in rules for one in rule.described.techniques if one.id not in own)
    if not counts:
        return
    yield "## Related techniques {: #related }"
    yield "What else these rules are tagged with."
    rows = [
        [
            link(text(f"{one.id} {one.name}"), technique_address(told.path, one)),
            text(", ".join(tactic.name for tactic in one.tactics)),
            link(str(number), f"{site.link(told.path, RULES)}?technique={one.id}"),
        ]
        for one, number in sorted(counts.items(), key=lambda item: (-item[1], item[0].id))
    ]
    yield draft.html(table(["Technique", "Tactic", "Rules"], rows, label="Related techniques", kind="sw-narrow"))
