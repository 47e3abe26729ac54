"""Documents of the repository, such as guides, as HTML that is safe whoever wrote them: none of theirs, no images."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stagewatch.site.highlight import highlighted

Resolve = Callable[[str], str | None]
"""The address of a link -> what it is on the site, None where it leads nowhere and only its text stays."""

_HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the Markdown up to the next one of whatever level. The first part may have no heading, level 0."""

    level: int
    heading: str
    body: str


def parts(markdown: str) -> Iterator[Part]:
    """The parts of a document by its headings; what looks like one within a block of code is none."""
    level, heading, lines, fence = 0, "", [], ""
    for line in markdown.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark is not None and not fence:
            fence = mark[1]
        elif mark is not None and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        found = None if fence or mark else _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        if heading or any(map(str.strip, lines)):
            yield Part(level, heading, "\n".join(lines).strip("\n"))
        level, heading, lines = len(found[1]), found[2], []
    yield Part(level, heading, "\n".join(lines).strip("\n"))


def html(markdown: str, resolve: Resolve, code: Callable[[str], str | None] = lambda _: None) -> str:
    """Markdown as HTML. HTML in it is shown as text, images are their description.

    ``code`` may give an address for what stands as code within a line, such as a rule's file.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(markdown)
    for token in tokens:
        token.children = _resolved(token.children or [], resolve)
        for child in token.children:
            if child.type == "code_inline":
                child.meta = {"address": code(child.content)}
    reader.add_render_rule("fence", _fence)
    reader.add_render_rule("code_inline", _code)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    rendered: str = reader.renderer.render(tokens, reader.options, {})
    return rendered


def _resolved(children: list[Token], resolve: Resolve) -> list[Token]:
    """Links with their addresses on the site; those that lead nowhere without their tags. Links hold no links."""
    kept: list[Token] = []
    dropped = False
    for child in children:
        if child.type == "link_open":
            address = resolve(str(child.attrs.get("href", "")))
            dropped = address is None
            if address is not None:
                child.attrs["href"] = address
        if not (dropped and child.type in ("link_open", "link_close")):
            kept.append(child)
    return kept


def _fence(_: Any, tokens: list[Token], index: int, *__: Any) -> str:
    return highlighted(tokens[index].content, tokens[index].info.strip() or "text") + "\n"


def _code(_: Any, tokens: list[Token], index: int, *__: Any) -> str:
    token = tokens[index]
    shown = f"<code>{escape(token.content)}</code>"
    address = token.meta.get("address")
    return f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _table_open(*_: Any) -> str:
    return '<div class="sw-scroll" tabindex="0" role="region" aria-label="Table"><table class="sw-table">\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"
