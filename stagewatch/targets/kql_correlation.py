"""Correlations in KQL: windows that slide exactly, by joining each event with those of the timespan before it.

The join follows the vendor's own pattern for time windows (``join-time-window.md``): besides the group keys it joins
on a bucket as long as the timespan, so that only events of two neighbouring buckets are paired. ``prev()`` after a
sort would count events at less cost, but it counts no distinct values, and one shape for all is easier to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stagewatch import expression as ex
from stagewatch.correlation import Branch, Correlation
from stagewatch.targets.kql import KEYWORDS, KqlRenderer, literal, name, query_text, timespan

RESERVED = frozenset(
    {"Bucket", "End", "Events", "FirstSeen", "Matches", "ReportId", "Rules", "Start", "Value", "Values"}
)
"""Columns of our own; a group key of the same name gets another one."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the platforms. ``time`` is the column of an event's time."""

    time: str
    numeric_fields: frozenset[str]
    qualified_names: Mapping[str, str]


def warnings(correlation: Correlation) -> tuple[str, ...]:
    """What a user should know about the query."""
    branches = correlation.branches
    tables = {branch.query.state.get("table") for branch in branches}
    overlap = len(tables) < len(branches) and not _is_one_search(branches)
    if correlation.kind == "event_count" and overlap:
        return ("an event that several of the rules match counts once for each",)
    return ()


def correlation_text(correlation: Correlation, renderer: KqlRenderer, dialect: Dialect) -> str:
    """The query: one row for each group, for its latest window that counts."""
    return _Writer(correlation, renderer, dialect).text()


