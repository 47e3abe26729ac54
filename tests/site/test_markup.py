from __future__ import annotations

from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewatch.site.markup import MARK, Draft, badge, code, link, outside, tabbed, table, text

EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.details",
    "pymdownx.inlinehilite",
    "pymdownx.superfences",
    "pymdownx.tabbed",
]


class Read(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.said += data


def rendered(source: str) -> Read:
    return Read(markdown.markdown(source, extensions=EXTENSIONS))


@pytest.mark.parametrize(
    "value",
    [
        "# no heading",
        "- no item",
        "12. no item",
        "12) no item",
        "> no quotation",
        "--- | --- |",
        "=== no tab",
        '!!! note "no box"',
        "??? no details",
        ": no definition",
        "[^1]: no footnote",
        "*[HTML]: no abbreviation",
        "``` no fence",
        "~~~ no fence",
        "<b>no tag</b> <!-- no comment -->",
        "![no](http://evil.example/image)",
        "[no](javascript:link) <http://no.example/link>",
        "`no code` *no* __emphasis__ \\*escaped\\*",
        "&lt; &amp; &#64;",
        "{: .no .class } {{ no.template }} {% no %}",
        "@@0@@",
        "    no indented code",
    ],
)
def test_text_says_itself_at_the_beginning_of_a_line(value: str) -> None:
    read = rendered(text(value))
    assert (read.tags, read.said.strip()) == (["p"], " ".join(value.split()))


PRINTED = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(PRINTED)
def test_any_text_says_itself(value: str) -> None:
    for source in (text(value), f"said: {text(value)}", f"- {text(value)}"):
        read = rendered(source)
        assert not set(read.tags) - {"p", "ul", "li"}
        assert read.said.replace("said:", "", 1).split() == value.split() or "said:" in value


@given(st.text())
def test_no_text_leaves_its_line(value: str) -> None:
    assert rendered(f"said {text(value)}").tags == ["p"]


def test_marks_of_markdown_itself_become_unknown_characters() -> None:
    assert rendered(f"<b>x</b> {text(chr(2) + 'wzxhzdk:0' + chr(3))}").said == "x \ufffdwzxhzdk:0\ufffd"


@given(st.text())
def test_code_holds_any_text(value: str) -> None:
    read = rendered(f"a {code(value)} b")
    assert read.tags == ["p", "code"]


@given(st.text())
def test_an_address_stays_within_its_link(value: str) -> None:
    read = rendered(f"a {link('shown', f'https://example.com/{value}')} b")
    assert (read.tags, read.said.strip()) == (["p", "a"], "a shown b")
    assert [name for name, _ in read.attributes] == ["href"]


@pytest.mark.parametrize("value", ["![i](http://evil.example/i.png)", "`a` *b*", '"> <script>', "[a](b) <b>", "\\"])
def test_an_address_with_marks_of_markdown_is_one(value: str) -> None:
    read = rendered(f"a {link('shown', f'https://example.com/{value}')} b")
    assert (read.tags, read.said.strip()) == (["p", "a"], "a shown b")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "a.md"])
def test_what_is_no_web_address_becomes_no_link(address: str) -> None:
    assert rendered(outside(address)).tags == ["p"]


def test_a_fragment_passes_markdown_by() -> None:
    draft = Draft()
    mark = draft.html("<div>**x** @@0@@</div>")
    html = markdown.markdown(f"a\n\n{mark}\n\nb {mark} c")
    whole = MARK.sub(lambda match: draft.fragments[match[1] or match[2]], html)
    assert whole == "<p>a</p>\n<div>**x** @@0@@</div>\n<p>b <div>**x** @@0@@</div> c</p>"


def test_tabs_hold_blocks_of_any_height() -> None:
    draft = Draft()
    draft.tabs([("One", f"first\n\n{draft.html('<i></i>')}"), ("Two", "second")])
    html = markdown.markdown(
        draft.markdown, extensions=EXTENSIONS, extension_configs={"pymdownx.tabbed": {"alternate_style": True}}
    )
    assert Read(html).tags.count("input") == 2
    assert tabbed([("One", "a\n\nb")]) == '=== "One"\n\n    a\n\n    b\n'
    assert "<p>@@0@@</p>" in html


def test_highlighted_code_keeps_every_character() -> None:
    source = "\n\n  let x = '<b>'; // \"&amp;\" \\\n\tdone\n\n"
    for language in ("kql", "spl", "eql", "esql", "where.aql", "cse", "rule.json", "yaral", "cql", "sql", "yml", "no"):
        draft = Draft()
        draft.code(source, language)
        assert Read(draft.fragments["0"]).said == source, language


def test_a_table_scrolls_on_its_own_and_can_be_reached() -> None:
    html = table(["A"], [["1"], ["2"]], label='So "called"')
    assert html.startswith('<div class="sw-scroll" tabindex="0" role="region" aria-label="So &quot;called&quot;">')
    assert Read(html).tags.count("tr") == 3


def test_a_badge_says_its_word() -> None:
    assert Read(badge("<ok>", "status-ok")).said == "<ok>"
