"""The report as a comment on a pull request: GitHub's Markdown, in which the text of strangers is only text.

A comment may have 65,536 characters. What does not fit is left out from the end, what is folded first, and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from stagewatch.diff.blocks import (
    Block,
    Code,
    Diff,
    Fold,
    Heading,
    Items,
    Limits,
    Line,
    Para,
    Span,
    Strong,
    Table,
    brief,
    cut,
)
from stagewatch.diff.model import Review
from stagewatch.diff.story import story
from stagewatch.hunt.report_values import visible

MARKER = "<!-- stagewatch diff -->"
"""The first line, by which a workflow finds its own comment again."""

LIMIT = 60_000
"""Below GitHub's limit, in bytes to be on the safe side, with room for what else a workflow puts into its comment."""

LONGEST = 400
"""Characters of any one text."""

TITLE = "Stagewatch: what this change means"

_SIGNS = re.compile(r"[\\`*_\[\]<>|~$&]")
_START = re.compile(r"^(\s*)(#|[-+=>]|\d+[.)])")
_LIVE = re.compile(r"(@|#)(?=\w)|(:)(?=//|[\w+-]+:)|\b(www)(?=\.)|\b(GH)(?=-\d)", re.IGNORECASE)
"""Names that call people, numbers of issues, addresses and names of pictures, which GitHub looks for in the text that
Markdown has become, where an escape is gone."""


def render(review: Review, extra: Sequence[str] = (), limit: int = LIMIT) -> str:
    """The comment. ``extra`` are sections of others, in Markdown, that stand behind what holds for all rules."""
    told = story(review, Limits())
    head = [MARKER, f"## {TITLE}", _verdict(told.verdict), *map(block, told.summary), *extra]
    foot = [f"<sub>\n\n{block(one)}\n\n</sub>" if isinstance(one, Para) else block(one) for one in told.foot]
    room = limit - _size([*head, *foot]) - 200
    return "\n\n".join([*head, *_fitting(told.sections, room), *foot]) + "\n"


def _fitting(sections: Sequence[tuple[Block, ...]], room: int) -> list[str]:
    """As many sections as there is room for; those in front whole, then without what is folded."""
    whole = [_blocks(section) for section in sections]
    short = [_blocks(brief(section)) for section in sections]
    shown: list[str] = []
    for number, text in enumerate(short):
        if _size([text]) > room:
            left = len(sections) - number
            words = "section does" if left == 1 else "sections do"
            shown.append(f"_{left} more {words} not fit into a comment. The report as HTML or JSON has them all._")
            break
        shown.append(text)
        room -= _size([text])
    folded = 0
    for number, text in enumerate(shown[: len(sections)]):
        if number >= len(short) or text is not short[number]:
            break
        more = _size([whole[number]]) - _size([text])
        if more <= room:
            shown[number] = whole[number]
            room -= more
        else:
            folded += 1
    if folded:
        shown.append(f"_Queries and further events of {folded} of these sections do not fit into a comment._")
    return shown


def _size(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) + 2 for text in texts)


def _verdict(paras: Sequence[Para]) -> str:
    warnings = [_line(para.line) for para in paras if para.warning]
    others = [_line(para.line) for para in paras if not para.warning]
    alert = ["\n>\n".join(["> [!CAUTION]", *(f"> {line}" for line in warnings)]).replace("]\n>\n", "]\n", 1)]
    return "\n\n".join([*(alert if warnings else []), *others])


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n\n".join(map(block, blocks))


def block(one: Block) -> str:
    """A block in Markdown."""
    match one:
        case Heading(level, line):
            return f"{'#' * level} {_line(line)}"
        case Para(line):
            return _line(line)
        case Items(lines):
            return "\n".join(f"- {_line(line)}" for line in lines)
        case Diff(lines):
            text = "\n".join(visible(line) for line in lines)
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            return f"{fence}diff\n{text}\n{fence}"
        case Table(head, rows):
            cells = [f"| {' | '.join(map(_line, row))} |" for row in rows]
            return "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *cells])
        case Fold(summary, blocks):
            return f"<details><summary>{''.join(map(_html, summary))}</summary>\n\n{_blocks(blocks)}\n\n</details>"


def _line(line: Line) -> str:
    text = "".join(map(_span, line))
    return _START.sub(r"\1\\\2", text) if not isinstance(line[0], Code | Strong) else text


def _span(span: Span) -> str:
    match span:
        case Code(text):
            return code(text)
        case Strong(text):
            return f"**{plain(text).strip()}**"
        case text:
            return plain(text)


def plain(text: str) -> str:
    """Text in which nothing acts."""
    escaped = _SIGNS.sub(r"\\\g<0>", visible(cut(text, LONGEST)))
    return _LIVE.sub(lambda match: f"{match[0]}<!-- -->", escaped)


def code(text: str) -> str:
    """The text letter by letter, in a fence longer than any in it."""
    text = visible(cut(text, LONGEST))
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if not text.strip() or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _html(span: Span) -> str:
    """What stands in a summary, which is HTML and not Markdown."""
    text = escape(visible(cut(span if isinstance(span, str) else span.text, LONGEST)))
    text = _LIVE.sub(lambda match: f"{match[0]}<!-- -->", text)
    return f"<code>{text}</code>" if isinstance(span, Code) else f"<b>{text}</b>" if isinstance(span, Strong) else text