class _Writer:
    def __init__(self, correlation: Correlation, renderer: KqlRenderer, dialect: Dialect) -> None:
        self.correlation = correlation
        self.renderer = renderer
        self.dialect = dialect
        self.time = dialect.time
        self.span = timespan(correlation.seconds)
        self.keys = [self._key_column(key) for key in correlation.keys]
        self.context = [column for column in _shared_context(correlation.branches) if column not in self.keys]

    def text(self) -> str:
        return self._ordered() if self.correlation.kind == "temporal_ordered" else self._counted()

    def _counted(self) -> str:
        """``event_count``, ``value_count`` and ``temporal``: the latter counts the distinct rules that are seen."""
        branches = self.correlation.branches
        counted = {"event_count": "Events", "value_count": "Values"}.get(self.correlation.kind, "Rules")
        least = len(branches) if self.correlation.kind == "temporal" else self.correlation.at_least
        if self.correlation.kind == "event_count" and _is_one_search(branches):
            branches = (_merged(branches),)
        events = [self._events(branch) for branch in branches]
        body = events[0] if len(events) == 1 else "union\n" + ",\n".join(f"({event})" for event in events)
        return "\n".join(
            [
                f"let Matches = materialize(\n{_indent(body)});",
                "Matches",
                f"| summarize by {self._by(f'End = {self.time}')}",
                self._buckets("End"),
                f"| join kind=inner (Matches | extend Bucket = bin({self.time}, {self.span})) on {self._by('Bucket')}",
                f"| where (End - {self.time}) between (0s .. {self.span})",
                *self._count(counted),
                f"| where {counted} >= {least}",
                self._latest("End", "*"),
                "| project-away End",
            ]
        )

    def _count(self, counted: str) -> list[str]:
        """What stands in the window of each event. Distinct values exactly, unlike ``dcount``: as rows of their own."""
        if counted == "Events":
            return [self._summary("Events = count(), FirstSeen = ", self.time, "End")]
        return [
            self._summary("FirstSeen = ", self.time, "End", "Value"),
            self._summary(f"{counted} = count(), FirstSeen = ", "FirstSeen", "End"),
        ]

    def _summary(self, counting: str, first: str, *by: str) -> str:
        """Counts, the first time, and the latest event: its time and what names it."""
        latest = (
            f"arg_max({', '.join([self.time, *self.context])})" if self.context else f"{self.time} = max({self.time})"
        )
        return f"| summarize {counting}min({first}), {latest} by {self._by(*by)}"

    def _buckets(self, time: str) -> str:
        """Each row twice: with its own bucket and with the one before."""
        own = f"bin({time}, {self.span})"
        return f"| mv-expand Bucket = pack_array({own}, {own} - {self.span}) to typeof(datetime)"

    def _ordered(self) -> str:
        """Each rule's events after those of the rule before; of all chains to an event the latest start is kept."""
        branches = self.correlation.branches
        lines = [f"let {branch.label} =\n{_indent(self._events(branch))};" for branch in branches]
        lines += [branches[0].label, f"| summarize by {self._by(f'Start = {self.time}', f'End = {self.time}')}"]
        for branch in branches[1:]:
            lines += [
                f"| extend Bucket = bin(Start, {self.span})",
                f"| join kind=inner ({branch.label} {self._buckets(self.time)}) on {self._by('Bucket')}",
                f"| where {self.time} >= End and {self.time} - Start <= {self.span}",
            ]
            last = [self.time, *self.context] if branch is branches[-1] else [f"End = {self.time}"]
            lines.append(f"| summarize Start = max(Start) by {self._by(*last)}")
        lines += [self._latest(self.time, "Start", *self.context), "| project-rename FirstSeen = Start"]
        return "\n".join(lines)

    def _events(self, branch: Branch) -> str:
        """One rule's events: time, what tells the event, group keys and what is counted."""
        columns = (*branch.keys, *((branch.value,) if branch.value else ()))
        lines = [query_text(branch.query, self.renderer, columns)]
        made = [f"{key} = {self._key(field)}" for key, field in zip(self.keys, branch.keys, strict=True)]
        present = [*map(self._carried, branch.keys)]
        if self.correlation.kind == "value_count" and branch.value is not None:
            made.append(f"Value = {self._key(branch.value)}")
            present.append(self._carried(branch.value))
        elif self.correlation.kind == "temporal":
            made.append(f"Value = {literal(branch.label)}")
        if present:
            lines.append(f"| where {' and '.join(dict.fromkeys(present))}")
        shown = ", ".join([self.time, *self.context])
        lines.append(",\n    ".join([f"| project {shown}", *made]))
        return "\n".join(lines)

    def _key(self, field: str) -> str:
        """A key's value, alike for events that write it in another case, with its domain where it is an account."""
        if field in self.dialect.numeric_fields:
            return f"tostring({name(field)})"
        domain = self.dialect.qualified_names.get(field)
        text = name(field) if domain is None else f'strcat({name(domain)}, "/", {name(field)})'
        return f"tolower({text})"

    def _carried(self, field: str) -> str:
        return self.renderer.present(ex.Present(field))

    def _key_column(self, key: str) -> str:
        taken = key in RESERVED or key in KEYWORDS or key == self.time
        return f"{key}_key" if taken else key

    def _by(self, *more: str) -> str:
        return ", ".join([*self.keys, *more])

    def _latest(self, window: str, *columns: str) -> str:
        """The latest window of each group. Without groups not by ``summarize``: of no rows it makes one."""
        if self.keys:
            return f"| summarize arg_max({', '.join([window, *columns])}) by {', '.join(self.keys)}"
        return f"| top 1 by {window} desc"


def _is_one_search(branches: tuple[Branch, ...]) -> bool:
    """Whether the branches read the same events in the same way, so that one search says all of them."""
    first = branches[0]
    return all((branch.query.state, branch.keys) == (first.query.state, first.keys) for branch in branches)


def _merged(branches: tuple[Branch, ...]) -> Branch:
    """One search for all branches: an event that several rules match counts once."""
    first = branches[0]
    matched = ex.disjunction(*(branch.query.expression for branch in branches))
    return replace(first, query=replace(first.query, expression=matched))


def _shared_context(branches: tuple[Branch, ...]) -> list[str]:
    """The columns that tell an event and its host, as far as all branches have them."""
    lists = [branch.query.state.get("context") or [] for branch in branches]
    return [column for column in lists[0] if all(column in other for other in lists[1:])]


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
