"""The pictures of the README and of docs/site.md: ``python -m tests.site.screenshots [SITE]``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.site.browser import chromium, served

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "images"

RULE = "file_event_lnx_susp_file_in_hidden_tmp_directory"

MOST = 200_000
"""Bytes of a picture."""

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def _nothing(page: Any) -> None:
    """The page as it opens."""


def _queries(page: Any) -> None:
    page.locator(".tabbed-labels > label", has_text="Splunk").first.click()
    _to(page, "#queries")


def _near_misses(page: Any) -> None:
    _to(page, page.locator("h3", has_text="Near misses").first.evaluate("one => '#' + one.id"))


def _played(page: Any) -> None:
    page.select_option("#pg-rules", RULE)
    page.wait_for_selector("#pg-events:not([disabled])")
    page.select_option("#pg-events", index=1)
    page.wait_for_function("document.getElementById('pg-event').value !== ''")
    page.click("#pg-go")
    page.wait_for_selector("#pg-go:not([aria-disabled])", timeout=300_000)
    _to(page, "#pg-results")


def _seeds(page: Any) -> None:
    _to(page, "h2:has-text('What they say that they find')")


def _to(page: Any, selector: str) -> None:
    """Bring an element below the header, which hides its row of tabs when a page is scrolled."""
    page.evaluate("() => document.fonts.ready")
    page.locator(selector).first.evaluate(
        "one => window.scrollTo({top: one.getBoundingClientRect().top + scrollY - 64, behavior: 'instant'})"
    )
    page.mouse.move(0, 0)


@dataclass(frozen=True)
class Picture:
    """One picture: the page, what is done on it first, and how it is looked at."""

    name: str
    path: str
    then: Callable[[Any], None] = _nothing
    window: dict[str, int] | None = None
    scheme: str = "light"


PICTURES = (
    Picture("site-home", "index.html"),
    Picture("site-rule", f"rules/{RULE}.html", _queries),
    Picture("site-near-misses", f"rules/{RULE}.html", _near_misses, PHONE),
    Picture("site-coverage", "coverage/index.html", scheme="dark"),
    Picture("site-seeds", "seeds/index.html", _seeds),
    Picture("site-playground", "playground/index.html", _played, scheme="dark"),
)


def main(site: Path) -> None:
    """Take every picture, as a PNG of few colours."""
    from playwright.sync_api import sync_playwright

    OUT.mkdir(parents=True, exist_ok=True)
    with served(site) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        for picture in PICTURES:
            context = browser.new_context(
                viewport=picture.window or DESKTOP, color_scheme=picture.scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(base + picture.path)
            picture.then(page)
            page.wait_for_timeout(1_000)
            path = OUT / f"{picture.name}.png"
            page.screenshot(path=path, animations="disabled", caret="hide")
            context.close()
            size = path.stat().st_size
            print(f"{path.relative_to(ROOT)}: {size:,} bytes" + (", too many" if size >= MOST else ""))
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([sys.executable, ROOT / "convert.py", "site", "--out", f"{scratch}/site"], check=True)
            main(Path(scratch) / "site")
