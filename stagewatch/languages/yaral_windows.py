"""Windows, joins and conditions of YARA-L rules with a match section.

Google SecOps documentation, "Match section syntax". A window of ``over`` alone hops: the system lays windows of that
length that overlap, where it likes. The page prints a possible set, 30 minutes every 3; that the step is a tenth of
every length and that windows lie on multiples of it is our reading. They hold their begin and not their end, as the
page has it of tumbling ones. With ``after $e`` or ``before $e`` there is one window for each occurrence of ``$e``,
which begins or ends with it and holds what happens "up to" its length away, both ends included. A key that is the zero
value of its type is left out, unless ``allow_zero_values`` is set or the key comes of a function. ``#e`` counts events,
``#placeholder`` counts values ("Condition section syntax").

Open questions, and how they are read here: what lies exactly on the end of a window (as above); a placeholder that is
no key and has the empty string counts as a value; a key that comes of a field and of a function both is not left out;
each window tells its own row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt

from stagewatch.languages.base import Event, Schema, Value
from stagewatch.languages.yaral_check import kind_of
from stagewatch.languages.yaral_plan import Plan
from stagewatch.languages.yaral_run import Scope, holds, tellings
from stagewatch.languages.yaral_tree import And, Condition, Count, Exists, Field, Match

STEPS = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMPARE: Mapping[str, Callable[[float, float], bool]] = {"=": eq, ">": gt, ">=": ge}

Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Window:
    """``events`` are those at hand, by variable."""

    begin: datetime
    end: datetime
    events: Mapping[str, Sequence[Scope]]


def rows(taken: Plan, match: Match, events: Sequence[Event], schema: Schema) -> Iterator[Row]:
    """The detections of a rule: the keys of each, and its window."""
    told = {name: list(tellings(taken, name, events, schema)) for name in taken.variables}
    drop = [] if _keeps_zeros(taken) else [key.name for key in match.keys if _of_fields(taken, key.name)]
    zeros = {name: kind_of(taken.bound(name)[0].operand, taken, schema).zero for name in drop}
    for window in _pivoted(match, told) if match.pivot else _hopping(match, told):
        groups: dict[tuple[Value, ...], list[Scope]] = defaultdict(list)
        for scope in _joined(taken, window.events, schema):
            if all(scope.placeholders[name] != zero for name, zero in zeros.items()):
                groups[tuple(scope.placeholders[key.name] for key in match.keys)].append(scope)
        for values, scopes in groups.items():
            if met(taken.rule.condition, scopes):
                keys = dict(zip((key.name for key in match.keys), values, strict=True))
                yield {**keys, "window_start": window.begin, "window_end": window.end}


def _keeps_zeros(taken: Plan) -> bool:
    return any(name == "allow_zero_values" and value for name, value, _ in taken.rule.options)


def _of_fields(taken: Plan, name: str) -> bool:
    return all(isinstance(binding.operand, Field) for binding in taken.bound(name))


def met(condition: Condition, scopes: Sequence[Scope]) -> bool:
    """Whether what a window holds of one group satisfies the condition."""
    match condition:
        case Exists(name=name):
            return _count(name, scopes) > 0
        case Count(name=name, operator=operator, number=number):
            return COMPARE[operator](_count(name, scopes), number)
        case And(operands=operands):
            return all(met(one, scopes) for one in operands)
        case _:
            return any(met(one, scopes) for one in condition.operands)


def _count(name: str, scopes: Sequence[Scope]) -> int:
    if any(name in scope.events for scope in scopes):
        return len({scope.events[name].position for scope in scopes})
    return len({scope.placeholders[name] for scope in scopes})


def _hopping(match: Match, told: Mapping[str, Sequence[Scope]]) -> Iterator[Window]:
    length, step = timedelta(seconds=match.seconds), timedelta(seconds=match.seconds) / STEPS
    windows: dict[datetime, dict[str, list[Scope]]] = defaultdict(lambda: {name: [] for name in told})
    for name, scopes in told.items():
        for scope in scopes:
            latest = EPOCH + (_time(name, scope) - EPOCH) // step * step
            for number in range(STEPS):
                windows[latest - number * step][name].append(scope)
    for begin in sorted(windows):
        yield Window(begin, begin + length, windows[begin])


def _pivoted(match: Match, told: Mapping[str, Sequence[Scope]]) -> Iterator[Window]:
    length = timedelta(seconds=match.seconds)
    pivots: dict[int, list[Scope]] = defaultdict(list)
    for scope in told[match.pivot]:
        pivots[scope.events[match.pivot].position].append(scope)
    for scopes in pivots.values():
        time = _time(match.pivot, scopes[0])
        begin = time if match.direction == "after" else time - length
        end = begin + length
        within = {name: [one for one in others if begin <= _time(name, one) <= end] for name, others in told.items()}
        yield Window(begin, end, within | {match.pivot: scopes})


def _time(name: str, scope: Scope) -> datetime:
    return scope.events[name].event.time


def _joined(taken: Plan, events: Mapping[str, Sequence[Scope]], schema: Schema) -> Iterator[Scope]:
    """Every choice of one telling for each variable on whose placeholders and joins they agree."""
    chosen = [Scope(schema, {})]
    for name in taken.variables:
        shared = sorted({one.name for one in taken.bindings[name]} & set(chosen[0].placeholders)) if chosen else []
        index: dict[tuple[Value, ...], list[Scope]] = defaultdict(list)
        for scope in events[name]:
            index[tuple(scope.placeholders[key] for key in shared)].append(scope)
        chosen = [
            replace(
                before,
                events={**before.events, **scope.events},
                placeholders={**before.placeholders, **scope.placeholders},
            )
            for before in chosen
            for scope in index[tuple(before.placeholders[key] for key in shared)]
        ]
    return (scope for scope in chosen if all(holds(one, scope) for one in taken.joins))
