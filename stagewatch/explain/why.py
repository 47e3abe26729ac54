"""Why an event is missed, in words: the parts that must hold and do not, and the filters that took it away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaType

from stagewatch import expression as ex
from stagewatch.detections import item_expression
from stagewatch.explain.match import Answer, Column, Seen, Verdict, holds
from stagewatch.explain.model import Group, Item, ItemNode, Negated, Node, items
from stagewatch.explain.near import fits, miss, shown, texts
from stagewatch.explain.pipelines import Step
from stagewatch.findings import one_line


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. ``items`` are the parts that it is about."""

    kind: str
    """``unsupported``, ``no record``, ``log source``, ``miss``, ``lacking``, ``filter``, ``disagreement``."""
    text: str
    items: tuple[Item, ...] = ()
    columns: tuple[str, ...] = ()
    """The platform's columns that it is about; ``text`` does not name them, so that platforms can be told together."""


def causes(verdict: Verdict, tree: Node, own: Mapping[str, object], asked: str) -> list[Cause]:
    """Why a platform gives the verdict that it gives. Nothing for a hit that the parts agree with.

    ``own`` is the event under Sigma's names; ``asked`` names the log source that the rule asks for.
    """
    if verdict.hit is None:
        return [Cause("unsupported", one_line(verdict.reason))]
    seen = verdict.told
    if seen is None:
        return [Cause("no record", one_line(verdict.reason))]
    found = [
        Cause(
            "disagreement",
            f"the parts say {_word(one.composed)}, the query says {_word(one.whole)}: do not trust this explanation",
        )
        for one in verdict.records
        if not one.agrees
    ]
    if seen.whole:
        return found
    if not seen.source_met:
        return [*found, *_of_source(seen, verdict, asked)]
    return [*found, *_missed(tree, seen.answers, own)]


def _word(hit: bool) -> str:
    return "hit" if hit else "no hit"


def _of_source(seen: Seen, verdict: Verdict, asked: str) -> Iterator[Cause]:
    unmet = [condition for condition in seen.conditions if not condition.met]
    if not seen.in_table:
        reads = f"the query reads {verdict.reads}" if verdict.reads else "the query reads another place"
        yield Cause("log source", f"the event is none of {asked}: {reads}, its record stands in {seen.source}")
        return
    for condition in unmet:
        there = "; ".join(_there(column) for column in condition.columns)
        yield Cause(
            "log source",
            f"the event is none of {asked}: {condition.text} is asked for{_by(condition.steps)}, {there}",
        )


def _by(steps: Sequence[Step]) -> str:
    adding = [step for step in steps if step.what.startswith("adds")] or list(steps)
    return f" ({adding[0].place.path}:{adding[0].place.line})" if adding else ""


def _there(column: Column) -> str:
    if column.computed:
        return f"{column.name} is computed by the query"
    return f"{column.name} is {shown(column.value)}" if column.present else f"the record has no {column.name}"


def _missed(node: Node, answers: Mapping[Item, Answer], own: Mapping[str, object]) -> Iterator[Cause]:
    """What must change for a node to hold."""
    match node:
        case ItemNode(item):
            yield item_cause(item, answers[item], own)
        case Group("all", nodes):
            for one in nodes:
                if not holds(one, answers):
                    yield from _missed(one, answers, own)
        case Group(_, nodes):
            yield from _nearest(nodes, answers, own)
        case Negated(inner):
            several = isinstance(inner, Group) and inner.join == "any" and not inner.name
            for one in inner.nodes if several and isinstance(inner, Group) else (inner,):
                if holds(one, answers):
                    yield _taken(one, answers)


def _taken(node: Node, answers: Mapping[Item, Answer]) -> Cause:
    """A part that must not hold and does."""
    met = tuple(item for item in dict.fromkeys(items(node)) if answers[item].met)
    name = next(iter(dict.fromkeys(item.detection for item in met)), "a part that must not hold")
    told = "; ".join(f"{item.key or 'a keyword'} {matched(item, answers[item])}" for item in met)
    return Cause("filter", f"{name} took it away{f': {told}' if told else ''}", met)


