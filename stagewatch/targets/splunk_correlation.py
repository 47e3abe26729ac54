"""Correlations in SPL: windows that slide, by ``streamstats`` over the events in the order of time.

Splunk Search Reference, "streamstats": ``window=<n> global=f`` looks at the last n events of each group,
``time_window=<span>`` at those of the last span; without either it accumulates. Except for distinct values no time
window is needed, which spares the question whether its far edge belongs to it: an event count compares the times of the
first and the last of n events, a temporal correlation keeps the latest time of each branch.

Windows, the accumulating one as well, hold at most ``max_stream_window`` events (limits.conf, default 10,000).
"""

from __future__ import annotations

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets import splunk_search as spl

MAX_STREAM_WINDOW = 10_000
"""Events that ``streamstats`` looks at together, unless limits.conf says otherwise."""


def search(correlation: Correlation) -> str:
    """The whole search. Raises Unsupported for more events than a window of ``streamstats`` holds."""
    count = correlation.at_least
    if count > MAX_STREAM_WINDOW:
        raise Unsupported(f"streamstats looks at {MAX_STREAM_WINDOW:,} events together, the rule asks for {count:,}")
    match correlation.kind:
        case "event_count":
            return _event_count(correlation)
        case "value_count":
            return _value_count(correlation)
        case "temporal":
            return _temporal(correlation)
        case "temporal_ordered":
            return _temporal_ordered(correlation)


def warnings(correlation: Correlation) -> tuple[str, ...]:
    """What a user should know about the search."""
    found: list[str] = []
    if correlation.kind != "event_count":
        found.append(
            f"streamstats looks at max_stream_window events at most ({MAX_STREAM_WINDOW:,} unless limits.conf says "
            "otherwise), as its page reads of all groups together: with more matching events in the timespan, earlier "
            "ones are forgotten"
        )
    if correlation.kind == "value_count":
        found.append(
            "the far edge of a time window is undocumented in Splunk; the window is one second longer than the "
            "timespan, so that none is missed and a burst less than a second too long may be reported"
        )
    if correlation.kind == "event_count" and _sources_overlap(correlation) and not _is_one_search(correlation):
        found.append("an event that several of the rules match counts once for each")
    return tuple(found)


def _event_count(correlation: Correlation) -> str:
    """The last n events of a group, and the time of the first of them."""
    count = correlation.at_least
    return _lines(
        _events(correlation),
        "| sort 0 _time",
        f"| streamstats window={count} global=f count AS event_count min(_time) AS first_time{_by(correlation)}",
        f"| where event_count >= {count} AND _time - first_time <= {correlation.seconds}",
    )


def _value_count(correlation: Correlation) -> str:
    """Distinct values in lower case, since Sigma compares without regard to case."""
    return _lines(
        _events(correlation),
        "| sort 0 _time",
        f"| streamstats time_window={correlation.seconds + 1}s dc(counted_value) AS value_count{_by(correlation)}",
        f"| where value_count >= {correlation.at_least}",
    )


def _temporal(correlation: Correlation) -> str:
    """The latest time of each branch: in an event that ends a hit, none is older than the timespan."""
    numbers = range(1, len(correlation.branches) + 1)
    latest = " ".join(f"max(time_{number}) AS latest_{number}" for number in numbers)
    recent = " AND ".join(f"_time - latest_{number} <= {correlation.seconds}" for number in numbers)
    return _lines(
        _separate(correlation, [f"time_{number}=_time" for number in numbers]),
        "| sort 0 _time",
        f"| streamstats {latest}{_by(correlation)}",
        f"| where {recent}",
    )


def _temporal_ordered(correlation: Correlation) -> str:
    """For each step the latest time at which a chain up to this step began.

    The latest beginning is the best: it is in the timespan if any is. Rows of one instant are in the order of the
    steps, so that events of the same instant count as in order.
    """
    last = len(correlation.branches)
    by = _by(correlation)
    lines = [
        _separate(correlation, [f"step={number}" for number in range(1, last + 1)]),
        "| sort 0 _time, step",
        "| eval start=if(step=1, _time, null())",
        f"| streamstats max(start) AS start_1{by}",
    ]
    for step in range(2, last):
        lines.append(f"| eval start=if(step={step}, start_{step - 1}, null())")
        lines.append(f"| streamstats max(start) AS start_{step}{by}")
    lines.append(f"| where step={last} AND _time - start_{last - 1} <= {correlation.seconds}")
    return _lines(*lines)


def _events(correlation: Correlation) -> str:
    """The events of all branches: one search where possible, since then an event that two rules match counts once."""
    if not _is_one_search(correlation):
        return _separate(correlation, [""] * len(correlation.branches))
    first = correlation.branches[0]
    matched = ex.disjunction(*(branch.query.expression for branch in correlation.branches))
    found = spl.search(spl.macro(first.query), matched, *_present(first))
    return _lines(found, _evaluate(*_key_assignments(correlation, first), _value_assignment(first)))


def _is_one_search(correlation: Correlation) -> bool:
    sources = {(spl.macro(branch.query), branch.keys, branch.value) for branch in correlation.branches}
    return len(sources) == 1


def _sources_overlap(correlation: Correlation) -> bool:
    sources = [spl.macro(branch.query) for branch in correlation.branches]
    return len(set(sources)) < len(sources)


def _separate(correlation: Correlation, marks: list[str]) -> str:
    """A search for each branch, whose events are marked with it; an event of two branches becomes two rows.

    ``multisearch`` ("multisearch") takes streaming commands only and is not cut off at a number of results.
    """
    lines = ["| multisearch"]
    for branch, mark in zip(correlation.branches, marks, strict=True):
        found = spl.search(spl.macro(branch.query), branch.query.expression, *_present(branch))
        assignments = [mark, *_key_assignments(correlation, branch), _value_assignment(branch)]
        body = _lines(f"search {found}", _evaluate(*assignments))
        lines.append("    [ " + body.replace("\n", "\n    ") + " ]")
    return "\n".join(lines)


def _present(branch: Branch) -> tuple[str, ...]:
    """The fields that an event needs to take part."""
    return tuple(dict.fromkeys((*branch.keys, *((branch.value,) if branch.value else ()))))


def _keys(correlation: Correlation) -> list[str]:
    """The fields to group by: the platform's, or a new one where the branches differ or BY does not take the name."""
    columns = zip(*(branch.keys for branch in correlation.branches), strict=True)
    return [
        column[0] if len(set(column)) == 1 and spl.GROUP_FIELD.fullmatch(column[0]) else f"group_{name}"
        for name, column in zip(correlation.keys, columns, strict=True)
    ]


def _key_assignments(correlation: Correlation, branch: Branch) -> list[str]:
    """What an ``eval`` must assign so that the branch's events carry the fields to group by."""
    pairs = zip(_keys(correlation), branch.keys, strict=True)
    return [f"{key}={spl.where_field(field)}" for key, field in pairs if key != field]


def _value_assignment(branch: Branch) -> str:
    return f"counted_value=lower({spl.where_field(branch.value)})" if branch.value else ""


def _evaluate(*assignments: str) -> str:
    telling = [assignment for assignment in assignments if assignment]
    return f"| eval {', '.join(telling)}" if telling else ""


def _by(correlation: Correlation) -> str:
    keys = dict.fromkeys(_keys(correlation))
    return f" BY {', '.join(keys)}" if keys else ""


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
