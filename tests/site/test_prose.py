from __future__ import annotations

import pytest

from stagewatch.site.prose import Part, html, parts


def test_a_document_falls_into_parts_by_its_headings() -> None:
    found = list(parts("before\n\n# One\ntext\n## Two ##\n\n- a\n"))
    assert found == [Part(0, "", "before"), Part(1, "One", "text"), Part(2, "Two", "- a")]


def test_what_looks_like_a_heading_in_code_is_none() -> None:
    found = list(parts("# One\n```sh\n# comment\n```\n~~~~\n# two\n~~~\n# three\n~~~~\n# Four\n"))
    assert [(part.level, part.heading) for part in found] == [(1, "One"), (1, "Four")]


@pytest.mark.parametrize(
    "source",
    ["<script>alert(1)</script>", "<img src=x onerror=y>", "a <b onclick=x>b</b>", "![i](http://evil.example/i.png)"],
)
def test_html_and_images_of_a_document_become_text(source: str) -> None:
    made = html(source, lambda address: address)
    assert not any(tag in made for tag in ("<script", "<img", "<b "))


def test_links_go_where_the_site_has_them() -> None:
    made = html("[a](x.md) and [b **c**](y.md), [d](x.md)", {"x.md": "../x.html"}.get)
    assert made == '<p><a href="../x.html">a</a> and b <strong>c</strong>, <a href="../x.html">d</a></p>\n'


def test_a_script_as_an_address_is_no_link() -> None:
    assert "<a" not in html("[a](javascript:alert(1))", lambda address: address)


def test_code_that_names_a_page_leads_there() -> None:
    made = html("`rule` and `<other>`", lambda _: None, {"rule": "rule.html"}.get)
    assert made == '<p><a href="rule.html"><code>rule</code></a> and <code>&lt;other&gt;</code></p>\n'


def test_a_table_gets_a_frame_to_scroll_in() -> None:
    made = html("| a |\n|---|\n| 1 |\n", lambda _: None)
    assert made.startswith('<div class="sw-scroll"')
    assert made.count("</table></div>") == 1


def test_blocks_of_code_are_highlighted() -> None:
    assert 'class="highlight"' in html("```yaml\na: <b>\n```", lambda _: None)
    assert "&lt;b&gt;" in html("```yaml\na: <b>\n```", lambda _: None)
