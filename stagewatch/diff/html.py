"""The report as one HTML file: no script, nothing from outside, the style allowed by its hash alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib import resources
from string import Template

from stagewatch import __version__
from stagewatch.diff.blocks import Block, Code, Diff, Fold, Heading, Items, Limits, Line, Para, Span, Strong, Table, cut
from stagewatch.diff.markdown import TITLE
from stagewatch.diff.model import Review
from stagewatch.diff.story import story
from stagewatch.hunt.report_values import visible

LIMITS = Limits(items=25, folded=1000, lines=2000, characters=1000, rows=1000)


LONGEST = 4000
"""Characters of any one text."""


def render(review: Review) -> str:
    """The page."""
    told = story(review, LIMITS)
    style = _asset("report.css")
    policy = f"default-src 'none'; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    body = [
        f'<div class="verdict">{"".join(_blocks(told.verdict))}</div>\n',
        *_blocks(told.summary),
        *(f"<section>\n{''.join(_blocks(section))}</section>\n" for section in told.sections),
    ]
    return Template(_asset("report.html")).substitute(
        policy=policy,
        style=style,
        title=escape(TITLE),
        body="".join(body),
        foot="".join(_blocks(told.foot)),
        version=escape(__version__),
    )


def _asset(name: str) -> str:
    return resources.files("stagewatch.diff").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(level, line):
                yield f"<h{level - 1}>{_line(line)}</h{level - 1}>\n"
            case Para(line, warning):
                yield f'<p class="warning">{_line(line)}</p>\n' if warning else f"<p>{_line(line)}</p>\n"
            case Items(lines):
                yield "<ul>\n" + "".join(f"<li>{_line(line)}</li>\n" for line in lines) + "</ul>\n"
            case Diff(lines):
                rows = "".join(_diff_line(line) for line in lines)
                yield f'<pre class="diff" tabindex="0" role="region" aria-label="Changed lines">{rows}</pre>\n'
            case Table(head, rows):
                yield from _table(head, rows)
            case Fold(summary, inner):
                yield f"<details><summary>{_line(summary)}</summary>\n{''.join(_blocks(inner))}</details>\n"


def _table(head: tuple[str, ...], rows: tuple[tuple[Line, ...], ...]) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Changed rules">\n<table>\n<thead><tr>'
    yield from (f'<th scope="col">{escape(name)}</th>' for name in head)
    yield "</tr></thead>\n<tbody>\n"
    for first, *others in rows:
        cells = "".join(f"<td>{_line(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{_line(first)}</th>{cells}</tr>\n'
    yield "</tbody>\n</table>\n</div>\n"


def _diff_line(line: str) -> str:
    """A changed line: its sign says what it is, to those who see no colours and to those who hear the page too."""
    text = _text(line)
    match line[:1]:
        case "+":
            return f"<ins>{text}</ins>\n"
        case "-":
            return f"<del>{text}</del>\n"
        case "@":
            return f'<span class="gap">{text[2:].strip() or "⋯"}</span>\n'
        case _:
            return f"{text}\n"


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    match span:
        case Code(text):
            return f"<code>{_text(text)}</code>"
        case Strong(text):
            return f"<strong>{_text(text)}</strong>"
        case text:
            return _text(text)


def _text(text: str) -> str:
    return escape(visible(cut(text, LONGEST)))
