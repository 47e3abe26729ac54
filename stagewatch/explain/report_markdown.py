"""An explanation in Markdown, for a pull request or a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from stagewatch.explain import report_parts as said
from stagewatch.explain.run import Base, Explained, Explanation, Looked
from stagewatch.explain.trace import Part, Trace
from stagewatch.explain.words import Line
from stagewatch.findings import one_line

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!@])")


def write(explanation: Explanation, out: TextIO | None = None, *, full: bool = False, detailed: bool = False) -> None:
    """Write the report."""
    (out or sys.stdout).writelines(f"{line}\n" for line in _lines(explanation, full, detailed))


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in one line; a rule's author chooses no markup of a page of ours."""
    return _MARKUP.sub(r"\\\1", one_line(" ".join(text.split())))


def code(text: str) -> str:
    """Text in code, whatever backticks it holds."""
    bare = one_line(" ".join(text.split()))
    fence = "`" * (max((len(run) for run in re.findall("`+", bare)), default=0) + 1)
    pad = " " if bare.startswith("`") or bare.endswith("`") else ""
    return f"{fence}{pad}{bare}{pad}{fence}" if bare else ""


def _lines(told: Explanation, full: bool, detailed: bool) -> Iterator[str]:
    rule = told.entry.rule
    yield f"# {escaped(rule.title or told.entry.source.stem)}"
    yield ""
    yield f"{code(f'{told.path}:{told.entry.source.line}')}{f', id {code(str(rule.id))}' if rule.id else ''}"
    yield ""
    yield from _outline(told.outline)
    if told.bases and told.outline != told.bases[0].outline:
        for base in told.bases:
            yield from ("", f"## {escaped(base.title)}", "", code(base.path), "")
            yield from _outline(base.outline)
    for trace in told.traces:
        yield from _trace(trace, len(told.items), full, detailed)
    for event in told.events:
        yield from _event(event, detailed)
    if told.together:
        yield from ("", "## The correlation over all these events together", "")
        yield from (f"- {one.target}: {escaped(one.reason) or f'{len(one.rows)} rows'}" for one in told.together)
    if told.notes:
        yield ""
        yield from (f"> {escaped(note)}" for note in told.notes)


def _outline(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        place = f" (lines {said.span(*line.lines)})" if line.lines else ""
        yield f"{'  ' * line.depth}- {escaped(line.text)}{place}"


def _trace(trace: Trace, count: int, full: bool, detailed: bool) -> Iterator[str]:
    located = count - len(trace.absent) - len(trace.lost)
    yield from ("", f"## {trace.target}: {trace.outcome.status}", "")
    yield from (f"- {escaped(reason)}" for reason in trace.outcome.reasons)
    if trace.outcome.rendered is None:
        return
    yield f"- {located} of {count} parts of the rule stand in the query"
    for absent in trace.absent:
        name = f"{said.item_name(absent.item)} ({said.item_place(absent.item)})"
        yield f"- not in the query: {escaped(name)}: {escaped(absent.reason)}"
    yield from (f"- **could not be located**: {escaped(said.item_name(item))}" for item in trace.lost)
    for traced in trace.queries if detailed else ():
        yield from ("", f"### {traced.suffix}", "")
        if traced.problem:
            yield f"**{escaped(traced.problem)}**"
        yield from ("| part of the query | made by |", "|---|---|")
        yield from (f"| {_cell(code(said.part_text(part, full=full)))} | {_made_by(part)} |" for part in traced.parts)


def _made_by(part: Part) -> str:
    told = [f"{said.item_name(item)} ({said.item_place(item)})" for item in part.items]
    told += said.step_texts(part.steps)
    told += [f"by the target: {part.reason}" if part.kind == "target" else part.reason] if part.reason else []
    return "<br>".join(map(escaped, told))


def _cell(text: str) -> str:
    """Code in a table: a vertical line would end the cell even there."""
    return text.replace("|", "\\|")


def _event(event: Explained, detailed: bool) -> Iterator[str]:
    yield from ("", f"## {escaped(said.event_title(event))}")
    for base, found in event.by_rule:
        if len(event.by_rule) > 1:
            yield from ("", f"### {escaped(base.title)}")
        yield ""
        yield from _matrix(base, found)
        yield ""
        for targets, cause in said.grouped(found):
            loud = "**" if cause.kind == "disagreement" else ""
            yield f"- {escaped(targets)}: {loud}{escaped(cause.text)}{loud}"
        if detailed:
            yield from (line for looked in found for line in _tree(base, looked))


def _matrix(base: Base, found: Sequence[Looked]) -> Iterator[str]:
    head, rows = said.matrix(base, found)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)


def _tree(base: Base, looked: Looked) -> Iterator[str]:
    seen = looked.verdict.told
    yield from ("", f"{looked.verdict.target}: {said.verdict_cell(looked.verdict)}", "")
    for row in said.tree(base, seen) if seen is not None else ():
        there = f": {escaped(row.there)}" if row.there else ""
        yield f"{'  ' * row.depth}- **{said.CELLS[row.met]}** {escaped(row.text)}{there}"
