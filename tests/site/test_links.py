from __future__ import annotations

import pytest

from stagewatch.site.links import broken, loaded_from_outside


def page(body: str) -> dict[str, bytes]:
    return {"a/b.html": body.encode(), "a/c.html": b'<p id="here">', "d.css": b"", "e f.txt": b""}


@pytest.mark.parametrize(
    "address",
    [
        "c.html",
        "c.html#here",
        "./c.html?q=1#here",
        "../d.css",
        "#own",
        "https://example.com/x",
        "../e%20f.txt",
        "mailto:a@b.c",
    ],
)
def test_a_link_that_leads_somewhere(address: str) -> None:
    assert list(broken(page(f'<p id="own"><a href="{address}">x</a>'))) == []


@pytest.mark.parametrize(
    "address", ["no.html", "c.html#gone", "#gone", "../../a/c.html", "/d.css", "d.css", "../a", "e%20f.txt", ".."]
)
def test_a_link_that_leads_nowhere(address: str) -> None:
    assert list(broken(page(f'<a class="x" href="{address}">x</a>'))) == [("a/b.html", address)]


def test_text_that_looks_like_a_link_is_none() -> None:
    assert list(broken(page('<code>&lt;a href="no.html"&gt;</code> href="no.html"'))) == []


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://example.com/x.js"></script>',
        '<img alt="" src="//example.com/x.png">',
        '<link rel="stylesheet" href="http://example.com/x.css">',
        '<iframe src="data:text/html,x"></iframe>',
        '<form action="https://example.com/">',
        '<img srcset="https://example.com/x.png 2x">',
    ],
)
def test_what_a_page_loads_from_elsewhere_is_told(tag: str) -> None:
    assert len(list(loaded_from_outside(page(tag)))) == 1


def test_a_link_to_elsewhere_loads_nothing() -> None:
    assert list(loaded_from_outside(page('<a href="https://example.com/">x</a><script src="x.js"></script>'))) == []
