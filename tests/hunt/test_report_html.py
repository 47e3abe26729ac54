"""The report as a page."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from stagewatch.findings import Finding
from stagewatch.hunt import report_html
from stagewatch.hunt.report_html_parts import LONGEST
from stagewatch.hunt.report_html_timeline import BINS, LANES, Timeline
from stagewatch.hunt.results import Burst, Report, RuleFacts
from tests.hunt.samples import (
    ARCHIVER,
    BULK,
    COPY,
    FILES,
    HOSTILE,
    RULES,
    START,
    a_report,
    an_empty_report,
    hit,
    some_bursts,
    some_hits,
)

VOID = {"meta", "br", "wbr", "input"}


class Page(HTMLParser):
    """Reads a page and refuses one that is not well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        assert tag == "line"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def with_class(self, name: str) -> list[dict[str, str]]:
        return [attributes for _, attributes in self.tags if name in attributes.get("class", "").split()]


def written(report: Report) -> str:
    out = io.StringIO()
    report_html.write(report, out)
    return out.getvalue()


def page(report: Report) -> Page:
    return Page(written(report))


def timeline(report: Report) -> str:
    drawing = Timeline(report)
    for one in report.hits():
        drawing.add(one)
    return "".join(drawing.html())


def a_hostile_report(value: str) -> Report:
    """The value wherever one can stand."""
    rule = RuleFacts(value, value, value, "high", value, tags=(value,), description=value, false_positives=(value,))
    joined = RuleFacts(value + "2", value, value, "low", value, kind="event_count", seconds=60)
    one = hit(rule, 0, value, value, value, 1, **{value: value})
    report = a_report([one], [Burst(joined.stem, {value: value}, START, START, 1, (one,), 1)], (rule, joined))
    report.account.file(value).problem(value, value)
    report.not_asked = [Finding(value, 1, None, value)]
    report.notes = [value]
    report.engine = value
    return report


@pytest.mark.parametrize("report", [a_report(), an_empty_report()], ids=["full", "empty"])
def test_the_page_is_well_formed_and_its_ids_are_unique_and_met_by_its_links(report: Report) -> None:
    read = page(report)
    ids = Counter(attributes["id"] for _, attributes in read.tags if "id" in attributes)
    assert max(ids.values()) == 1
    for link in read.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
    for _, attributes in read.tags:
        for name in attributes.get("aria-labelledby", "").split():
            assert name in ids


@pytest.mark.parametrize("value", [*HOSTILE, "\\", "$body$style", "'\" onmouseover=alert(1) x='"])
def test_a_value_stays_text_wherever_it_stands(value: str) -> None:
    harmless, hostile = page(a_hostile_report("harmless")), page(a_hostile_report(value))

    def shape(read: Page) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in read.tags if tag != "wbr"]

    assert shape(hostile) == shape(harmless)
    text = written(a_hostile_report(value))
    assert all(char.isprintable() or char in "\n\t" for char in text)
    text.encode()


def test_a_value_is_shown_as_it_was() -> None:
    data = page(a_report([hit(ARCHIVER, 0, CommandLine=HOSTILE[0])])).texts["dd"]
    assert HOSTILE[0] in data


def test_lines_of_a_script_stay_lines() -> None:
    assert "if x\n\tthen y" in page(a_report([hit(ARCHIVER, 0, ScriptBlockText="if x\r\n\tthen y")])).texts["dd"]


