"""What a reviewer is told of a comparison, in which words and in which order. No markup is known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagewatch.diff.blocks import Block, Code, Fold, Heading, Items, Limits, Line, Para, Story, Strong, Table
from stagewatch.diff.model import Review, RuleChange
from stagewatch.diff.story_other import filter_section, list_section, pipeline_section
from stagewatch.diff.story_rule import amount, codes, field_line, fixture_line, rule_section

WARNING, FINE, NOTE, WRONG = "⚠️", "✅", "ℹ️", "❌"
"""Each stands beside words that say the same."""

WARNINGS = 8
"""Warnings that stand at the top."""

STATUSES = ("ok", "degraded", "unsupported", "failed")
"""Of a query, the best first."""

_KINDS = {
    "added": "new",
    "removed": "removed",
    "unreadable": "no longer loads",
    "changed": "changed",
    "retold": "described differently",
    "fixture": "fixture",
}


def story(review: Review, limits: Limits) -> Story:
    """The whole report."""
    told = [one for one in review.rules if one.kind not in ("retold", "fixture")]
    sections = [tuple(rule_section(one, limits)) for one in told]
    sections += [tuple(filter_section(one, limits)) for one in sorted(review.filters, key=lambda one: not one.lost)]
    sections += [tuple(pipeline_section(review, limits))] if review.pipelines or review.sources else []
    sections += [tuple(list_section(review.lists, limits))] if review.lists else []
    sections += [tuple(_retold(review, limits))] if any(one.kind == "retold" for one in review.rules) else []
    sections += [tuple(_fixtures(review, limits))] if any(one.kind == "fixture" for one in review.rules) else []
    sections += [tuple(_coverage(review))] if review.tags_gone or review.tags_new else []
    return Story(tuple(_verdict(review)), tuple(_summary(told, limits)), tuple(sections), tuple(_foot(review)))


def _verdict(review: Review) -> Iterator[Para]:
    """What matters most, in a sentence each; at least one."""
    warnings = list(_warnings(review))
    warned = bool(warnings)
    yield from (Para(line, warning=True) for line in warnings[:WARNINGS])
    if len(warnings) > WARNINGS:
        yield Para((f"{WARNING} and {amount(len(warnings) - WARNINGS, 'more warning')} below.",), warning=True)
    newly, gone = (sum(getattr(one.hits, count) for one in review.rules) for count in ("newly_count", "gone_count"))
    if review.empty:
        yield Para(
            (f"{FINE} ", Strong("No change in meaning."), " Every rule asks what it asked before.", *_text(review))
        )
    elif newly or gone:
        counts = f"{amount(newly, 'event')} newly hit, {gone:,} no longer hit"
        if review.lost:
            yield Para((f"In all: {counts}.",))
        else:
            none = ", none of them expected by its rule's fixture" if gone else ""
            yield Para((f"{NOTE if warned or gone else FINE} ", Strong("No detection is lost."), f" {counts}{none}."))
    elif not warned:
        asks = any(one.kind in ("added", "removed", "changed") for one in review.rules) or review.pipelines
        lead = "No event of the fixtures is newly hit or no longer hit." if asks else "No rule asks anything else."
        yield Para((f"{FINE} ", Strong(lead), *_text(review)))


def _text(review: Review) -> Line:
    count = len(review.cosmetic)
    if not count:
        return ()
    return (
        f" {amount(count, 'file')} {'differs' if count == 1 else 'differ'} in formatting, comments or order alone.",
    )


def _warnings(review: Review) -> Iterator[Line]:
    for one in review.rules:
        if one.lost:
            yield _lost(one)
    for change in review.filters:
        if change.lost:
            rules = len({stem for stem, _ in change.lost})
            count = amount(len(change.lost), "expected event")
            yield (
                f"{WARNING} ", Strong(f"The filter takes away {count}"), " of ", amount(rules, "rule"),
                " where it is switched on: ", Code(change.path), ".",
            )  # fmt: skip
    for one in review.rules:
        if one.wrong:
            count = amount(len(one.wrong), "near miss", "near misses")
            yield (
                f"{WARNING} ",
                Strong(f"{count} newly hit"),
                " that the fixture says must not match: ",
                Code(one.stem),
                ".",
            )
    for finding in review.findings:
        yield f"{WRONG} ", Strong("Cannot be read:"), " ", Code(str(finding)), "."
    blind: dict[str, list[str]] = {}
    for stem, target in review.blind:
        blind.setdefault(stem, []).append(target)
    for stem, targets in blind.items():
        yield f"{WARNING} ", Strong(f"No query any more on {', '.join(targets)}:"), " ", Code(stem), "."


def _lost(one: RuleChange) -> Line:
    count = len(one.lost)
    of = f" of {one.score.expected}" if one.score and one.score.expected - one.score.hit == count else ""
    what = "group" if one.correlation else "event"
    lead = f"{count}{of} expected {what}{'s are' if count != 1 or of else ' is'} no longer hit"
    reasons = {hit.why for hit in one.lost if hit.why}
    why: Line = ()
    if len(reasons) == 1:
        why = (f": {'; '.join(reasons.pop())}",)
    return f"{WARNING} ", Strong(f"Lost detection: {lead}"), " by ", Code(one.stem), *why, "."


def _summary(told: Sequence[RuleChange], limits: Limits) -> Iterator[Block]:
    if not told:
        return
    rows = tuple(_row(one) for one in told[: limits.rows])
    yield Table(("Rule", "Change", "Newly hit", "No longer hit", "Queries"), rows)
    if len(told) > len(rows):
        yield Para((f"{amount(len(told) - len(rows), 'more rule')} changed and are not in the table.",))


def _row(one: RuleChange) -> tuple[Line, ...]:
    version = ""
    if one.version[0] != one.version[1] and None not in one.version:
        version = f", version {one.version[0]} → {one.version[1]}"
    moved = ", renamed" if one.old_path else ""
    level = next((f", level {field.before} → {field.now}" for field in one.fields if field.name == "level"), "")
    newly, gone = _count(one.hits.newly_count, one.logs.newly_count), _count(one.hits.gone_count, one.logs.gone_count)
    if one.wrong:
        newly = f"{WARNING} {newly}, {len(one.wrong)} must not match"
    if one.lost:
        gone = f"{WARNING} {gone}, {len(one.lost)} expected"
    return ((one.title,), (f"{_KINDS[one.kind]}{moved}{level}{version}",), (newly,), (gone,), (_queries(one),))


def _count(fixtures: int, logs: int) -> str:
    return f"{fixtures} + {logs:,} in logs" if logs else str(fixtures)


def _queries(one: RuleChange) -> str:
    if one.kind in ("removed", "unreadable"):
        return "none any more"
    if one.kind == "added":
        said: dict[str, list[str]] = {}
        for query in one.queries:
            said.setdefault(query.now or "", []).append(query.target)
        return ", ".join(f"{len(said[status])} {status}" for status in sorted(said, key=STATUSES.index))
    changed = [query for query in one.queries if query.diff]
    worse = [f"{query.now} on {query.target}" for query in one.queries if query.worse]
    parts = [f"{len(changed)} changed"] if changed else []
    return "; ".join([*parts, *(f"{WARNING} {text}" for text in worse)]) or "as before"


def _retold(review: Review, limits: Limits) -> Iterator[Block]:
    yield Heading(3, ("Asked the same, described differently",))
    lines: list[Line] = []
    for one in (one for one in review.rules if one.kind == "retold"):
        moved: Line = (" is now ", Code(one.path), ";") if one.old_path else ()
        said = [piece for field in one.fields for piece in (*field_line(field, limits), "; ")][:-1]
        lines.append((Code(one.old_path or one.stem), *(moved or (":",)), " ", *said))
    yield from _some(lines, limits)


def _fixtures(review: Review, limits: Limits) -> Iterator[Block]:
    yield Heading(3, ("Fixtures alone",))
    changes = [one for one in review.rules if one.kind == "fixture"]
    yield from _some([(Code(one.stem), ": ", *fixture_line(one.fixture)) for one in changes], limits)


def _some(lines: Sequence[Line], limits: Limits) -> Iterator[Block]:
    """A list, and how much longer it is."""
    yield Items(tuple(lines[: limits.rows]))
    if len(lines) > limits.rows:
        yield Para((f"{len(lines) - limits.rows:,} more are not shown.",))


def _coverage(review: Review) -> Iterator[Block]:
    yield Heading(3, ("ATT&CK techniques that the rules name",))
    lines: list[Line] = []
    if review.tags_gone:
        lines.append((f"{WARNING} no rule names any more: ", *codes(review.tags_gone)))
    if review.tags_new:
        lines.append(("named for the first time: ", *codes(review.tags_new)))
    yield Items(tuple(lines))


def _foot(review: Review) -> Iterator[Block]:
    if review.notes:
        yield Fold((amount(len(review.notes), "note"),), (Items(tuple((note,) for note in review.notes)),))
    read = ""
    if review.logs is not None:
        troubled = f", {review.logs.troubled} not wholly understood" if review.logs.troubled else ""
        read = (
            f", and every one of {amount(review.logs.events, 'event')} in {amount(review.logs.files, 'file')}{troubled}"
        )
    asked = f". Both versions were asked of every event in the fixtures of both sides{read}."
    yield Para((f"From {review.base} to {review.head}{asked}",))
