"""What all reports of an explanation say in the same words: places, cells of the matrix, the tree with its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stagewatch.explain.match import Answer, Seen, Verdict, holds
from stagewatch.explain.model import Group, Item, ItemNode, Negated, Node, items
from stagewatch.explain.near import shown
from stagewatch.explain.pipelines import Step
from stagewatch.explain.run import Base, Explained, Looked
from stagewatch.explain.trace import Part
from stagewatch.explain.why import Cause, matched
from stagewatch.findings import one_line

SHORT = 100
"""Characters of a query's part that are shown where not all is asked for."""

CELLS = {True: "yes", False: "no", None: "-"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the tree: whether it holds, how deep it stands, and what is there."""

    met: bool | None
    depth: int
    text: str
    there: str = ""


def span(first: int, last: int) -> str:
    """Lines of a file."""
    return str(first) if first == last else f"{first}-{last}"


def item_place(item: Item) -> str:
    """File and lines of an item."""
    first, last = item.lines
    return f"{item.place.path}:{span(first, last)}" if first else item.place.path


def item_name(item: Item) -> str:
    """Detection and key."""
    name = f"{item.detection} > {item.key}" if item.key else item.detection
    return f"{name} (filter)" if item.filtered else name


def step_texts(steps: Iterable[Step]) -> list[str]:
    """Steps in words; the lines of one item that does one thing are told together."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for step in steps:
        lines.setdefault((step.what, step.place.path, step.identifier), []).append(step.place.line or 0)
    return [
        f"{one_line(what)} ({path}{f':{span(min(known), max(known))}' if any(known) else ''}, {one_line(identifier)})"
        for (what, path, identifier), known in lines.items()
    ]


def part_text(part: Part, *, full: bool) -> str:
    """A part of a query, in one line and cut unless all of it is asked for."""
    if full:
        return part.text
    text = " ".join(part.text.split())
    return text if len(text) <= SHORT else f"{text[:SHORT]}..."


def cell(looked: Looked, item: Item, negated: bool) -> str:
    """What became of an item on a platform, in a word; a part that must not hold ``fits`` where it takes away."""
    seen = looked.verdict.told
    if looked.verdict.hit is None or seen is None:
        return "-"
    answer = seen.answers[item]
    if answer.reason and answer.met is False:
        return "lacks"
    return "fits" if negated and answer.met else CELLS[answer.met]


def source_cell(looked: Looked) -> str:
    """Whether the record is of the log source, in a word."""
    seen = looked.verdict.told
    return "-" if looked.verdict.hit is None or seen is None else CELLS[seen.source_met]


def verdict_cell(verdict: Verdict) -> str:
    """A verdict in a word."""
    return {True: "HIT", False: "miss", None: "n/a"}[verdict.hit]


def tree(base: Base, seen: Seen) -> list[Row]:
    """The rule's tree with what each part says."""
    rows = [Row(seen.source_met, 0, f"log source {base.asked}")]
    for condition in seen.conditions:
        where = f" ({step_place(condition.steps)})" if condition.steps else ""
        there = "; ".join(f"{one.name} is {shown(one.value)}" for one in condition.columns if one.present)
        rows.append(Row(condition.met, 1, f"{condition.text}{where}", there))
    if seen.source_met or seen.in_table:
        rows += _rows(base.tree, seen, 0, False)
    return rows


def step_place(steps: Sequence[Step]) -> str:
    """The place of the step that added a condition."""
    adding = [step for step in steps if step.what.startswith("adds")] or list(steps)
    return f"{adding[0].place.path}:{adding[0].place.line}"


def _rows(node: Node, seen: Seen, depth: int, unwanted: bool) -> Iterator[Row]:
    match node:
        case ItemNode(item):
            yield _row(item, seen.answers[item], depth)
        case Negated(inner):
            met = not holds(inner, seen.answers)
            name = next((item.detection for item in items(inner)), "")
            yield Row(met, depth, f"not {name}" if isinstance(inner, Group) and inner.name else "not")
            yield from _rows(inner, seen, depth + 1, not unwanted)
        case Group(join, nodes, name):
            if not name and depth == 0 and join == "all":
                for one in nodes:
                    yield from _rows(one, seen, depth, unwanted)
                return
            if len(nodes) > 1 or name:
                how = ("all of" if join == "all" else "any of") if len(nodes) > 1 else ""
                text = ", ".join(part for part in (name, how) if part)
                yield Row(holds(node, seen.answers), depth, text)
            for one in nodes:
                yield from _rows(one, seen, depth + 1, unwanted)


def _row(item: Item, answer: Answer, depth: int) -> Row:
    first, last = item.lines
    told = f"{item.key or 'keyword'} ({'line' if first == last else 'lines'} {span(first, last)})"
    if answer.reason:
        return Row(answer.met, depth, told, one_line(answer.reason))
    if answer.met:
        names = ", ".join(dict.fromkeys(column.name for column in answer.columns))
        return Row(True, depth, told, f"{names} {matched(item, answer)}".strip())
    there = [
        f"{one.name} is {shown(one.value)}" if one.present else _none(one.name, one.computed) for one in answer.columns
    ]
    return Row(answer.met, depth, told, "; ".join(there))


def _none(name: str, computed: str) -> str:
    return f"{name} is computed: {computed}" if computed else f"no {name}"


def grouped(found: Sequence[Looked]) -> list[tuple[str, Cause]]:
    """Reasons, each with the targets that give the same one and the columns that it is about there."""
    by_text: dict[tuple[str, str], tuple[dict[str, list[str]], Cause]] = {}
    for looked in found:
        for cause in looked.causes:
            targets, _ = by_text.setdefault((cause.kind, cause.text), ({}, cause))
            targets.setdefault(", ".join(cause.columns), []).append(looked.verdict.target)
    return [
        (
            "; ".join(f"{', '.join(names)}{f' ({columns})' if columns else ''}" for columns, names in targets.items()),
            cause,
        )
        for targets, cause in by_text.values()
    ]


def cause_text(cause: Cause) -> str:
    """A reason with the columns that it is about."""
    return f"{cause.text} ({', '.join(cause.columns)})" if cause.columns else cause.text


def event_title(event: Explained) -> str:
    """Which event it is."""
    return f"Event {event.given.number}: {event.given.label}"


def matrix(base: Base, found: Sequence[Looked]) -> tuple[list[str], list[list[str]]]:
    """Parts against platforms: the head and the rows of a table."""
    head = ["part", "lines", *(looked.verdict.target for looked in found)]
    rows = [["log source", "", *map(source_cell, found)]]
    negated = _negated(base.tree)
    for item in dict.fromkeys(items(base.tree)):
        name = f"{'not ' if item in negated else ''}{item.detection} {item.key}".strip()
        rows.append([name, span(*item.lines), *(cell(looked, item, item in negated) for looked in found)])
    rows.append(["the query", "", *(verdict_cell(looked.verdict) for looked in found)])
    return head, rows


def _negated(node: Node, inside: bool = False) -> frozenset[Item]:
    match node:
        case ItemNode(item):
            return frozenset({item} if inside else ())
        case Negated(inner):
            return _negated(inner, not inside)
        case Group(nodes=nodes):
            return frozenset().union(*(_negated(one, inside) for one in nodes))
