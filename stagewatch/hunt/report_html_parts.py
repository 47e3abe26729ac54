"""Pieces of the HTML report. Nothing of an event or a rule reaches the page but through :func:`text`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape

from stagewatch.hunt.report_values import WORST_FIRST, utc, visible
from stagewatch.hunt.results import LEVELS, Hit, Report, RuleFacts

LONGEST = 2000
"""Characters of a value that are shown."""

_ATTACK = {
    "t": "https://attack.mitre.org/techniques/",
    "s": "https://attack.mitre.org/software/",
    "g": "https://attack.mitre.org/groups/",
}
_TAG = re.compile(r"attack\.([tsg])([0-9]{4})(?:\.([0-9]{3}))?", re.ASCII)


def text(value: str, keep: str = "") -> str:
    """An untrusted value as HTML, in an element or in a quoted attribute; too long a one is cut, and says so."""
    more = f" … and {len(value) - LONGEST:,} more characters" if len(value) > LONGEST else ""
    return escape(visible(value[:LONGEST], keep)) + more


def lines(value: str) -> str:
    """A value that keeps its lines and its indentation, as a script needs them."""
    return text(value.replace("\r\n", "\n"), keep="\n\t")


def rule_ids(report: Report) -> dict[str, str]:
    """An id for the place of each rule on the page."""
    return {stem: f"rule-{number}" for number, stem in enumerate(report.rules, 1)}


def badge(level: str) -> str:
    """A level, told by its name and its colour."""
    return f'<span class="level {level}">{level}</span>'


def title_link(rule: RuleFacts, ids: Mapping[str, str]) -> str:
    """The title of a rule, leading to the rule."""
    return f'<a href="#{ids[rule.stem]}">{text(rule.title)}</a>'


def region(label: str) -> str:
    """The start of a box that scrolls sideways, by keyboard too."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n'


def table_head(names: Iterable[str], kinds: str) -> str:
    """The start of a table, up to its first row. Roles are told because a narrow screen shows the rows as blocks."""
    heads = "".join(f'<th scope="col" role="columnheader"{_numeric(name)}>{name}</th>' for name in names)
    row = f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
    return f'<table role="table" class="{kinds}">{row}\n<tbody role="rowgroup">\n'


def cell(name: str, content: str, value: str | int | None = None, head: bool = False) -> str:
    """A cell of a table. ``name`` is its column's; ``value`` is what to sort it by, where not its text.

    ``head`` says that it names its row.
    """
    sort = "" if value is None else f' data-value="{value}"'
    start = 'th scope="row" role="rowheader"' if head else 'td role="cell"'
    return f'<{start} data-label="{name}"{_numeric(name)}{sort}>{content}</{start[:2]}>'


def _numeric(name: str) -> str:
    return ' class="num"' if name in ("Findings", "Events") else ""


def select(name: str, every: str, choices: Iterable[tuple[str, str]]) -> str:
    """A labelled select of values and their labels; ``every`` is the value that chooses nothing."""
    listed = "".join(f'<option value="{text(value)}">{text(label)}</option>' for value, label in choices)
    start = f'<select name="{name}"><option value="{every}">any</option>'
    return f"<label>{name.capitalize()} {start}{listed}</select></label>\n"


def tag(
    name: str,
    rule: str,
    level: str,
    hosts: Sequence[str | None],
    first: datetime | None,
    last: datetime | None,
    kind: str = "",
) -> str:
    """The start of an element that can be filtered: what to filter it by stands in its attributes."""
    known = "\n".join(text(host) for host in hosts if host is not None)
    when = f' data-first="{(utc(first) or "")[:19]}" data-last="{(utc(last) or "")[:19]}"' if first and last else ""
    roles = ' role="row"' if name == "tr" else ""
    kinds = f"finding {kind}".strip()
    what = f'data-rule="{rule}" data-level="{LEVELS.index(level)}" data-host="{known}"'
    return f'<{name}{roles} class="{kinds}" {what}{when}>'


def hit_rows(hits: Iterable[Hit], report: Report, ids: Mapping[str, str]) -> Iterator[str]:
    """A row of a table for each hit."""
    for hit in hits:
        rule = report.rules[hit.rule]
        yield tag("tr", ids[hit.rule], rule.level, [hit.host], hit.time, hit.time)
        yield cell(
            "Time (UTC)", "-" if hit.time is None else hit.time.isoformat(" ", "milliseconds"), utc(hit.time) or ""
        )
        yield cell("Level", badge(rule.level), WORST_FIRST.index(rule.level))
        yield cell("Rule", title_link(rule, ids))
        yield cell("Host", text(hit.host or "-"))
        yield cell("User", text(hit.user or "-").replace("\\", "\\<wbr>"))
        yield cell("What matched", _matched(hit)) + "</tr>\n"


def _matched(hit: Hit) -> str:
    fields = "".join(f"<dt>{text(name)}</dt><dd>{lines(value)}</dd>" for name, value in hit.matched.items())
    place = f"{text(hit.source)} · {text(hit.origin)} · event {hit.position:,}"
    return (f'<dl class="fields">{fields}</dl>' if fields else "") + f'<p class="place">{place}</p>'


def link(name: str) -> str:
    """A tag of a rule; one of an ATT&CK technique, software or group leads to its page."""
    found = _TAG.fullmatch(name.lower())
    if not found:
        return text(name)
    kind, number, part = found.groups()
    place = f"{kind.upper()}{number}/" + (f"{part}/" if part else "")
    return f'<a href="{_ATTACK[kind]}{place}" rel="noopener noreferrer">{text(name)}</a>'
