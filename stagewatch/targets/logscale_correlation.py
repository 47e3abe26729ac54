"""Sigma correlations in CQL: windows that slide over ordered events, and ``correlate()`` for chains of three and more.

``slidingTimeWindow()`` holds, for each event, the events of the span that ends with it, so the last event of a burst
sees the whole burst. In the vendor's example "Calculate Sum of Field Values Over Sliding Time-Based Window" an event
exactly one span older is left out; one millisecond more, the resolution of ``@timestamp``, takes it in.
"""

from __future__ import annotations

from collections.abc import Iterator

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.findings import Unsupported
from stagewatch.targets.base import Rendered
from stagewatch.targets.logscale import CqlRenderer, expression_field, field_name, state_warnings

BARE_ACCOUNT = "UserName"
"""The one field of Falcon's events for an account; no field beside it holds the domain."""

MOST_IN_WINDOW = 10_000
"""Events that a window of slidingTimeWindow() holds at most (its page)."""

HEAD_WARNING = (
    "the query orders the oldest matching events of its search interval, up to LogScale's StateRowLimit (20,000 to "
    "200,000 by version), and a window holds at most 10,000 events: beyond that it sees less; let the search interval "
    "be longer than the time span plus the time between two runs, and let the search use the event timestamp"
)
DISTINCT_WARNING = (
    "LogScale estimates the number of distinct values: the vendor's tests show no error up to 100, about 1 % above"
)
CORRELATE_WARNING = (
    "correlate() reports a partial result where the candidate events do not fit into memory, and whether it takes "
    "events of the same instant as in order is not documented; let the search interval be longer than the time span "
    "plus the time between two runs, and let the search use the event timestamp"
)


def render(correlation: Correlation, renderer: CqlRenderer) -> Rendered:
    """The query of one correlation. Raises :class:`Unsupported` where CQL cannot say it exactly."""
    _check_keys(correlation)
    coarse = list(_coarse_groups(correlation, renderer))
    if correlation.kind == "temporal_ordered" and len(correlation.branches) > 2:
        text, warnings = _chain(correlation, renderer), [CORRELATE_WARNING]
    else:
        text, warnings = _windowed(correlation, renderer), [HEAD_WARNING]
    if correlation.kind == "value_count":
        warnings.append(DISTINCT_WARNING)
    told = [warning for branch in correlation.branches for warning in state_warnings(branch.query)]
    return Rendered({".cql": text}, "sliding", tuple(dict.fromkeys([*told, *renderer.warnings, *coarse, *warnings])))


def _check_keys(correlation: Correlation) -> None:
    """Refuse branches of one event type that read different fields: one event could then belong to two groups."""
    read: dict[object, tuple[object, ...]] = {}
    for branch in correlation.branches:
        fields = (branch.keys, branch.value)
        if read.setdefault(branch.query.state.get("record"), fields) != fields:
            raise Unsupported(
                "two rules on the same kind of event read different fields for the group or the value; an event that "
                "matches both would belong to two groups, which one query of LogScale cannot tell"
            )


def _coarse_groups(correlation: Correlation, renderer: CqlRenderer) -> Iterator[str]:
    """Warn of keys and values that are names alone; refuse those that each branch spells in another way."""
    branches = correlation.branches
    for fields in zip(*((*branch.keys, branch.value or "") for branch in branches), strict=True):
        by_spelling = {renderer.spelling(field): field for field in fields}
        if len(by_spelling) > 1:
            names = " and ".join(by_spelling.values())
            raise Unsupported(f"{names} write paths differently on Falcon: never one group")
        if "file name" in by_spelling:
            yield f"{fields[0]} holds no folder: files of one name in different folders are one to this query"
        if BARE_ACCOUNT in fields:
            yield f"{BARE_ACCOUNT} holds no domain: accounts of one name in different domains are one to this query"


# --- windows -----------------------------------------------------------------------------------------------------


def _windowed(correlation: Correlation, renderer: CqlRenderer) -> str:
    keys = _group_fields(correlation)
    match correlation.kind:
        case "event_count":
            events = _any_branch(correlation, renderer)
            functions, hits = ["count(as=_count)"], [f"_count >= {_threshold(correlation)}"]
        case "value_count":
            events = _any_branch(correlation, renderer)
            functions = ["count(_value, distinct=true, as=_count)"]
            hits = [f"_count >= {_threshold(correlation)}"]
        case "temporal":
            events = _marked_branches(correlation, renderer)
            labels = [branch.label for branch in correlation.branches]
            functions = [f"{{ _{label}=1 | count(as=_{label}_count) }}" for label in labels]
            hits = [f"_{label}_count >= 1" for label in labels]
        case _:
            events = _marked_branches(correlation, renderer)
            first, last = (f"_{branch.label}" for branch in correlation.branches)
            functions = [
                f"{{ {first}=1 | min(@timestamp, as={first}_time) }}",
                f"{{ {last}=1 | max(@timestamp, as={last}_time) }}",
            ]
            hits = [f"{first}_time=*", f"{last}_time=*", f"test({first}_time <= {last}_time)"]
    carried = [f"{field_name(key)}=*" for key in keys]
    return "\n| ".join([*events, *carried, "head(limit=max)", _sliding(functions, keys, correlation.seconds), *hits])


