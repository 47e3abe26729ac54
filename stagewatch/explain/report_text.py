"""An explanation for a terminal or a log."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import TextIO

import click

from stagewatch.explain import report_parts as said
from stagewatch.explain.run import Base, Explained, Explanation, Looked
from stagewatch.explain.trace import Part, Trace, Traced
from stagewatch.explain.words import Line
from stagewatch.findings import one_line
from stagewatch.tables import table

PIPED_WIDTH = 120
"""Columns of an output that is no terminal."""

COLOURS: Mapping[str, str] = {
    "yes": "green",
    "HIT": "green",
    "no": "red",
    "miss": "red",
    "head": "cyan",
    "loud": "bright_red",
}


def write(explanation: Explanation, out: TextIO | None = None, *, full: bool = False, detailed: bool = False) -> None:
    """Write the report; in colours only on a terminal and where ``NO_COLOR`` is not set."""
    out = out or sys.stdout
    report = _Report(
        explanation,
        full=full,
        detailed=detailed,
        width=max(60, shutil.get_terminal_size((PIPED_WIDTH, 24)).columns if out.isatty() else PIPED_WIDTH),
        colours=out.isatty() and not os.environ.get("NO_COLOR"),
    )
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.writelines(f"{line}\n".encode(encoding, "backslashreplace").decode(encoding) for line in report.lines())


class _Report:
    def __init__(self, told: Explanation, *, full: bool, detailed: bool, width: int, colours: bool) -> None:
        self.told, self.full, self.detailed, self.width, self.colours = told, full, detailed, width, colours

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._words()
        for trace in self.told.traces:
            yield from self._trace(trace) if self.detailed else self._brief(trace)
        if not self.detailed:
            yield ""
            yield "--target NAME shows each part of a query with the lines that made it."
        for event in self.told.events:
            yield from self._event(event)
        yield from self._together()
        for note in self.told.notes:
            yield self._paint("loud", f"note: {note}")

    def _paint(self, style: str, text: str) -> str:
        return click.style(text, fg=COLOURS[style]) if self.colours and style in COLOURS else text

    def _wrapped(self, indent: str, text: str, hanging: str = "  ") -> Iterator[str]:
        if self.full:
            yield f"{indent}{text}"
            return
        lines = textwrap.wrap(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + hanging,
            break_on_hyphens=False,
            break_long_words=False,
            drop_whitespace=True,
        )
        yield from lines or [indent.rstrip()]

    def _head(self) -> Iterator[str]:
        rule = self.told.entry.rule
        level = f", level {rule.level.name.lower()}" if rule.level else ""
        yield self._paint("head", f"{one_line(rule.title or '')}")
        yield f"{self.told.path}:{self.told.entry.source.line}{f', id {rule.id}' if rule.id else ''}{level}"

    def _words(self) -> Iterator[str]:
        yield ""
        yield from self._outline(self.told.outline)
        if self.told.bases and self.told.outline != self.told.bases[0].outline:
            for base in self.told.bases:
                yield ""
                yield self._paint("head", f"'{base.title}' ({base.path})")
                yield from self._outline(base.outline)

    def _outline(self, lines: tuple[Line, ...]) -> Iterator[str]:
        for line in lines:
            place = ""
            if line.lines is not None:
                first, last = line.lines
                place = f"  [{'line' if first == last else 'lines'} {said.span(first, last)}]"
            yield from self._wrapped("  " * line.depth, f"{line.text}{place}", "    ")

    def _brief(self, trace: Trace) -> Iterator[str]:
        if trace is self.told.traces[0]:
            yield ""
            yield self._paint("head", "On the platforms")
        located = len(self.told.items) - len(trace.absent) - len(trace.lost)
        status = trace.outcome.status
        if trace.outcome.rendered is None:
            yield from self._wrapped(
                "  ", f"{trace.target}: {status}: {'; '.join(map(one_line, trace.outcome.reasons))}"
            )
            return
        yield f"  {trace.target}: {status}, {located} of {len(self.told.items)} parts of the rule stand in the query"
        parts = [part for traced in trace.queries for part in traced.parts]
        for about, kind in (("log source", "pipeline"), ("fields", "rule")):
            steps = dict.fromkeys(step for part in parts if part.kind == kind for step in part.steps)
            if steps:
                yield from self._wrapped("    ", f"{about}: {'; '.join(said.step_texts(steps))}")
        yield from self._missing(trace, "    ")

    def _missing(self, trace: Trace, indent: str) -> Iterator[str]:
        for absent in trace.absent:
            text = f"not in the query: {said.item_name(absent.item)} ({said.item_place(absent.item)}): {absent.reason}"
            yield from self._wrapped(indent, text)
        for item in trace.lost:
            yield self._paint("loud", f"{indent}could not be located: {said.item_name(item)} ({said.item_place(item)})")

    def _trace(self, trace: Trace) -> Iterator[str]:
        yield ""
        yield self._paint("head", f"{trace.target}: {trace.title}, {trace.outcome.status}")
        for reason in trace.outcome.reasons:
            yield from self._wrapped("  ", one_line(reason))
        for traced in trace.queries:
            yield f"  {traced.suffix}"
            yield from self._parts(traced)
        if trace.outcome.rendered is not None:
            yield from self._missing(trace, "  ")

    def _parts(self, traced: Traced) -> Iterator[str]:
        if traced.problem:
            yield self._paint("loud", f"    {traced.problem}")
        for part in traced.parts:
            first, *rest = said.part_text(part, full=self.full).split("\n")
            yield f"    {first}"
            yield from (f"    {line}" for line in rest)
            for text in self._made_by(part):
                yield from self._wrapped("        ", text)

    @staticmethod
    def _made_by(part: Part) -> Iterator[str]:
        for item in part.items:
            yield f"{said.item_name(item)} ({said.item_place(item)})"
        yield from said.step_texts(part.steps)
        if part.reason:
            yield f"by the target: {part.reason}" if part.kind == "target" else part.reason

    def _event(self, event: Explained) -> Iterator[str]:
        yield ""
        yield self._paint("head", said.event_title(event))
        for base, found in event.by_rule:
            if len(event.by_rule) > 1:
                yield f"  '{base.title}'"
            yield from self._matched(base, found)

    def _matched(self, base: Base, found: tuple[Looked, ...]) -> Iterator[str]:
        if not self.detailed:
            head, rows = said.matrix(base, found)
            lines = table(head, rows)
            yield from (f"  {line}" for line in lines)
            for targets, cause in said.grouped(found):
                text = f"{targets}: {cause.text}"
                yield from (
                    self._paint("loud", line) if cause.kind == "disagreement" else line
                    for line in self._wrapped("  ", text)
                )
            return
        for looked in found:
            yield from self._tree(base, looked)

    def _tree(self, base: Base, looked: Looked) -> Iterator[str]:
        word = said.verdict_cell(looked.verdict)
        yield f"  {looked.verdict.target}: {self._paint(word, word)}"
        seen = looked.verdict.told
        for row in said.tree(base, seen) if seen is not None else ():
            mark = said.CELLS[row.met]
            there = f"  {row.there}" if row.there else ""
            text = f"{'  ' * row.depth}{row.text}{there}"
            lines = list(self._wrapped("         ", text))
            yield f"    {self._paint(mark, f'{mark:<4}')} {lines[0].strip() if row.depth == 0 else lines[0][9:]}"
            yield from lines[1:]
        for cause in looked.causes:
            style = "loud" if cause.kind == "disagreement" else ""
            yield from (self._paint(style, line) for line in self._wrapped("    ", f"why: {said.cause_text(cause)}"))

    def _together(self) -> Iterator[str]:
        if not self.told.together:
            return
        yield ""
        yield self._paint("head", "The correlation over all these events together")
        for one in self.told.together:
            if one.reason:
                yield from self._wrapped("  ", f"{one.target}: {one.reason}")
                continue
            yield f"  {one.target}: {len(one.rows)} row{'' if len(one.rows) == 1 else 's'}"
            for row in one.rows[:3]:
                text = ", ".join(f"{name}={value}" for name, value in list(row.items())[:6])
                yield from self._wrapped("    ", one_line(text))
