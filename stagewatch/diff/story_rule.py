"""The section of one rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
    common,
    cut,
    pairwise_cut,
    shortened,
)
from stagewatch.diff.model import Field, FixtureChange, Hit, QueryChange, RuleChange

FIELDS = 3
"""Fields of an event that are shown, those in which the rule's conditions hold."""

_TITLES = {
    "added": "New rule",
    "removed": "Removed rule",
    "unreadable": "Rule no longer loads",
    "changed": "Changed rule",
}


def rule_section(one: RuleChange, limits: Limits) -> Iterator[Block]:
    """All that is told of a rule that asks something else, came or went."""
    sign = "⚠️ " if one.lost or one.wrong else "❌ " if one.kind == "unreadable" else ""
    yield Heading(3, (f"{sign}{_TITLES[one.kind]}: {one.title}",))
    yield Para(tuple(_facts(one)))
    if one.kind == "unreadable":
        yield Para(("It loaded before and is not asked any more: ", Code(one.reason), "."), warning=True)
    elif one.reason:
        yield Para(("Its events cannot be compared, as it cannot be asked of them here: ", Code(one.reason), "."))
    if one.terms:
        yield Diff(shortened(tuple(pairwise_cut(one.terms, limits.characters)), limits))
    elif one.kind == "changed" and one.queries:
        yield Para(("The rule's values are the same; how they are joined, or what it refers to, is not.",))
    if one.lost:
        yield from _lost(one, limits)
    if one.wrong:
        yield Para((Strong("Newly hit, although the fixture says that it must not match:"),), warning=True)
        yield from events_blocks(one.wrong, limits)
    fields = [field for field in one.fields if field.name != "level"]
    if fields:
        yield Items(tuple(field_line(field, limits) for field in fields))
    if one.score or one.fixture:
        yield Para(_score(one))
    yield from _other_hits(one, limits)
    yield from _queries(one, limits)


def field_line(field: Field, limits: Limits) -> Line:
    """Something that is said of a rule, before and now."""
    if field.gone or field.new:
        parts: list[Span] = [f"{field.name}: "]
        for sign, values in (("−", field.gone), ("+", field.new)):
            for value in values:
                parts += [f"{sign} ", Code(cut(value, limits.characters)), ", "]
        return tuple(parts[:-1])
    if not field.before or not field.now:
        word = "new: " if field.now else "gone: "
        return f"{field.name}, {word}", Code(cut(field.now or field.before, limits.characters))
    before, now = _around(field.before, field.now, limits.characters)
    return f"{field.name}: ", Code(before), " → ", Code(now)


def fixture_line(change: FixtureChange) -> Line:
    """How a fixture changed."""
    parts: list[str] = []
    if change.new_expected:
        parts.append(f"{change.new_expected} more expected")
    if change.new_others:
        parts.append(f"{change.new_others} more that must not match")
    if change.gone_others:
        parts.append(f"{change.gone_others} that must not match taken out")
    if change.gone_expected:
        shown = ", ".join(f"“{label}”" for label in change.gone_expected[:3])
        more = ", …" if len(change.gone_expected) > 3 else ""
        parts.append(f"⚠️ {len(change.gone_expected)} expected taken out or altered ({shown}{more})")
    if change.reversed_:
        shown = ", ".join(f"“{label}”" for label in change.reversed_[:3])
        parts.append(f"⚠️ {len(change.reversed_)} expected otherwise now ({shown})")
    return ("; ".join(parts),)


def amount(count: int, noun: str, several: str = "") -> str:
    """``1 event``, ``1,234 events``."""
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"


def codes(texts: Iterable[str]) -> Line:
    """Names with commas between them."""
    return tuple(span for text in texts for span in (Code(text), ", "))[:-1]


