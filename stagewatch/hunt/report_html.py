"""The report of a hunt as one HTML file that asks for nothing from outside and can be read without its script.

Every finding that is shown stands in the file as text; the script only sorts, filters and changes the colours. A
content security policy allows this one style and this one script by their hashes and nothing else. The same report
gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from string import Template
from typing import TextIO

from stagewatch import __version__
from stagewatch.hunt.report_html_parts import (
    badge,
    cell,
    hit_rows,
    lines,
    link,
    rule_ids,
    select,
    table_head,
    tag,
    text,
    title_link,
)
from stagewatch.hunt.report_html_timeline import Timeline
from stagewatch.hunt.report_values import (
    WORST_FIRST,
    WorstHits,
    amount,
    bursts_by_level,
    clock,
    hits_by_level,
    span,
    worst_bursts,
    worst_counts,
)
from stagewatch.hunt.results import LEVELS, Burst, Hit, Report
from stagewatch.hunt.results import MEMBERS as KEPT

HITS = 2000
"""Hits that are shown, those of the highest levels."""

BURSTS = 200
MEMBERS = 25
COUNTS = 1000
FILES = 1000
"""Bursts, members of each, lines of the summary and wholly understood files that are shown."""

MORE = "The output <code>json</code> has them all."


def write(report: Report, out: TextIO) -> None:
    """Write the page. ``out`` must take UTF-8."""
    timeline, worst = Timeline(report), WorstHits(report, HITS)
    for hit in report.hits():
        timeline.add(hit)
        worst.offer(hit)
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    head, _, tail = _asset("report.html").partition("$body")
    out.write(Template(head).substitute(policy=policy, style=style))
    out.writelines(_Page(report, timeline, worst).sections())
    out.write(Template(tail).substitute(script=script, version=text(__version__)))


def _asset(name: str) -> str:
    return resources.files("stagewatch.hunt").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _Page:
    """The sections of one report, in the order of the page."""

    def __init__(self, report: Report, timeline: Timeline, worst: WorstHits) -> None:
        self._report = report
        self._timeline = timeline
        self._worst = worst
        self._ids = rule_ids(report)

    def sections(self) -> Iterator[str]:
        yield from self._header()
        yield from self._levels()
        if self._report.counts:
            yield from self._section("timeline-section", "Timeline", self._timeline.html())
            yield from self._filters()
        yield from self._section("summary", "Summary by rule and host", self._summary())
        yield from self._section("hits", "Hits", self._hits())
        yield from self._section("bursts", "Bursts", self._bursts())
        yield from self._section("rules", "Rules", self._rules())
        yield from self._section("account", "What was read", self._account())
        yield from self._section("not-asked", "Rules not asked", self._not_asked())

    def _section(self, anchor: str, heading: str, content: Iterable[str]) -> Iterator[str]:
        yield f'<section id="{anchor}" aria-labelledby="{anchor}-heading">\n<h2 id="{anchor}-heading">{heading}</h2>\n'
        yield from content
        yield "</section>\n"

    def _header(self) -> Iterator[str]:
        report = self._report
        first, last = span(report.counts)
        troubled = sum(1 for _ in report.account.troubled())
        read = f"{amount(report.account.total, 'event')} in {amount(len(report.account.files), 'file')}"
        facts = [
            ("Asked", f"{amount(len(report.rules), 'rule')}, by {text(report.engine)}"),
            ("Of", read + (f', <a href="#account">{troubled:,} not wholly understood</a>' if troubled else "")),
            ("Findings from", f"{clock(first)} to {clock(last)} UTC" if first else "-"),
        ]
        if report.since or report.until:
            since, until = clock(report.since), clock(report.until)
            outside = f"; {amount(report.dismissed, 'event')} outside of it" if report.dismissed else ""
            facts.append(("Limited to", f"{since} to {until} UTC{outside}"))
        yield '<dl class="facts">\n'
        for name, fact in facts:
            yield f"<div><dt>{name}</dt><dd>{fact}</dd></div>\n"
        yield "</dl>\n"
        for note in report.notes:
            yield f'<p class="note">{text(note)}</p>\n'

    def _levels(self) -> Iterator[str]:
        hits, bursts = hits_by_level(self._report), bursts_by_level(self._report)
        yield '<section aria-labelledby="levels-heading">\n<h2 id="levels-heading">Findings by level</h2>\n'
        yield '<ul class="levels">\n'
        for level in WORST_FIRST:
            count = hits[level] + bursts[level]
            parts = f"{amount(hits[level], 'hit')}, {amount(bursts[level], 'burst')}" if count else "none"
            empty = "" if count else " none"
            yield f'<li class="{level}{empty}"><span class="count">{count:,}</span> {badge(level)} '
            yield f'<span class="parts">{parts}</span></li>\n'
        yield "</ul></section>\n"

    def _filters(self) -> Iterator[str]:
        rules = dict.fromkeys(count.rule for count in worst_counts(self._report))
        hosts = {count.host for count in self._report.counts if count.host is not None}
        hosts |= {hit.host for burst in self._report.bursts for hit in burst.members if hit.host is not None}
        levels = [(str(LEVELS.index(level)), f"{level} and above") for level in WORST_FIRST[1:-1]]
        levels = [(str(len(LEVELS) - 1), WORST_FIRST[0]), *levels]
        yield '<form id="filters" role="search" aria-label="Filter the findings" hidden>\n'
        titles = [(self._ids[stem], self._report.rules[stem].title) for stem in rules]
        yield select("level", "0", levels)
        yield select("rule", "", titles)
        yield select("host", "", ((host, host) for host in sorted(hosts)))
        yield '<label>From (UTC) <input type="datetime-local" name="from" step="1"></label>\n'
        yield '<label>Until (UTC) <input type="datetime-local" name="until" step="1"></label>\n'
        yield '<label class="wide">Text <input type="search" name="text" autocomplete="off"></label>\n'
        yield '<button type="reset">Clear</button>\n<output name="status" role="status"></output>\n</form>\n'

    def _summary(self) -> Iterator[str]:
        counts = worst_counts(self._report)
        if not counts:
            yield "<p>No rule was hit.</p>\n"
            return
        yield table_head(("Level", "Rule", "Host", "Findings", "First", "Last"), "summary stacked sortable")
        for count in counts[:COUNTS]:
            rule = self._report.rules[count.rule]
            yield tag("tr", self._ids[count.rule], rule.level, [count.host], count.first, count.last)
            yield cell("Level", badge(rule.level), WORST_FIRST.index(rule.level))
            yield cell("Rule", title_link(rule, self._ids), head=True)
            yield cell("Host", text(count.host or "-"))
            yield cell("Findings", f"{count.hits:,}", count.hits)
            yield cell("First", clock(count.first)) + cell("Last", clock(count.last)) + "</tr>\n"
        yield "</tbody></table>\n"
        if len(counts) > COUNTS:
            yield f"<p>{amount(len(counts) - COUNTS, 'more line')} are not shown. {MORE}</p>\n"

    def _hits(self) -> Iterator[str]:
        hits = self._worst.worst_first()
        if self._worst.omitted:
            yield f'<p class="note">Shown are {len(hits):,} of {self._worst.total:,} hits, those of the highest level; '
            yield f"{self._worst.omitted:,} are not shown. {MORE}</p>\n"
        if not hits:
            yield "<p>No single event was hit.</p>\n"
            return
        yield from self._table(hits)

    def _table(self, hits: Iterable[Hit], sortable: bool = True) -> Iterator[str]:
        columns = ("Time (UTC)", "Level", "Rule", "Host", "User", "What matched")
        yield table_head(columns, "hits stacked sortable" if sortable else "hits stacked")
        yield from hit_rows(hits, self._report, self._ids)
        yield "</tbody></table>\n"

    def _bursts(self) -> Iterator[str]:
        bursts = worst_bursts(self._report)
        if not bursts:
            yield "<p>No correlation joined events.</p>\n"
            return
        for burst in bursts[:BURSTS]:
            yield from self._burst(burst)
        if len(bursts) > BURSTS:
            yield f"<p>{amount(len(bursts) - BURSTS, 'more burst')} are not shown. {MORE}</p>\n"

    def _burst(self, burst: Burst) -> Iterator[str]:
        rule = self._report.rules[burst.rule]
        unit = "value" if rule.kind == "value_count" else "event"
        hosts = dict.fromkeys(member.host for member in burst.members)
        yield tag("details", self._ids[burst.rule], rule.level, list(hosts), burst.first, burst.last, "burst")
        yield f"<summary>{badge(rule.level)} <b>{text(rule.title)}</b> "
        yield f'<span class="when">{clock(burst.first)} to {clock(burst.last)}</span> '
        yield f"<span>{amount(burst.count, unit)}</span></summary>\n"
        yield '<dl class="fields">'
        for name, value in burst.keys.items():
            yield f"<dt>{text(name)}</dt><dd>{text(value)}</dd>"
        yield "</dl>\n"
        shown = burst.members[:MEMBERS]
        yield from self._table(shown, sortable=False)
        if burst.total > len(shown):
            yield f"<p>{amount(burst.total - len(shown), 'more member')} of this burst are not shown. "
            yield f"The outputs <code>json</code> and <code>csv</code> have the first {KEPT}.</p>\n"
        yield "</details>\n"

    def _rules(self) -> Iterator[str]:
        found = {count.rule for count in self._report.counts}
        rules = sorted(
            self._report.rules.values(),
            key=lambda rule: (rule.stem not in found, WORST_FIRST.index(rule.level), rule.title),
        )
        for rule in rules:
            yield f'<details class="rule" id="{self._ids[rule.stem]}">'
            yield f"<summary>{badge(rule.level)} <b>{text(rule.title)}</b>"
            yield f"{'' if rule.stem in found else ' <span>nothing found</span>'}</summary>\n"
            if rule.description:
                yield f'<p class="lines">{lines(rule.description.strip())}</p>\n'
            facts = [("File", f"<code>{text(rule.path)}</code>")]
            if rule.id:
                facts.append(("Id", f"<code>{text(rule.id)}</code>"))
            if rule.kind != "rule":
                window = f" within {amount(rule.seconds, 'second')}" if rule.seconds else ""
                facts.append(("Correlation", f"<code>{text(rule.kind)}</code>{window}"))
            if rule.tags:
                facts.append(("ATT&amp;CK", ", ".join(map(link, rule.tags))))
            if rule.false_positives:
                facts.append(("False positives", "<br>".join(map(text, rule.false_positives))))
            yield '<dl class="fields prose">'
            yield from (f"<dt>{name}</dt><dd>{fact}</dd>" for name, fact in facts)
            yield "</dl></details>\n"

    def _account(self) -> Iterator[str]:
        account = self._report.account
        yield f"<p>{amount(account.total, 'event')} in {amount(len(account.files), 'file')}.</p>\n"
        kinds = sorted(account.kinds().items(), key=lambda pair: (-pair[1], str(pair[0])))
        if kinds:
            yield "<h3>Events by kind</h3>\n"
            yield table_head(("Kind", "Events"), "narrow")
            for kind, number in kinds:
                yield f'<tr role="row">{cell("Kind", text(str(kind)), head=True)}{cell("Events", f"{number:,}")}</tr>\n'
            yield "</tbody></table>\n"
        if troubled := list(account.troubled()):
            yield '<h3>Not wholly understood</h3>\n<ul class="files">\n'
            for file in troubled:
                yield f'<li><code>{text(file.path)}</code> <span class="state">{file.state}</span> '
                yield f"{amount(file.total, 'event')}<ul>"
                for problem in file.problems.values():
                    yield f"<li>{problem.count:,} × {text(problem.reason)}, first at {text(problem.first)}</li>"
                yield "</ul></li>\n"
            yield "</ul>\n"
        odd = {id(file) for file in troubled}
        good = [file for file in account.files if id(file) not in odd]
        if good:
            yield f"<details><summary>{amount(len(good), 'file')} understood</summary>\n<ul>\n"
            for file in good[:FILES]:
                told = f"{amount(file.total, 'event')}, {text(file.format or 'no format')}"
                yield f"<li><code>{text(file.path)}</code> {told}</li>\n"
            yield "</ul>\n"
            if len(good) > FILES:
                yield f"<p>{amount(len(good) - FILES, 'more file')} are not shown. {MORE}</p>\n"
            yield "</details>\n"

    def _not_asked(self) -> Iterator[str]:
        if not self._report.not_asked:
            yield "<p>Every rule was asked, and wholly.</p>\n"
            return
        yield '<ul class="files">\n'
        for finding in self._report.not_asked:
            place = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
            yield f"<li><code>{text(place)}</code> {text(finding.message)}</li>\n"
        yield "</ul>\n"