def test_nothing_is_loaded_from_outside() -> None:
    read = page(a_report())
    assert not {"link", "img", "iframe", "object", "embed", "base", "image", "use"} & {tag for tag, _ in read.tags}
    for tag, attributes in read.tags:
        assert not {"src", "srcset", "style", "action", "background", "data", "poster", "ping"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        if tag != "a":
            assert "href" not in attributes
    style, script = "".join(read.texts["style"]), "".join(read.texts["script"])
    assert not re.search(r"url\(|@import|@font-face", style)
    assert not re.search(r"fetch|XMLHttpRequest|import\(|innerHTML|eval|https?:", script)


def test_links_out_lead_to_attack_alone() -> None:
    outer = {link["href"]: link["rel"] for link in page(a_report()).all("a") if not link["href"].startswith("#")}
    assert set(outer) == {
        "https://attack.mitre.org/techniques/T1074/",
        "https://attack.mitre.org/techniques/T1074/001/",
        "https://attack.mitre.org/techniques/T1074/002/",
        "https://attack.mitre.org/techniques/T1560/001/",
        "https://attack.mitre.org/software/S0106/",
    }
    assert set(outer.values()) == {"noopener noreferrer"}


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    read = page(a_report())
    policy = next(meta["content"] for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")

    def source(tag: str) -> str:
        return base64.b64encode(hashlib.sha256("".join(read.texts[tag]).encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{source('style')}'; script-src 'sha256-{source('script')}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written(a_report()) == written(a_report())


def test_headings_go_down_one_level_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _ in page(a_report()).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_heading_has_a_scope_and_every_field_a_label() -> None:
    read = page(a_report())
    assert {head["scope"] for head in read.all("th")} == {"col", "row"}
    text = written(a_report())
    assert len(re.findall("<label[^>]*>[^<]+<(?:select|input)", text)) == len(read.all("select") + read.all("input"))
    assert read.all("html")[0]["lang"] == "en"


def test_what_only_the_script_can_do_is_hidden_until_it_runs() -> None:
    read = page(a_report())
    assert "hidden" in next(form for form in read.all("form"))
    assert all("hidden" in button for button in read.all("button") if button.get("type") != "reset")
    assert all("hidden" not in row for row in read.with_class("finding"))


def test_every_hit_and_burst_and_rule_is_on_the_page() -> None:
    text = written(a_report())
    for one in some_hits():
        assert f"{escape(one.source)} · {escape(one.origin)} · event {one.position:,}" in text
    assert len(page(a_report()).with_class("burst")) == 2
    for rule in RULES:
        assert f"<b>{escape(rule.title)}</b>" in text


def test_hits_come_by_level_then_time() -> None:
    hits = [hit(COPY, 1), hit(FILES, 2), hit(ARCHIVER, 3), hit(ARCHIVER, 4)]
    text = written(a_report(hits))
    rows = re.findall(r'<td role="cell" data-label="Time \(UTC\)"[^>]*>([^<]*)<', text)
    assert [row[-6:] for row in rows] == ["15.345", "16.345", "14.345", "13.345"]


def test_of_too_many_hits_the_page_says_how_many_are_missing_and_where_they_are() -> None:
    report = a_report([hit(COPY, number) for number in range(report_html.HITS + 1234)])
    text = written(report)
    assert "Shown are 2,000 of 3,234 hits, those of the highest level; 1,234 are not shown." in text
    assert "output <code>json</code>" in text
    assert text.count('data-label="User"') == report_html.HITS


def test_a_value_too_long_is_cut_and_says_so() -> None:
    text = written(a_report([hit(COPY, 0, CommandLine="x" * (LONGEST + 1500))]))
    assert "x" * LONGEST + " … and 1,500 more characters" in text
    assert "x" * (LONGEST + 1) not in text


def test_the_header_tells_what_was_asked_and_when_the_findings_lie() -> None:
    facts = page(a_report()).texts["dd"]
    assert "6 rules, by duckdb" in facts
    assert "2026-03-04 08:55:12 to 2026-03-04 14:11:52 UTC" in facts
    assert "2026-03-01 00:00:00 to 2026-03-31 23:59:59 UTC; 1,320 events outside of it" in facts


def test_the_account_names_what_was_not_understood() -> None:
    text = written(a_report())
    for path, problem in (
        ("evidence/export.csv", "4 × a line with too many columns, first at line 812"),
        ("evidence/locked.evtx", "1 × cannot be read: Permission denied, first at the file"),
    ):
        assert re.search(rf"<code>{path}</code>.*?<li>{re.escape(problem)}</li>", text, re.DOTALL)
    assert "1 file understood" in text


def test_nothing_found_says_so() -> None:
    text = written(an_empty_report())
    for sentence in (
        "No rule was hit.",
        "No single event was hit.",
        "No correlation joined events.",
        "Every rule was asked",
    ):
        assert sentence in text


def rectangles(drawing: str) -> list[dict[str, str]]:
    return Page(drawing).all("rect")


def test_hits_of_one_bin_are_one_bar_that_tells_their_number() -> None:
    drawing = timeline(a_report([hit(COPY, 0), hit(COPY, 1), hit(COPY, 3600)]))
    assert [one["data-from"] for one in rectangles(drawing)] == ["2026-03-04T08:55:00", "2026-03-04T09:55:00"]
    assert "<title>2 hits, 2026-03-04 08:55:00 to 2026-03-04 08:55:59</title>" in drawing


def test_the_more_hits_a_bin_has_the_higher_is_its_bar() -> None:
    hits = [hit(COPY, 600 * number) for number in range(1, 4) for _ in range(number**3)]
    heights = [int(bar["height"]) for bar in rectangles(timeline(a_report(hits)))]
    assert len(heights) == 3
    assert heights == sorted(set(heights))


def test_of_a_long_burst_the_page_says_how_many_members_are_missing() -> None:
    members = tuple(hit(COPY, number) for number in range(60))
    burst = Burst(BULK.stem, {}, START, START, 60, members, 75)
    text = written(a_report([], [burst]))
    assert text.count('data-label="User"') == report_html.MEMBERS
    assert f"{75 - report_html.MEMBERS} more members of this burst are not shown." in text


def test_however_many_hits_there_are_the_drawing_stays_small() -> None:
    drawing = timeline(a_report([hit(COPY, number * 60) for number in range(20_000)]))
    assert len(rectangles(drawing)) <= BINS


@pytest.mark.parametrize("seconds", [0, 1, 118, 119, 120, 86_400, 40_000_000, 250_000_000_000])
def test_bars_lie_within_the_drawing_and_hold_their_hits_whatever_the_span(seconds: int) -> None:
    start = datetime.fromisoformat("1601-01-01")
    first, last = (hit(COPY, (start - START).total_seconds() + more) for more in (0, seconds))
    report = a_report([first, last])
    bars = rectangles(timeline(report))
    assert 1 <= len(bars) <= 2
    for one, bar in zip((first, last), (bars[0], bars[-1]), strict=True):
        assert one.time is not None
        assert bar["data-from"] <= one.time.isoformat()[:19] <= bar["data-to"]
        assert 0 <= float(bar["x"][:-1]) <= float(bar["x"][:-1]) + float(bar["width"][:-1]) <= 100.01


def test_the_ends_of_time_can_be_drawn() -> None:
    ends = [datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31T23:59:59.999999")]
    hits = [replace(hit(COPY, 0), time=end) for end in ends]
    bars = rectangles(timeline(a_report(hits)))
    assert (bars[0]["data-from"], bars[-1]["data-to"]) == ("0001-01-01T00:00:00", "9999-12-31T23:59:59")


def test_a_burst_is_a_bar_from_its_first_to_its_last() -> None:
    hits = some_hits()
    bars = rectangles(timeline(a_report(hits, some_bursts(hits))))
    assert ("2026-03-04T08:55:00", "2026-03-04T09:04:59") in [(bar["data-from"], bar["data-to"]) for bar in bars]


def test_lanes_are_the_rules_with_the_highest_level_first_and_the_rest_is_counted() -> None:
    rules = [RuleFacts(f"rule{n}", None, f"Rule {n}", "high" if n == 24 else "low", "p") for n in range(25)]
    drawing = timeline(a_report([hit(rule, 0) for rule in rules], (), rules))
    read = Page(drawing)
    assert len(read.with_class("lane")) == LANES + 1  # and the axis
    assert "Rule 24" in read.texts["span"][0]
    assert "5 more rules" in drawing


def test_the_drawing_has_words_beside_it() -> None:
    drawing = timeline(a_report())
    assert f'aria-label="{BULK.title}: 1 burst, 2026-03-04 09:01:52 to 2026-03-04 09:02:27"' in drawing
    assert "9 in 2026-03-04 11:25:00 to 2026-03-04 11:29:59" in drawing


def test_hits_without_a_time_have_no_timeline() -> None:
    assert timeline(a_report([hit(COPY, None)])) == "<p>Nothing that was found tells its time.</p>\n"


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "link", "critical", "high", "medium", "low", "informational"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(theme: int, ink: str) -> None:
    """At least 4.5 to 1 (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""
    colours: dict[str, Sequence[str]] = {
        name: pair for name, *pair in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", written(an_empty_report()))
    }
    for ground in ("paper", "raised"):
        assert contrast(colours[ink][theme], colours[ground][theme]) >= 4.5
