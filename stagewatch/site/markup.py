"""Markdown and HTML of the site, and how untrusted text gets into them without being read as either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from urllib.parse import quote

from stagewatch.site.highlight import highlighted

MARK = re.compile(r"<p>@@(\d+)@@</p>|@@(\d+)@@")
"""What stands in Markdown for a fragment, alone in its paragraph or within a line."""

_READ = re.compile(r"[\\`*_{}\[\]<>&\"'#!|~^=@:+?]")
"""What Markdown or HTML reads as its own wherever it stands."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_AT_START = re.compile(r"[^\w&]|\d+[.)]")
"""What is read as the mark of a list, a heading or a rule where a line begins with it."""


def text(value: object) -> str:
    """Untrusted text for one line of Markdown or for HTML: it says itself, whatever it holds.

    What Markdown or HTML could read is written as character references; runs of whitespace are one space. Characters
    that control something are told as unknown ones: HTML has none, and Markdown marks its own places with some.
    """
    line = _CONTROL.sub("\ufffd", " ".join(str(value).split()))
    start = _AT_START.match(line)
    head = start[0] if start else ""
    return _references(head) + _READ.sub(lambda match: _references(match[0]), line[len(head) :])


def _references(characters: str) -> str:
    return "".join(f"&#{ord(char)};" for char in characters)


def code(value: object) -> str:
    """Untrusted text as code within a line of Markdown or HTML."""
    return f"<code>{text(value)}</code>"


def link(shown: str, address: str) -> str:
    """A link in a line of Markdown; ``shown`` is Markdown already, ``address`` is not trusted to be one."""
    return f'<a href="{_address(address)}">{shown}</a>'


def outside(address: str) -> str:
    """A link that leaves the site, shown as its address; only text where it is no web address."""
    if not re.match(r"https?://", address):
        return text(address)
    return f'<a href="{_address(address)}" rel="noopener noreferrer">{text(address)}</a>'


def _address(address: str) -> str:
    """An address within a tag: Markdown looks into tags for its own, so the characters of text are not enough."""
    return text(quote(address, safe="%/:?#[]@!$&'()*+,;=-._~"))


def badge(shown: str, kind: str) -> str:
    """A badge. ``kind`` is a word of ours that the theme has a colour for: a level, a status, a verdict."""
    return f'<span class="sw-badge sw-{kind}">{text(shown)}</span>'


class Draft:
    """A page's Markdown in the making; blocks of HTML are kept beside it, past Markdown."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._numbers = count()
        self.fragments: dict[str, str] = {}

    @property
    def markdown(self) -> str:
        return "\n\n".join(self._parts) + "\n"

    def add(self, *blocks: str) -> None:
        """Add blocks of Markdown."""
        self._parts += [block.strip("\n") for block in blocks]

    def html(self, html: str) -> str:
        """Keep a block of finished HTML and return the mark that stands for it in Markdown."""
        number = str(next(self._numbers))
        self.fragments[number] = html
        return f"@@{number}@@"

    def highlighted(self, source: str, language: str) -> str:
        """Keep a block of highlighted code with a copy button and return its mark."""
        return self.html(highlighted(source, language))

    def code(self, source: str, language: str) -> None:
        """Add a block of highlighted code. ``language`` is a lexer's name or a target's suffix without its dot."""
        self.add(self.highlighted(source, language))

    def tabs(self, tabs: Iterable[tuple[str, str]]) -> None:
        """Add a set of tabs: label, which is ours, and Markdown, in which a draft's marks may stand."""
        self.add(tabbed(tabs))


def tabbed(tabs: Iterable[tuple[str, str]]) -> str:
    """Markdown of a set of tabs."""
    parts = []
    for label, markdown in tabs:
        body = "\n".join(f"    {line}" if line else "" for line in markdown.strip("\n").split("\n"))
        parts.append(f'=== "{label}"\n\n{body}\n')
    return "\n".join(parts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, kind: str = "") -> str:
    """A table as HTML for :meth:`Draft.html`, in a frame that scrolls on a phone. Cells and headers are HTML already.

    ``label`` is what a screen reader calls it.
    """
    head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    frame = f'class="sw-scroll" tabindex="0" role="region" aria-label="{escape(label)}"'
    return (
        f'<div {frame}><table class="sw-table {kind}">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )
