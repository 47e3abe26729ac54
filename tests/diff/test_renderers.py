"""The reports as text: nothing of a stranger acts in them, and no comment is too long."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from stagewatch.diff import html, markdown, text
from stagewatch.diff import json as as_json
from stagewatch.diff.model import (
    Field,
    FilterChange,
    FixtureChange,
    Hit,
    Hits,
    ListChange,
    LogsRead,
    PipelineChange,
    QueryChange,
    Review,
    RuleChange,
    Score,
)
from stagewatch.findings import Finding

EVIL = (
    "</summary></details></pre></code><script>alert(1)</script><img src=x onerror=alert(1)> "
    "@everyone #1 GH-26 :smile: [text](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example> "
    "https://evil.example www.evil.example a@evil.example | ``` ~~~ `x` **bold** _em_ &lt; $x$ \\ "
    "\u202egnp.exe\u2066 \x1b[31m \r\n# heading\n- item\n\n<!-- --> --> ${title}"
)


def hit(**more: Any) -> Hit:
    return Hit(EVIL, {EVIL: EVIL, "CommandLine": "`" * 5 + "x"}, f"{EVIL}: {EVIL}", why=(EVIL,), also=(EVIL,), **more)


def evil() -> Review:
    """A comparison in which every text is a stranger's."""
    lost = hit(own=True, expected_before=True, expected_now=True)
    wrong = hit(own=True, expected_now=False)
    diff = (f"+ {EVIL}", "- ```", "  ````", "@@")
    return Review(
        base=EVIL,
        head=EVIL,
        targets=("splunk",),
        rules=(
            RuleChange(
                "changed", EVIL, EVIL, EVIL, EVIL, EVIL,
                old_path=EVIL,
                fields=(Field("title", EVIL, "x"), Field("tags", gone=(EVIL,), new=(EVIL,)), Field("name", EVIL)),
                terms=diff,
                version=(1, 2),
                hits=Hits((wrong, hit()), (lost, hit()), 2, 2),
                logs=Hits((hit(),), (), 1, 0),
                score=Score(1, 0, 1, 1),
                fixture=FixtureChange(gone_expected=(EVIL,), reversed_=(EVIL,)),
                queries=(QueryChange("splunk", "ok", "unsupported", (EVIL,), diff),),
                reason=EVIL,
            ),
            RuleChange("unreadable", EVIL, EVIL, "", EVIL, None, reason=EVIL),
            RuleChange("retold", EVIL, EVIL, "", EVIL, None, old_path=EVIL, fields=(Field("title", EVIL, ""),)),
            RuleChange("fixture", EVIL, EVIL, "", EVIL, None, fixture=FixtureChange(gone_expected=(EVIL,))),
        ),
        filters=(FilterChange("added", EVIL, EVIL, {EVIL: Hits((), (lost, hit()), 0, 2)}),),
        pipelines=(PipelineChange("splunk", ((diff, (EVIL,)),), ((EVIL, "ok", "failed", EVIL),)),),
        lists=(ListChange(EVIL, (EVIL,), (EVIL,)),),
        cosmetic=(EVIL,),
        findings=(Finding(EVIL, 1, None, EVIL),),
        tags_gone=(EVIL,),
        tags_new=(EVIL,),
        sources=(EVIL,),
        logs=LogsRead(1, 1, 1),
        notes=(EVIL,),
    )  # fmt: skip


def tokens(source: str) -> list[Any]:
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(source)
    return [token for one in parsed for token in (one, *(one.children or ()))]


OWN_HTML = re.compile(
    r"</?(details|summary|sub|b|code)>|<!-- -->|<!-- stagewatch diff -->|[^<>]",
)


def test_no_text_of_a_stranger_acts_in_markdown() -> None:
    found = tokens(markdown.render(evil()))
    assert not {token.type for token in found} & {"link_open", "image", "s_open", "em_open"}
    for token in found:
        if token.type in ("html_block", "html_inline"):
            assert not OWN_HTML.sub("", token.content), token.content
    headings = [token.tag for token in found if token.type == "heading_open"]
    assert set(headings) == {"h2", "h3"}
    assert headings.count("h2") == 1
    assert sum(token.type == "table_open" for token in found) == 1


