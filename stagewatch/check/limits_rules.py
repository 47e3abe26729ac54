"""Limits that a rule meets whatever its query looks like: the number of conditions, the timespan of a correlation."""

from __future__ import annotations

from collections.abc import Iterator

from sigma.correlations import SigmaCorrelationRule

from stagewatch.check.asked import asked_by
from stagewatch.check.limits import SPANS, TERMS
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.pack import PackFilter
from stagewatch.targets import TARGETS

CODES = (
    Code(
        "SW303",
        "A rule has more conditions than a platform is sure to take",
        "warning",
        "A node with little memory refuses the query when it runs, so that the rule fails where the test did not.",
        "Split the rule, or move a long list to where the platform keeps lists.",
    ),
    Code(
        "SW304",
        "A correlation looks further back than a platform can",
        "note",
        "The correlation is unsupported there, or its rule cannot be imported.",
        "Shorten the timespan if the rule is wanted there.",
    ),
)


def terms(checked: Checked) -> Iterator[Remark]:
    """The number of conditions of each rule: no query has fewer."""
    wanted = checked.layout.targets or TARGETS
    limits = [limit for limit in TERMS if limit.target in wanted]
    for asked in asked_by(checked) if limits else ():
        count = 0 if asked.is_filter else sum(1 for node in asked.tree.walk() if node.join == "value")
        for limit in limits:
            if count > limit.most:
                message = f"the rule has {count:,} conditions, and {limit.what} takes {limit.most:,}"
                place = asked.subject.places("title")
                yield Remark("SW303", place, message, target=limit.target, rule=asked.subject.entry.source.stem)


def spans(checked: Checked) -> Iterator[Remark]:
    """The timespan of each correlation."""
    wanted = checked.layout.targets or TARGETS
    for subject in checked.subjects:
        if isinstance(subject.entry, PackFilter) or not isinstance(subject.entry.rule, SigmaCorrelationRule):
            continue
        timespan = subject.entry.rule.timespan
        for target, (most, words) in SPANS.items():
            if target in wanted and timespan is not None and timespan.seconds > most:
                place = subject.places("correlation", "timespan")
                message = f"the timespan {timespan.spec} is too long: {words}"
                yield Remark("SW304", place, message, target=target, rule=subject.entry.source.stem)


CHECKS: tuple[Check, ...] = (terms, spans)