def _threshold(correlation: Correlation) -> int:
    if correlation.at_least > MOST_IN_WINDOW:
        raise Unsupported(f"a sliding window of LogScale holds at most {MOST_IN_WINDOW:,} events")
    return correlation.at_least


def _sliding(functions: list[str], keys: tuple[str, ...], seconds: int) -> str:
    """The window per group, with the times of its first and last event for the analyst."""
    listed = ", ".join([*functions, "min(@timestamp, as=_first)", "max(@timestamp, as=_last)"])
    window = f"slidingTimeWindow([{listed}], span={seconds * 1000 + 1}ms)"
    if not keys:
        return window
    return f"groupBy([{', '.join(map(field_name, keys))}], function={window}, limit=max)"


def _group_fields(correlation: Correlation) -> tuple[str, ...]:
    """The fields to group by: the platform's, or ones of our own where the branches keep a key in different fields."""
    shared = {branch.keys for branch in correlation.branches}
    return shared.pop() if len(shared) == 1 else tuple(f"_key_{key}" for key in correlation.keys)


def _assignments(branch: Branch, correlation: Correlation) -> Iterator[str]:
    """The steps that put a branch's keys and its counted value where the window reads them."""
    for target, source in zip(_group_fields(correlation), branch.keys, strict=True):
        if target != source:
            yield f"{target} := {expression_field(source)}"
    if branch.value is not None:
        yield f"_value := lower({field_name(branch.value)})"


def _any_branch(correlation: Correlation, renderer: CqlRenderer) -> list[str]:
    """The events that match any branch, each once."""
    pipelines = [
        [*renderer.steps(branch.query.expression), *_assignments(branch, correlation)]
        for branch in correlation.branches
    ]
    return pipelines[0] if len(pipelines) == 1 else [_clauses(*map(" | ".join, pipelines))]


def _marked_branches(correlation: Correlation, renderer: CqlRenderer) -> list[str]:
    """The events that match any branch, each with a field set to 1 for every branch that it matches.

    One ``case`` per branch, since an event leaves a ``case`` with its first clause. A filter on the event types stands
    in front: it selects the data.
    """
    branches = correlation.branches
    kinds = ex.disjunction(*dict.fromkeys(_event_types(branch.query.expression, renderer) for branch in branches))
    steps = renderer.steps(kinds)
    told = set(_terms(kinds))
    for branch in branches:
        condition = [term for term in _terms(branch.query.expression) if term not in told]
        matched = renderer.steps(ex.conjunction(*condition)) if condition else []
        marked = [*matched, f"_{branch.label} := 1", *_assignments(branch, correlation)]
        steps.append(_clauses(" | ".join(marked), "*"))
    return [*steps, renderer.or_token.join(f"_{branch.label}=1" for branch in branches)]


def _event_types(expression: ex.Expression, renderer: CqlRenderer) -> ex.Expression:
    """The conditions that every event of a branch meets in the fields that the sensor writes in fixed letters."""
    terms = [term for term in _terms(expression) if renderer.is_event_type(term)]
    return ex.conjunction(*terms) if terms else expression


def _terms(expression: ex.Expression) -> tuple[ex.Expression, ...]:
    return expression.terms if isinstance(expression, ex.And) else (expression,)


def _clauses(*clauses: str) -> str:
    """A ``case`` of long clauses, one a line."""
    return "case {\n    " + ";\n    ".join(clauses) + "\n  }"


# --- chains ------------------------------------------------------------------------------------------------------


def _chain(correlation: Correlation, renderer: CqlRenderer) -> str:
    """Three or more events in order: ``correlate()`` with a sequence, each query linked to the first by its keys."""
    if not correlation.keys:
        raise Unsupported("correlate() of LogScale needs a field that links its events; name one in group-by")
    first = correlation.branches[0]
    lines = []
    for branch in correlation.branches:
        steps = [*renderer.steps(branch.query.expression), *(f"{field_name(key)}=*" for key in branch.keys)]
        if branch is not first:
            pairs = zip(branch.keys, first.keys, strict=True)
            steps += [f"{field_name(mine)} <=> {first.label}.{theirs}" for mine, theirs in pairs]
        lines.append(f"  {branch.label}: {{ {' | '.join(steps)} }},")
    return "\n".join(["correlate(", *lines, "  sequence=true,", f"  within={correlation.seconds}s", ")"])