def event_line(hit: Hit, limits: Limits, *, why: bool = True) -> Line:
    """An event in one line: what it is about, where it comes from, what in it matters, and why."""
    line: list[Span] = [cut(hit.label, limits.characters)]
    if not hit.own and hit.place:
        fixture, _, case = hit.place.partition(": ")
        line += [" (", Code(cut(fixture, limits.characters)), f", {case})" if case else ")"]
    for name, value in list(hit.fields.items())[:FIELDS]:
        line += [" · ", name, " ", Code(cut(value, limits.characters))]
    if why and hit.why:
        line += [" · ", Strong("; ".join(hit.why))]
    if hit.also:
        line += [" · still hit by ", *_some_codes(hit.also)]
    return tuple(line)


def events_blocks(hits: Sequence[Hit], limits: Limits, *, why: bool = True) -> Iterator[Block]:
    """Events in a list, the rest of many folded."""
    yield Items(tuple(event_line(hit, limits, why=why) for hit in hits[: limits.items]))
    rest = hits[limits.items : limits.items + limits.folded]
    if rest:
        left = len(hits) - limits.items - len(rest)
        lines = [event_line(hit, limits, why=why) for hit in rest]
        lines += [(f"… and {amount(left, 'more event')}",)] if left else []
        yield Fold((f"{amount(len(hits) - limits.items, 'more event')}",), (Items(tuple(lines)),))


def _facts(one: RuleChange) -> Iterator[Span]:
    yield Code(one.path)
    if one.old_path:
        yield " (was "
        yield Code(one.old_path)
        yield ")"
    level = next((field for field in one.fields if field.name == "level"), None)
    if level is not None:
        yield f" · level {level.before or 'none'} → {level.now or 'none'}"
    elif one.level:
        yield f" · level {one.level}"
    old, new = one.version
    if one.stale_version:
        yield " · ⚠️ the version is the old one, though the rule asks something else: run "
        yield Code("versions --renew")
    elif old is not None and new is not None and old != new:
        yield f" · version {old} → {new}"


def _lost(one: RuleChange, limits: Limits) -> Iterator[Block]:
    kept = [hit for hit in one.lost if hit.expected_now]
    turned = [hit for hit in one.lost if hit.expected_now is False]
    dropped = [hit for hit in one.lost if hit.expected_now is None]
    what = "group" if one.correlation else "event"
    for hits, word in (
        (kept, "and the fixture expects them still"),
        (turned, "and the fixture now says that they must not match"),
        (dropped, "and they are no longer in the fixture"),
    ):
        if not hits:
            continue
        same = {hit.why for hit in hits}
        together = len(same) == 1 and len(hits) > 1 and hits[0].why
        because: Line = (" Each of them: ", Strong("; ".join(hits[0].why)), ".") if together else ()
        lead = f"No longer hit: {amount(len(hits), f'expected {what}')}"
        yield Para(
            (Strong(lead), f", {word if one.kind != 'removed' else 'and no other rule hits them'}.", *because), True
        )
        yield from events_blocks(hits, limits, why=not together)


def _score(one: RuleChange) -> Line:
    """How the rule does on its fixture, and how that changed."""
    score, changed = one.score, fixture_line(one.fixture) if one.fixture else ()
    if score is None:
        return ("Its fixture: ", *changed, ".")
    what = "group" if one.correlation else "event"
    if one.correlation:
        others = f"{score.wrongly or 'no'} other {'group' if score.wrongly == 1 else 'groups'}"
    else:
        others = f"{score.wrongly or 'none'} of {amount(score.others, 'near miss', 'near misses')}"
    sign = "" if score.right else "⚠️ "
    hit = f"{sign}Its fixture: hits {score.hit} of {amount(score.expected, f'expected {what}')} and {others}"
    return (hit, " (", *changed, ").") if changed else (f"{hit}.",)