def _nearest(nodes: tuple[Node, ...], answers: Mapping[Item, Answer], own: Mapping[str, object]) -> Iterator[Cause]:
    """Of alternatives that all miss: every one of a detection's own, else the one of which most is met."""
    if all(isinstance(node, ItemNode) for node in nodes):
        for node in nodes:
            yield from _missed(node, answers, own)
        return
    best = max(nodes, key=lambda node: _share(node, answers))
    others = len(nodes) - 1
    for cause in _missed(best, answers, own):
        more = f" ({others} other alternative{'s' if others > 1 else ''} miss{'' if others > 1 else 'es'} by more)"
        yield replace(cause, text=f"{cause.text}{more if others else ''}")


def _share(node: Node, answers: Mapping[Item, Answer]) -> float:
    """How much of a node is met: the terms of an AND that hold, of an OR the best."""
    match node:
        case ItemNode(item):
            return float(answers[item].met is True)
        case Group("all", nodes):
            return sum(_share(one, answers) for one in nodes) / len(nodes)
        case Group(_, nodes):
            return max(_share(one, answers) for one in nodes)
        case Negated(inner):
            return float(not holds(inner, answers))


def item_cause(item: Item, answer: Answer, own: Mapping[str, object]) -> Cause:
    """Why an item is not met."""
    name = item.key or "the keyword"
    if answer.reason:
        return Cause("lacking", f"{name}: {one_line(answer.reason)}", (item,))
    told: dict[str, None] = {}
    columns: dict[str, None] = {}
    for leaf in answer.leaves:
        if isinstance(leaf, ex.Keyword):
            told["it stands nowhere in the record's text"] = None
            continue
        column = next((one for one in answer.columns if one.name == leaf.field), None)
        if column is None:
            continue
        columns[column.name] = None
        if column.computed:
            told[f"the query computes the field ({column.computed}), and it does not fit"] = None
        elif column.present:
            told[miss(leaf, column.value)] = None
        else:
            nor = f", nor has the event itself {item.sigma_field}" if item.sigma_field and not _has(own, item) else ""
            told[f"the record has no such field{nor}"] = None
    return Cause("miss", f"{name}: {'; '.join(told) or 'not met'}", (item,), tuple(columns))


def _has(own: Mapping[str, object], item: Item) -> bool:
    return any(name.lower() == (item.sigma_field or "").lower() for name in own)


def matched(item: Item, answer: Answer) -> str:
    """What met an item: the value, and the line of the pattern that it fits where one can be told."""
    for leaf in answer.leaves:
        if not isinstance(leaf, ex.Text):
            continue
        column = next((one for one in answer.columns if one.name == leaf.field and one.present), None)
        if column is None:
            continue
        for text in texts(column.value):
            for glob in leaf.globs:
                if fits(glob, text, leaf.cased):
                    return f"fits {shown(text)}{_line_of(item, glob)}"
    values = [shown(column.value) for column in answer.columns if column.present]
    return f"fits {', '.join(values)}" if values else "is met"


def _line_of(item: Item, glob: ex.Glob) -> str:
    """The line of the value that a pattern was made of: the only one, or one that the platform left as it is."""
    if len(item.values) == 1:
        return f" (line {item.values[0].line})"
    for place, value in zip(item.values, item.of.value, strict=False):
        alone = _alone(item, value)
        if alone is not None and any(
            glob in leaf.globs for leaf in ex.leaves(item_expression(alone)) if isinstance(leaf, ex.Text)
        ):
            return f" (line {place.line})"
    return ""


def _alone(item: Item, value: SigmaType) -> SigmaDetectionItem | None:
    if item.sigma_field is None:
        return None
    return replace(item.of, value=[value], auto_modifiers=False, negated=False)
