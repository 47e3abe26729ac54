"""Threshold and chain rules over records, in a sliding time window.

"Write a Threshold Rule": records are evaluated "across overlapping time spans" to apply a rule "across a sliding time
window", and equal signals are suppressed. So a group has a hit when some window holds enough matches, and it gives one
row, however many windows do. A rule groups by its entity as well; with several entities there is a signal for each.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from stagewatch.languages.base import Event
from stagewatch.languages.base import Value as Data
from stagewatch.languages.cse_run import holds, value
from stagewatch.languages.cse_tree import Field, Rule

Group = Sequence[int]
"""Positions of the records of a group, by time."""


def rows(rule: Rule, events: Sequence[Event]) -> tuple[Mapping[str, Data], ...]:
    """One row per group with a hit: the fields that it is grouped by."""
    matched = [[holds(expression, event.record) for expression in rule.expressions] for event in events]
    order = sorted((i for i, found in enumerate(matched) if any(found)), key=lambda i: (events[i].time, i))
    hits: dict[tuple[Data, ...], Mapping[str, Data]] = {}
    for keys in _groupings(rule):
        groups: dict[tuple[Data, ...], list[int]] = defaultdict(list)
        for position in order:
            groups[_values(keys, events[position])].append(position)
        for group in groups.values():
            if _hits(rule, events, matched, group):
                grouped = {name: value(field, events[group[0]].record) for name, field in rule.group or keys}
                hits.setdefault(tuple(map(_hashable, grouped.values())), grouped)
    return tuple(hits.values())


def _groupings(rule: Rule) -> Iterator[tuple[tuple[str, Field], ...]]:
    """What a rule groups by: its fields, and each of its entities in turn."""
    for entity in rule.entities or (None,):
        yield (*rule.group, entity) if entity is not None and entity not in rule.group else rule.group


def _values(keys: Sequence[tuple[str, Field]], event: Event) -> tuple[Data, ...]:
    return tuple(_hashable(value(field, event.record)) for _, field in keys)


def _hashable(data: Data) -> Data:
    return str(data) if isinstance(data, list) else data


def _hits(rule: Rule, events: Sequence[Event], matched: Sequence[Sequence[bool]], group: Group) -> bool:
    if rule.kind == "threshold":
        return _threshold(rule, events, group)
    return (_in_order if rule.ordered else _in_any_order)(rule, events, matched, group)


def _threshold(rule: Rule, events: Sequence[Event], group: Group) -> bool:
    field = rule.distinct
    # null is no value that could be distinct
    keys = {i: i if field is None else _hashable(value(field, events[i].record)) for i in group}
    return any(
        len({keys[i] for i in _window(rule.window, events, group, start)} - {None}) >= rule.limits[0]
        for start in range(len(group))
    )


def _in_any_order(rule: Rule, events: Sequence[Event], matched: Sequence[Sequence[bool]], group: Group) -> bool:
    """Enough matches of each expression in one window; a record that two expressions match counts for both."""
    return any(
        all(
            sum(matched[i][number] for i in _window(rule.window, events, group, start)) >= limit
            for number, limit in enumerate(rule.limits)
        )
        for start in range(len(group))
    )


def _window(window: timedelta, events: Sequence[Event], group: Group, start: int) -> Group:
    end = events[group[start]].time + window
    return group[start : bisect_right(group, end, key=lambda i: events[i].time)]


def _in_order(rule: Rule, events: Sequence[Event], matched: Sequence[Sequence[bool]], group: Group) -> bool:
    """Enough matches of the first expression, then, later in time, enough of the second ("Write a Chain Rule")."""
    first, second = ([i for i in group if matched[i][number]] for number in (0, 1))
    for start in range(len(first) - rule.limits[0] + 1):
        ready = events[first[start + rule.limits[0] - 1]].time
        end = events[first[start]].time + rule.window
        later = bisect_right(second, ready, key=lambda i: events[i].time)
        last = later + rule.limits[1] - 1
        if last < len(second) and events[second[last]].time <= end and ready <= end:
            return True
    return False
