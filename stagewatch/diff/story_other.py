"""The sections of what is no rule: filters that nothing switches on, pipelines and settings, named lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagewatch.diff.blocks import Block, Code, Diff, Fold, Heading, Items, Limits, Line, Para, Strong, cut, shortened
from stagewatch.diff.model import FilterChange, ListChange, PipelineChange, Review
from stagewatch.diff.story_rule import amount, codes, event_line, events_blocks

_KINDS = {"added": "New filter", "removed": "Removed filter", "changed": "Changed filter"}


def filter_section(one: FilterChange, limits: Limits) -> Iterator[Block]:
    """What a filter does where a site switches it on."""
    yield Heading(3, (f"{'⚠️ ' if one.lost else ''}{_KINDS[one.kind]}: {one.title}",))
    yield Para((Code(one.path), " · nothing here switches it on; this is what it does where a site does"))
    for stem, hits in one.rules.items():
        lost = [hit for hit in hits.gone if hit.expected_now]
        if lost:
            yield Para(
                (Strong(f"No longer hit: {amount(len(lost), 'expected event')}"), " of ", Code(stem), "."), warning=True
            )
            yield from events_blocks(lost, limits)
        others = [hit for hit in hits.gone if not hit.expected_now]
        if others:
            yield Para(("No longer hit: ", amount(hits.gone_count - len(lost), "event"), " of ", Code(stem), "."))
            yield Items(tuple(event_line(hit, limits) for hit in others[: limits.items]))
        if hits.newly_count:
            yield Para(("Newly hit: ", amount(hits.newly_count, "event"), " of ", Code(stem), "."))
            yield Items(tuple(event_line(hit, limits) for hit in hits.newly[: limits.items]))
    if not one.rules:
        yield Para(("No event of the fixtures is newly hit or no longer hit with it.",))


def pipeline_section(review: Review, limits: Limits) -> Iterator[Block]:
    """What pipelines and settings make of rules that did not change."""
    yield Heading(3, ("Pipelines and settings",))
    if review.sources:
        yield Para(("Changed: ", *codes(review.sources), "."))
    for one in review.pipelines:
        yield from _pipeline(one, limits)
    if not review.pipelines:
        yield Para(("No query changes by it.",))


def list_section(changes: Sequence[ListChange], limits: Limits) -> Iterator[Block]:
    """Named lists whose values changed."""
    yield Heading(3, ("Named lists",))
    yield Items(tuple(_list(one, limits) for one in changes[: limits.rows]))
    if len(changes) > limits.rows:
        yield Para((f"{len(changes) - limits.rows:,} more are not shown.",))


def _pipeline(one: PipelineChange, limits: Limits) -> Iterator[Block]:
    rules = sum(len(stems) for _, stems in one.groups)
    yield Para(
        (Strong(one.target), f": the queries of {amount(rules, 'rule')} changed that did not change themselves.")
    )
    if one.statuses:
        shown = one.statuses[: limits.rows]
        lines: list[Line] = [
            (Code(stem), f": {before} → {now}", f": {reason}" if reason else "") for stem, before, now, reason in shown
        ]
        left = len(one.statuses) - len(shown)
        yield Items((*lines, *([(f"… and {amount(left, 'more rule')}",)] if left else [])))
    for lines_changed, stems in one.groups[: limits.items]:
        names = ", ".join(stems[:3]) + (f" and {len(stems) - 3} more" if len(stems) > 3 else "")
        yield Fold((f"The same in {amount(len(stems), 'rule')}: {names}",), (Diff(shortened(lines_changed, limits)),))
    if len(one.groups) > limits.items:
        yield Para((f"{len(one.groups) - limits.items} more kinds of change on {one.target} are not shown.",))


def _list(one: ListChange, limits: Limits) -> Line:
    spans: list[str | Code] = []
    for sign, values in (("−", one.gone), ("+", one.new)):
        for value in values[: limits.items]:
            spans += [f"{sign} ", Code(cut(value, limits.characters)), ", "]
        if len(values) > limits.items:
            spans.append(f"{sign} {len(values) - limits.items} more, ")
    spans[-1] = str(spans[-1]).rstrip(", ") if isinstance(spans[-1], str) else spans[-1]
    return Code(one.name), ": ", *spans
