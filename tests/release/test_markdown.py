from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stagewatch.findings import one_line
from stagewatch.release.markdown import code, plain

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

TEXTS = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&;:@$'\"/=^ aw1\n\tü"), max_size=30) | st.text(max_size=30)


def spans(markdown: str) -> list[tuple[str, str]]:
    """Type and content of the inline tokens of the first list item of a line."""
    blocks = PARSER.parse(f"- x {markdown} x\n")
    assert [block.type for block in blocks].count("inline") == 1
    inline = next(block for block in blocks if block.type == "inline")
    return [(token.type, token.content) for token in inline.children or ()]


@given(TEXTS)
@example("@someone, see #12 and www.example.com, https://example.com or a@b.c")
@example("&amp; &#64;")
@example("<!-- -->")
@example("1. a")
def test_text_is_shown_as_it_is(text: str) -> None:
    shown = [(kind, content) for kind, content in spans(plain(text)) if (kind, content) != ("html_inline", "<!-- -->")]
    assert {kind for kind, _ in shown} == {"text"}
    assert "".join(content for _, content in shown).split() == f"x {one_line(text)} x".split()


@given(TEXTS.filter(lambda text: one_line(text).strip("` ") != ""))
@example("a`b``c")
@example("`a")
def test_code_is_shown_as_it_is(text: str) -> None:
    kinds = [token for token in spans(code(text)) if token[0] != "text"]
    assert [kind for kind, _ in kinds] == ["code_inline"]
    assert kinds[0][1] == one_line(text)


@pytest.mark.parametrize("text", ["@someone", "#12", "owner/name#12"])
def test_nobody_is_called_and_no_issue_is_linked(text: str) -> None:
    """GitHub looks for them in the text after rendering, where a comment keeps the parts from standing together."""
    rendered = html.unescape(PARSER.renderInline(plain(text)))
    assert text not in rendered
    assert rendered.replace("<!-- -->", "") == text