def test_github_finds_nobody_to_call_and_nothing_to_link() -> None:
    for token in tokens(markdown.render(evil())):
        if token.type in ("text", "html_block"):
            assert not re.search(r"[@#]\w|://|\bwww\.|\bGH-\d|:smile:", token.content), token.content


def test_every_row_of_the_table_has_all_cells() -> None:
    rows = [line for line in markdown.render(evil()).splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


@pytest.mark.parametrize("render", [markdown.render, html.render, text.render])
def test_what_does_not_print_is_visible(render: Any) -> None:
    shown = render(evil())
    assert "\\u202egnp.exe" in shown.replace("\\\\", "\\")
    assert not set(shown) & {"\u202e", "\u2066", "\x1b", "\r"}


class _Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_no_text_of_a_stranger_acts_in_html() -> None:
    page = _Page()
    shown = html.render(evil())
    page.feed(shown)
    assert page.open == []
    assert not page.seen & {"script", "img", "iframe", "link", "object", "form"}
    assert {value for name, value in page.attributes if name in ("href", "src")} == {"#main"}
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "${title}" in shown  # a stranger's text is no template


def test_the_page_allows_its_style_alone() -> None:
    shown = html.render(evil())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', shown)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "style=" not in shown.split("</style>")[1]


def test_json_has_all_as_it_is() -> None:
    data = json.loads(as_json.render(evil()))
    assert data["rules"][0]["title"] == EVIL
    assert (data["schema"], data["harmful"], data["lost"], data["wrong"], data["unreadable"]) == (1, True, 2, 1, 1)
    assert data["rules"][0]["hits"]["gone"][0]["expected_now"] is True
    assert data["rules"][0]["fixture"]["reversed"] == [EVIL]


def long(rules: int, lines: int) -> Review:
    diff = tuple(f"+ a line of a query that is quite long and has the number {number}" for number in range(lines))
    queries = tuple(QueryChange(name, "ok", "ok", (), diff) for name in ("splunk", "elastic"))
    return Review(
        "a", "b", ("splunk", "elastic"),
        tuple(
            RuleChange("changed", f"rule_{number}", f"Rule {number}", "high", f"sigma/rule_{number}.yml", None,
                       terms=("+ a: b",), queries=queries)
            for number in range(rules)
        ),
    )  # fmt: skip


def test_a_comment_is_cut_where_it_would_be_too_long_and_says_so() -> None:
    shown = markdown.render(long(900, 80))
    assert len(shown.encode()) <= markdown.LIMIT
    assert re.search(r"_\d+ more sections do not fit into a comment\.", shown)
    assert "840 more rules changed and are not in the table." in shown
    assert shown.count("### Changed rule") > 100
    assert shown.endswith("</sub>\n")


def test_what_is_folded_goes_first() -> None:
    shown = markdown.render(long(60, 80))
    assert len(shown.encode()) <= markdown.LIMIT
    assert shown.count("### Changed rule") == 60
    assert 0 < shown.count("<details>") < 60
    assert re.search(r"_Queries and further events of \d+ of these sections do not fit into a comment\._", shown)


def test_sections_of_others_stand_behind_the_summary() -> None:
    shown = markdown.render(long(2, 1), extra=["## Findings\n\nNone."])
    assert shown.index("| Rule |") < shown.index("## Findings") < shown.index("### Changed rule")
    assert len(markdown.render(long(900, 80), extra=["x" * 20_000]).encode()) <= markdown.LIMIT


def test_one_very_long_value_is_cut() -> None:
    huge = "x" * 3_000_000
    made = Review("a", "b", (), (RuleChange("changed", "r", huge, "high", "p", None, terms=(f"+ {huge}",),
                                            hits=Hits((Hit(huge, {"a": huge}, "p"),), (), 1, 0)),))  # fmt: skip
    assert len(markdown.render(made).encode()) <= markdown.LIMIT
    assert len(html.render(made)) < 20_000


def test_the_styles_colours_are_for_light_and_dark() -> None:
    style = (Path(html.__file__).parent / "report.css").read_text(encoding="utf-8")
    assert "color-scheme: light dark" in style
    assert "url(" not in style
    assert "@import" not in style
