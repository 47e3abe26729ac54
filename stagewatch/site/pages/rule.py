"""A page per rule and correlation: what it looks for, its queries with their proofs, examples, and its guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from html import escape

from stagewatch.site.examples import Value
from stagewatch.site.highlight import highlighted
from stagewatch.site.markup import Draft, badge, code, link, outside, text
from stagewatch.site.model import Model, Page, SiteRule, technique_address
from stagewatch.site.pages.playground import address_for
from stagewatch.site.pages.rule_examples import examples
from stagewatch.site.pages.rule_guide import guide, hunting, tuning
from stagewatch.site.pages.rule_platforms import overview, platforms
from stagewatch.site.platforms import NAMES


def pages(site: Model) -> Iterable[Page]:
    """One page for each rule."""
    return map(partial(page_of, site), site.rules)


def page_of(site: Model, rule: SiteRule) -> Page:
    """The page of a rule."""
    draft = Draft()
    draft.add(draft.html(_head(rule)))
    draft.add("## At a glance", draft.html(_facts(rule)), draft.html(overview(rule)))
    if rule.words:
        draft.add("## In words", draft.html(_in_words(rule)))
    draft.add("## Sigma rule", draft.html(_sigma_links(site, rule)))
    draft.add(draft.html(_tall(highlighted(rule.source.decode("utf-8-sig"), "yml", "Sigma rule"))))
    draft.add("## Queries", _queries_lead(rule))
    draft.tabs((NAMES[name], platforms(site, rule, on, draft)) for name, on in rule.targets.items())
    for part in (examples(rule, draft), hunting(rule, draft), _related(site, rule)):
        draft.add(*part)
    draft.add(*_false_positives(rule), *tuning(site, rule, draft), *guide(site, rule, draft))
    draft.add(*_references(rule), *_version(site, rule))
    return Page(
        path=rule.path,
        title=rule.title,
        markdown=draft.markdown,
        section="Rules",
        description=" ".join(rule.summary.split()),
        listed=False,
        hide=("navigation",),
        crumbs=f"{link('Rules', site.link(rule.path, 'rules/index.html'))} / {code(rule.stem)}",
        tag=rule.level,
        fragments=draft.fragments,
        keywords=(rule.stem, rule.described.id, *(one.id for one in rule.described.techniques), *_fields(rule)),
    )


def _head(rule: SiteRule) -> str:
    kind = f"Correlation: {_KINDS.get(rule.described.correlation or '', '')}" if rule.is_correlation else "Rule"
    badges = [badge(rule.level, f"level-{rule.level}"), badge(kind, "plain")]
    badges += [badge(rule.status, "plain")] if rule.status else []
    badges += [badge(f"version {rule.version}", "plain")] if rule.version is not None else []
    paragraphs = "".join(f"<p>{text(line)}</p>" for line in rule.summary.splitlines() if line.strip())
    return f'<p class="sw-badges">{" ".join(badges)}</p><div class="sw-lead">{paragraphs}</div>'


_KINDS = {
    "event_count": "number of events",
    "value_count": "number of values",
    "temporal": "together in time",
    "temporal_ordered": "one after the other",
}


def _facts(rule: SiteRule) -> str:
    described = rule.described
    techniques = ", ".join(
        link(f"{text(one.id)} {text(one.name)}", technique_address(rule.path, one)) for one in described.techniques
    )
    analytics = ", ".join(link(f"{text(one.strategy)} {text(one.analytic)}", one.url) for one in rule.analytics)
    facts = [
        ("ATT&CK technique", techniques),
        ("Tactic", ", ".join(link(text(one.name), one.url) for one in described.tactics)),
        ("Detection strategy, analytic", analytics),
        ("Log source", ", ".join(map(code, described.sources))),
        ("Rule id", code(described.id)),
        ("Author, date", ", ".join(text(one) for one in (described.author, described.modified or "") if one)),
    ]
    rows = "".join(f"<div><dt>{text(name)}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    return f'<dl class="sw-facts">{rows}</dl>'


def _in_words(rule: SiteRule) -> str:
    """The outline of what a rule asks; the names of detections stand before what they say."""
    shown = []
    for depth, line in rule.words:
        name, colon, said = line.partition(": ")
        named = colon and re.fullmatch(r"\w+", name) is not None
        told = f"{code(name)} {text(said)}" if named else text(line)
        shown.append(f'<p class="sw-depth-{min(depth, 4)}">{told}</p>')
    return f'<div class="sw-words">{"".join(shown)}</div>'


def _sigma_links(site: Model, rule: SiteRule) -> str:
    address = site.download(rule.path, rule.download)
    name = rule.download.rpartition("/")[2]
    tried = address_for(site, rule.path, rule)
    playground = f' · <a href="{escape(tried)}">Open in playground</a>' if tried else ""
    file = f'<a href="{escape(address)}" download>{text(name)}</a> as it is in the pack'
    return f'<p class="sw-download">{file}{playground}</p>'


def _tall(html: str) -> str:
    """Code that may be long, in a frame of its own."""
    return f'<div class="sw-tall" data-search-exclude>{html}</div>'


def _queries_lead(rule: SiteRule) -> str:
    have = sum(bool(on.queries) for on in rule.targets.values())
    said = f"{have} of {len(rule.targets)} platforms have a query."
    return f"{said} The platform that you choose stays chosen from page to page."


def _related(site: Model, rule: SiteRule) -> Iterator[str]:
    groups = [
        ("It joins", _linked(site, rule, rule.bases)),
        ("Correlations that use it", _linked(site, rule, rule.used_by)),
    ]
    known = {one.described.id: one.stem for one in site.rules}
    kin = [known[one] for one in _related_ids(rule) if one in known and known[one] not in (*rule.bases, *rule.used_by)]
    groups.append(("Related rules", _linked(site, rule, kin)))
    filters = []
    for one in rule.filters:
        address = site.link(rule.path, f"docs/filters.html#{one.stem}") if "filters.md" in site.docs else ""
        shown = link(text(one.title), address) if address else text(one.title)
        filters.append(f"{shown} {code(one.stem)}")
    groups.append(("Filters that touch it, all off by default", filters))
    if not any(entries for _, entries in groups):
        return
    yield "## Related"
    for name, entries in groups:
        if entries:
            yield f"### {name}"
            yield "\n".join(f"- {entry}" for entry in entries)


def _related_ids(rule: SiteRule) -> list[str]:
    related = rule.entry.rule.related
    return [str(item.id) for item in related.related] if related else []


def _linked(site: Model, rule: SiteRule, stems: Iterable[str]) -> list[str]:
    others = [site.by_stem[stem] for stem in stems]
    return [
        f"{link(text(one.title), site.link(rule.path, one.path))} {badge(one.level, f'level-{one.level}')}"
        for one in others
    ]


def _false_positives(rule: SiteRule) -> Iterator[str]:
    if rule.described.false_positives:
        yield "## False positives"
        yield "\n".join(f"- {text(one)}" for one in rule.described.false_positives)


def _references(rule: SiteRule) -> Iterator[str]:
    if rule.described.references:
        yield "## References"
        yield "\n".join(f"- {outside(one)}" for one in rule.described.references)


def _version(site: Model, rule: SiteRule) -> Iterator[str]:
    if rule.version is None or rule.meaning is None:
        return
    yield "## Version"
    shown = f"Version {rule.version}. "
    shown += "It rises by one when what the rule asks changes, and only then; deployable objects carry it."
    yield shown
    yield f"Meaning {code(rule.meaning)}: a fingerprint of what the rule asks."
    if "release.md" in site.docs:
        yield link("How rules get their versions", site.link(rule.path, "docs/release.html"))


def _fields(rule: SiteRule) -> list[str]:
    """The fields of the examples, for the search."""
    shown = (*rule.examples.hits, *rule.examples.misses)
    values: Iterable[Value] = (value for one in shown for value in one.values if value.asked)
    return list(dict.fromkeys(value.name for value in values))