def _other_hits(one: RuleChange, limits: Limits) -> Iterator[Block]:
    """What is newly hit and no longer hit, besides what was told as lost or wrong; of a new rule, by its own score."""
    told = {id(hit) for hit in (*one.lost, *one.wrong)}
    newly = [hit for hit in one.hits.newly if id(hit) not in told]
    gone = [hit for hit in one.hits.gone if id(hit) not in told]
    if one.kind == "added" and one.score is not None:
        newly = [hit for hit in newly if not hit.own]
    yield from _listed("Newly hit", newly, limits)
    if one.kind == "removed":
        moved = [hit for hit in gone if hit.expected_before]
        gone = [hit for hit in gone if not hit.expected_before]
        yield from _listed("No longer hit by it, but by other rules", moved, limits)
    yield from _listed("No longer hit", gone, limits)
    for hits, count, word in (
        (one.logs.newly, one.logs.newly_count, "Newly hit in the logs"),
        (one.logs.gone, one.logs.gone_count, "No longer hit in the logs"),
    ):
        if count:
            more = f", {len(hits)} of them shown" if count > len(hits) else ""
            yield Para((Strong(f"{word}: {amount(count, 'event')}"), f"{more}."))
            yield from events_blocks(hits, limits)


def _listed(word: str, hits: Sequence[Hit], limits: Limits) -> Iterator[Block]:
    """Events that stand in the rule's own fixture, and then those in fixtures of other rules."""
    own, others = [hit for hit in hits if hit.own], [hit for hit in hits if not hit.own]
    for some, where in ((own, "in its own fixture"), (others, "in fixtures of other rules")):
        if some:
            same = some[0].why if len(some) > 1 and len({hit.why for hit in some}) == 1 else ()
            because: Line = (" Each of them: ", Strong("; ".join(same)), ".") if same else ()
            yield Para((Strong(f"{word}: {amount(len(some), 'event')}"), f" {where}.", *because))
            yield from events_blocks(some, limits, why=not same)


def _queries(one: RuleChange, limits: Limits) -> Iterator[Block]:
    yield from _statuses(one)
    shown = [query for query in one.queries if query.diff]
    if shown:
        word = "Queries" if one.kind == "added" else "Changed queries"
        names = ", ".join(query.target for query in shown)
        yield Fold((f"{word} on {amount(len(shown), 'target')}: {names}",), tuple(_query_blocks(shown, limits)))


def _statuses(one: RuleChange) -> Iterator[Block]:
    """Where a target sees the rule in part or not at all: with the reasons where that is new."""
    lines: list[Line] = []
    for query in one.queries:
        if query.before != query.now and (query.before or query.now != "ok"):
            change = f": {query.now}" if query.before is None else f": {query.before} → {query.now}"
            reasons = f" ({'; '.join(query.reasons)})" if query.reasons else ""
            lines.append((("⚠️ " if query.worse else ""), Code(query.target), change, reasons))
    if lines:
        yield Items(tuple(lines))
    partly = [query.target for query in one.queries if query.before == query.now == "degraded"]
    if partly:
        yield Para(("Degraded as before, without branches on fields that the platform lacks: ", *codes(partly), "."))


def _query_blocks(queries: Sequence[QueryChange], limits: Limits) -> Iterator[Block]:
    for query in queries:
        yield Para((Strong(query.target),))
        yield Diff(shortened(query.diff, limits))


def _around(before: str, now: str, width: int) -> tuple[str, str]:
    """Two texts, cut to where they differ if they are long."""
    if max(len(before), len(now)) <= width // 2:
        return before, now
    around = width // 6
    start = common(before, now)
    end = min(common(before[::-1], now[::-1]), len(before) - start, len(now) - start)
    left = max(0, start - around)
    shown = []
    for one in (before, now):
        right = len(one) - max(0, end - around)
        shown.append(("…" if left else "") + cut(one[left:right], width) + ("…" if right < len(one) else ""))
    return shown[0], shown[1]


def _some_codes(stems: Sequence[str]) -> Line:
    shown = codes(stems[:2])
    return (*shown, f" and {len(stems) - 2} more") if len(stems) > 2 else shown
