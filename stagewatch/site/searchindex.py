"""The index of the site's own search: words to pages, small enough to be loaded when somebody begins to search.

Material's own search fetches its index, the text of all pages, with every page, and from a folder it needs a script
from elsewhere. This one is a script of the site, so it works from a folder as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

PATH = "assets/search-index.js"

TITLE, HEADING, TEXT = 9, 4, 1
"""What a word counts by where it stands."""

COMMON = 0.5
"""A word that more than this part of the pages has in their text is not searched there."""

LONGEST = 40

_SIGNS = {TITLE: "t", HEADING: "h", TEXT: ""}

_WORD = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "col", "path", "circle", "rect", "line"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What the search knows of a page. ``headings`` are anchors and their text; ``tag`` is shown beside the title."""

    path: str
    title: str
    description: str
    section: str
    tag: str
    keywords: tuple[str, ...]
    headings: tuple[tuple[str, str], ...]
    text: str


def words(text: str) -> set[str]:
    """The words of a text as they are searched: ``t1074.001`` and its parts."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        found.add(word)
        found.update(_PART.findall(word))
    return {word for word in found if 1 < len(word) <= LONGEST and not re.fullmatch(r"[0-9a-f]{16,}", word)}


def read(html: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text of a page and its headings, without what says ``data-search-exclude``."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join(reader.text), tuple(reader.headings)


def script(entries: Sequence[Entry]) -> bytes:
    """The index as a script."""
    postings: dict[str, dict[int, int]] = {}
    for number, entry in enumerate(entries):
        weights: dict[str, int] = dict.fromkeys(words(entry.text), TEXT)
        for heading in entry.headings:
            weights.update(dict.fromkeys(words(heading[1]), HEADING))
        weights.update(dict.fromkeys(words(" ".join(entry.keywords)), HEADING))
        weights.update(dict.fromkeys(words(entry.title), TITLE))
        for word, weight in weights.items():
            postings.setdefault(word, {})[number] = weight
    kept = {word: found for word, found in sorted(postings.items()) if _is_told(found, len(entries))}
    data = {
        "pages": [
            [entry.path, entry.title, entry.description, entry.section, entry.tag, list(entry.headings)]
            for entry in entries
        ],
        "words": " ".join(kept),
        "found": " ".join(_written(found) for found in kept.values()),
    }
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return f"globalThis.stagewatchIndex={text}\n".encode()


def _is_told(found: Mapping[int, int], pages: int) -> bool:
    """Whether a word tells pages apart."""
    return len(found) <= max(8, pages * COMMON) or any(weight > TEXT for weight in found.values())


def _written(found: Mapping[int, int]) -> str:
    """Pages as differences, each with a sign where the word counts for more than text."""
    parts, before = [], 0
    for number in sorted(found):
        parts.append(f"{number - before}{_SIGNS[found[number]]}")
        before = number
    return ",".join(parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self._open: list[bool] = []
        self._heading: str | None = None

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        told = dict(attrs)
        hidden = bool(self._open and self._open[-1])
        self._open.append(
            hidden or "data-search-exclude" in told or tag in ("script", "style") or told.get("class") == "headerlink"
        )
        if tag in ("h2", "h3") and told.get("id") and not self._open[-1]:
            self._heading = str(told["id"])
            self.headings.append((self._heading, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._open:
            self._open.pop()
        if tag in ("h2", "h3"):
            self._heading = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1]:
            return
        if self._heading is not None:
            anchor, shown = self.headings[-1]
            self.headings[-1] = anchor, (shown + " ".join(data.split())).strip()
        self.text.append(data)
