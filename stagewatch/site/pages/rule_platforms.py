"""The tabs of a rule's page: what became of it on each platform, with query, limits, proof and downloads."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from stagewatch.site.highlight import highlighted
from stagewatch.site.markup import Draft, badge, code, link, text
from stagewatch.site.model import Model, OnTarget, Query, SiteRule
from stagewatch.site.platforms import NAMES, PLATFORMS

STATUS: Mapping[str, str] = MappingProxyType(
    {
        "ok": "The query means what the rule says.",
        "degraded": "The query sees less than the rule says, never more.",
        "unsupported": "There is no query: the platform cannot express the rule, or its events cannot answer it.",
        "failed": "The conversion failed.",
    }
)

WINDOWS: Mapping[str, str] = MappingProxyType(
    {
        "sliding": "Sliding window: a burst is found wherever it falls.",
        "hopping": "Hopping window: windows overlap, so that no burst is missed; one that is a little too long may be "
        "reported as well, and one burst more than once.",
        "tumbling": "Tumbling window: windows do not overlap, so that a burst across an edge may be missed.",
    }
)

PARSERS: Mapping[str, str] = MappingProxyType(
    {
        "vendor": "the vendor's own",
        "third party": "a third party's",
        "own grammar": "our grammar, written from the vendor's documentation",
    }
)
"""Kind of parser, as a proof has it -> what to call it."""

WHOLE = ("kql", "spl", "eql", "esql", "aql", "cse", "rule.json", "yaral", "cql", "sql")
"""Suffixes of queries that a page shows. The parts of a correlation are for download only: they stand in it already."""

NOTES: Mapping[str, str] = MappingProxyType(
    {
        "where.aql": "The bare filter, for the test of a rule",
        "rule.json": "The rule as the API takes it",
    }
)


def overview(rule: SiteRule) -> str:
    """All platforms at one glance, each with a link to its tab."""
    return f'<ul class="sw-grid">{"".join(_cell(name, on) for name, on in rule.targets.items())}</ul>'


def _cell(name: str, on: OnTarget) -> str:
    window = f"{on.window} window, " if on.window else ""
    hits = f"{on.proof['found']} of {on.proof['expected']} hits in {on.proof['events']} events" if on.proof else ""
    lines = f"<p>{text(window + hits)}</p>" if window or hits else ""
    named = link(f"<strong>{text(NAMES[name])}</strong>", f"#{name_of_tab(name)}")
    return f"<li>{named} {badge(on.status, f'status-{on.status}')} {_proof_badge(on)}{lines}</li>"


def name_of_tab(target: str) -> str:
    """The anchor of a platform's tab, as the slugs of labels are made."""
    return NAMES[target].lower().replace(" ", "-")


def _proof_badge(on: OnTarget) -> str:
    if not on.queries:
        return ""
    if on.proof is None:
        return badge("not proven", "proof-none")
    return badge(str(on.proof["verdict"]), f"proof-{on.proof['verdict']}")


def platforms(site: Model, rule: SiteRule, on: OnTarget, draft: Draft) -> str:
    """The Markdown of one tab."""
    platform = PLATFORMS[on.target]
    name = f"<strong>{text(platform.full)}</strong>"
    badges = f"{badge(on.status, f'status-{on.status}')} {_proof_badge(on)}"
    blocks = [f'<p class="sw-platform">{name} {badges}<br>{text(STATUS.get(on.status, ""))}</p>']
    if on.reasons:
        shown = "What it does not see here" if on.status == "degraded" else "Why"
        blocks.append(_box(shown, on.reasons, on.status))
    if on.window:
        blocks.append(f'<p class="sw-window">{text(WINDOWS.get(on.window, on.window))}</p>')
    if on.warnings:
        blocks.append(_box("To know", on.warnings, "note"))
    for query in on.queries:
        if query.suffix[1:] in (*WHOLE, *NOTES):
            note = NOTES.get(
                query.suffix[1:], f"The query, in {platform.language}" if ", " not in platform.language else ""
            )
            blocks.append(_query(site, rule, query, note or f"The query, in {_language(query)}"))
    if on.queries:
        blocks += [_proof(on), _downloads(site, rule, on)]
    return "\n\n".join(draft.html(block) for block in blocks)


def _language(query: Query) -> str:
    return {".eql": "EQL", ".esql": "ES|QL"}.get(query.suffix, query.suffix[1:])


def _box(title: str, lines: tuple[str, ...], kind: str) -> str:
    items = "".join(f"<li>{text(line)}</li>" for line in lines)
    return f'<div class="sw-box sw-box-{escape(kind)}"><p>{text(title)}</p><ul>{items}</ul></div>'


def _query(site: Model, rule: SiteRule, query: Query, note: str) -> str:
    name = query.path.rpartition("/")[2]
    address = site.download(rule.path, query.path)
    caption = f'{text(note)} <a href="{escape(address)}" download>{text(name)}</a>'
    shown = highlighted(query.text, query.suffix[1:], f"Query, {query.suffix[1:]}")
    return f'<figure class="sw-query" data-search-exclude><figcaption>{caption}</figcaption>{shown}</figure>'


def _proof(on: OnTarget) -> str:
    if on.proof is None:
        return '<p class="sw-proof">Nothing is recorded of this query: it is accepted by no parser and was not run.</p>'
    proof = on.proof
    versions = ", ".join(f"{name} {number}" for name, number in sorted(proof["versions"].items()))
    kinds = ", ".join(PARSERS.get(kind, kind) for kind in str(proof["parser"]).split(", "))
    facts = (
        ("Parser", kinds),
        ("Engine", proof["engine"]),
        ("Versions", versions),
        ("Events tried", proof["events"]),
        ("Hits", f"{proof['found']} found, {proof['expected']} expected"),
    )
    rows = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    return f'<div class="sw-proof"><p>What it was proven with</p><dl class="sw-facts">{rows}</dl></div>'


def _downloads(site: Model, rule: SiteRule, on: OnTarget) -> str:
    own = [path for path in on.objects if rule.stem in path]
    shared = [path for path in on.objects if rule.stem not in path and path.count("/") == 1]
    shown = {query.path for query in on.queries if query.suffix[1:] in (*WHOLE, *NOTES)}
    parts = [query.path for query in on.queries if query.path not in shown]
    groups = [
        ("To import this rule", own),
        ("All rules in one", shared),
        ("The filters of the rules that it joins", parts),
    ]
    items = "".join(_download_group(site, rule, title, paths) for title, paths in groups if paths)
    if on.without_object:
        items += f"<p>No object for import: {text(on.without_object)}</p>"
    if f"import/{on.target}.md" in site.docs and on.objects:
        address = site.link(rule.path, f"import/{on.target}.html")
        items += f"<p>{link(f'How to import into {text(NAMES[on.target])}', address)}</p>"
    return f'<div class="sw-downloads">{items}</div>' if items else ""


def _download_group(site: Model, rule: SiteRule, title: str, paths: list[str]) -> str:
    return f"<p>{text(title)}</p><ul>{''.join(_download(site, rule, path) for path in paths)}</ul>"


def _download(site: Model, rule: SiteRule, path: str) -> str:
    shown = path.partition("/")[2]
    size = len(site.files[path])
    return f'<li><a href="{escape(site.download(rule.path, path))}" download>{code(shown)}</a> {text(_size(size))}</li>'


def _size(number: int) -> str:
    return (
        f"{number} bytes" if number < 1000 else f"{number / 1000:.0f} kB" if number < 1e6 else f"{number / 1e6:.1f} MB"
    )
