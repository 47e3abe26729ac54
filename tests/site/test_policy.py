"""The Content Security Policy of a page."""

from __future__ import annotations

import base64
import hashlib

from stagewatch.site.policy import with_policy

PAGE = '<html><head><meta charset="utf-8"><link href="a.css"><script>one()</script></head><body>{}</body></html>'


def policy(html: str) -> str:
    return with_policy(html).partition('Content-Security-Policy" content="')[2].partition('"')[0]


def hashed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_it_stands_before_all_that_is_loaded() -> None:
    html = with_policy(PAGE)
    assert html.index("Content-Security-Policy") < html.index("a.css")


def test_scripts_within_the_page_are_named_by_their_hashes() -> None:
    found = policy(PAGE.format("<script>\ntwo()\n</script>"))
    assert hashed("one()") in found
    assert hashed("\ntwo()\n") in found


def test_data_and_files_need_no_hash() -> None:
    html = PAGE.format('<script id="x" type="application/json">{"a": 1}</script><script src="b.js"></script>')
    assert policy(html) == policy(PAGE)


def test_nothing_from_elsewhere_and_no_text_as_code() -> None:
    found = policy(PAGE)
    assert found.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe-eval" not in found
    assert "http" not in found
