"""The list of all rules, with a filter where there is JavaScript and as a plain table where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from stagewatch.site.markup import Draft, badge, code, link, text
from stagewatch.site.model import Model, Page, SiteRule
from stagewatch.site.platforms import NAMES

PATH = "rules/index.html"

LEVELS = ("critical", "high", "medium", "low", "informational")

SIGNS = {"ok": "●", "degraded": "◐", "unsupported": "–", "failed": "✗"}
"""What stands in a narrow column for a status; the legend says what it means."""


def pages(site: Model) -> Iterable[Page]:
    """The one list."""
    draft = Draft()
    joined = sum(rule.is_correlation for rule in site.rules)
    draft.add(
        f"{len(site.rules) - joined} rules and {joined} correlations. "
        "On a platform: ● all of the rule, ◐ less than the rule says and never more, – not at all."
    )
    draft.add(draft.html(_filter(site)), draft.html(_table(site)))
    yield Page(
        PATH,
        "Rules",
        draft.markdown,
        "Rules",
        description="All rules and correlations with their level, log source, techniques and platforms.",
        order=0,
        fragments=draft.fragments,
        scripts=("assets/rules.js",),
        hide=("navigation", "toc"),
    )


def _filter(site: Model) -> str:
    sources = sorted({source for rule in site.rules for source in rule.described.sources})
    techniques = sorted({one for rule in site.rules for one in rule.described.techniques}, key=lambda one: one.id)
    used = {rule.level for rule in site.rules}
    selects = (
        ("level", "Level", [(level, level) for level in LEVELS if level in used]),
        ("kind", "Kind", [("rule", "rules"), ("correlation", "correlations")]),
        ("source", "Log source", [(source, source) for source in sources]),
        ("technique", "Technique", [(one.id, f"{one.id} {one.name}") for one in techniques]),
        ("platform", "Platform", [(name, NAMES[name]) for name in _targets(site)]),
        ("status", "Query", [(status, f"{sign} {status}") for status, sign in SIGNS.items() if status != "failed"]),
    )
    fields = "".join(_select(name, shown, options) for name, shown, options in selects)
    return (
        '<form id="sw-filter" class="sw-filter" hidden aria-label="Filter the rules" data-search-exclude>'
        '<label class="sw-wide">Text<input name="q" type="search" autocomplete="off" spellcheck="false"></label>'
        f'{fields}<button type="reset">Clear</button><output aria-live="polite"></output></form>'
    )


def _select(name: str, shown: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options)
    return f'<label>{shown}<select name="{name}"><option value="">all</option>{listed}</select></label>'


def _targets(site: Model) -> list[str]:
    return [name for name in NAMES if any(name in rule.targets for rule in site.rules)]


def _table(site: Model) -> str:
    names = _targets(site)
    columns = ["Rule", "Level", "Log source", "Techniques"]
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    head += "".join(f'<th scope="col" class="sw-turned"><span>{escape(NAMES[name])}</span></th>' for name in names)
    rows = "\n".join(_row(site, rule, names) for rule in site.rules)
    return (
        '<div class="sw-scroll sw-rules-frame" tabindex="0" role="region" aria-label="All rules">'
        f'<table id="sw-rules" class="sw-table sw-rules"><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(site: Model, rule: SiteRule, names: Sequence[str]) -> str:
    techniques = [one.id for one in rule.described.techniques]
    data = {
        "level": rule.level,
        "kind": "correlation" if rule.is_correlation else "rule",
        "sources": " ".join(rule.described.sources),
        "techniques": " ".join(techniques),
        "states": " ".join(f"{name}:{on.status}" for name, on in rule.targets.items()),
        "words": f"{rule.described.id} {' '.join(rule.summary.split())}",
    }
    told = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    title = f"{link(text(rule.title), site.link(PATH, rule.path))}<br>{code(rule.stem)}"
    cells = "".join(_state(rule, name) for name in names)
    return (
        f'<tr id="{escape(rule.stem)}"{told}><th scope="row">{title}</th>'
        f"<td>{badge(rule.level, f'level-{rule.level}')}</td><td>{'<br>'.join(map(code, rule.described.sources))}</td>"
        f"<td>{', '.join(map(text, _narrowest(techniques)))}</td>{cells}</tr>"
    )


def _narrowest(numbers: Sequence[str]) -> list[str]:
    """Techniques without those of which a sub-technique is named."""
    return [number for number in numbers if not any(other.startswith(f"{number}.") for other in numbers)]


def _state(rule: SiteRule, name: str) -> str:
    on = rule.targets.get(name)
    if on is None:
        return "<td></td>"
    status = escape(on.status)
    return f'<td class="sw-status-{status}">{SIGNS[on.status]}<span class="sw-hidden">{status}</span></td>'
