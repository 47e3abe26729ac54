"""Every page of a served site in a real browser: what went wrong on it, and whether it is wider than its window."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

TABS = 4
"""Tabs that load pages at the same time."""

WINDOWS = ({"width": 390, "height": 844}, {"width": 1280, "height": 800})
"""A phone and a desktop."""

GIVEN_UP = "net::ERR_ABORTED"
"""What a request ends with that the browser itself stopped, as that for an icon when a tab goes on."""

TOO_WIDE = """() => {
    const wide = document.documentElement.scrollWidth;
    return wide > innerWidth ? `${wide} wide in a window of ${innerWidth}` : "";
}"""


@dataclass
class Crawl:
    """What was found, each with the page that it was found on."""

    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)


def watch(page: Any, base: str, found: Crawl) -> None:
    """Note what a page says on its console and asks for from now on."""
    page.on("console", lambda one: one.type in ("error", "warning") and found.console.append(f"{page.url}: {one.text}"))
    page.on("pageerror", lambda error: found.console.append(f"{page.url}: {error}"))
    page.on(
        "requestfailed",
        lambda one: one.failure == GIVEN_UP or found.failed.append(f"{page.url}: {one.url} {one.failure}"),
    )
    page.on("response", lambda one: one.status < 400 or found.failed.append(f"{page.url}: {one.url} {one.status}"))
    page.on(
        "request", lambda one: one.url.startswith((base, "data:")) or found.outside.append(f"{page.url}: {one.url}")
    )


def crawl(chromium: str, base: str, pages: Iterable[str]) -> Crawl:
    """Open every page. In a thread of its own, since a test's Playwright has the loop of this one."""
    found = Crawl()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_crawl(chromium, base, list(pages), found))
        except Exception as error:  # noqa: BLE001 - raised again where the test can see it
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    for error in raised:
        raise error
    return found


async def _crawl(chromium: str, base: str, pages: Sequence[str], found: Crawl) -> None:
    from playwright.async_api import async_playwright

    left = list(reversed(pages))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        context = await browser.new_context(viewport=WINDOWS[0])

        async def tab() -> None:
            page = await context.new_page()
            watch(page, base, found)
            while left:
                path = left.pop()
                await page.set_viewport_size(WINDOWS[0])
                await page.goto(base + path)
                found.visited.add(path)
                for window in WINDOWS:
                    await page.set_viewport_size(window)
                    told = await page.evaluate(TOO_WIDE)
                    if told:
                        found.wide.append(f"{path}: {told}")

        await asyncio.gather(*(tab() for _ in range(TABS)))
        await browser.close()
