"""A page as a reader has it: its source with the fragments where they stand, with and without tags."""

from __future__ import annotations

import re
from html import unescape

from stagewatch.site.model import Page


def raw(page: Page) -> str:
    """The source with its fragments."""
    return re.sub(r"@@(\d+)@@", lambda match: page.fragments[match[1]], page.markdown)


def whole(page: Page) -> str:
    """The same with character references resolved."""
    return unescape(raw(page))


def said(page: Page) -> str:
    """The text without tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", raw(page))).split())


def rows(html: str) -> list[list[str]]:
    """The cells of all rows of all tables in raw HTML, as text."""
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
        if "<td>" in row
    ]
