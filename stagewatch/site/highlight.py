"""Highlighted code as HTML, in the frame that the theme gives a copy button."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from typing import Any

from pygments import highlight
from pygments.filter import Filter
from pygments.filters import TokenMergeFilter
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Error, Name, Punctuation, Text
from pygments.util import ClassNotFound

from stagewatch.site import lexers

OURS = {
    "aql": lexers.AQL,
    "cql": lexers.CQL,
    "cse": lexers.CSE,
    "eql": lexers.EQL,
    "esql": lexers.ESQL,
    "spl": lexers.SPL,
    "yaral": lexers.YARAL,
}
"""Suffix of a query file -> a lexer of our own."""

THEIRS = {"conf": "ini", "kql": "kusto", "ndjson": "json", "yml": "yaml"}
"""Suffix of a file -> Pygments' name of a lexer, where it is another."""

_FORMATTER = HtmlFormatter(nowrap=True)


def highlighted(source: str, language: str, scrolled: str = "") -> str:
    """The code as HTML. ``language`` is a suffix (``where.aql``) or a lexer's name; an unknown one is plain text.

    ``scrolled`` is a name for code in a frame of its own height, which a keyboard has to reach.
    """
    body = highlight(source, _lexer(language.rpartition(".")[2]), _FORMATTER)
    told = f' tabindex="0" role="group" aria-label="{escape(scrolled)}"' if scrolled else ""
    return f'<div class="highlight"><pre><span></span><code{told}>{body}</code></pre></div>'


@cache
def _lexer(language: str) -> Lexer:
    lexer = _found(language)
    lexer.add_filter(_Plain())
    lexer.add_filter(TokenMergeFilter())
    return lexer


def _found(language: str) -> Lexer:
    if language in OURS:
        return OURS[language](stripnl=False, ensurenl=False)
    try:
        return get_lexer_by_name(THEIRS.get(language, language), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False, ensurenl=False)


class _Plain(Filter):
    """Takes for plain text what has its colour: half of a query's tags would say nothing."""

    def filter(self, lexer: Lexer | None, stream: Iterable[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:  # noqa: ARG002
        for kind, value in stream:
            plain = kind in (Name, Punctuation) or kind in Text or kind in Error or not value.strip()
            yield (Text if plain else kind), value
