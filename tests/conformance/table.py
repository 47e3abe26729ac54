"""Writes ``docs/conformance.md``: which rule holds on which target. Run as ``python -m tests.conformance.table``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from stagewatch.targets import TARGETS
from tests.conformance.exceptions import difference, reason
from tests.conformance.triples import HERE, NEGATED, Triple, triples

PAGE = HERE.parents[1] / "docs" / "conformance.md"

HEAD = """\
# Conformance

Written by `python -m tests.conformance.table` from [the triples](../tests/conformance/triples) and the lists of
exceptions beside them, which `tests/conformance/test_conformance.py` holds to be exact.

Each line is a short Sigma rule with the events that it must find and those that it must not, derived from Sigma's
specification. The rule is converted for each target; each query is parsed, checked against the platform's schema and
run on the events as the platform holds them. Every rule is tried negated too, unless that means nothing.

- *ok*: found what must be found and nothing else, negated as well.
- *no*: the target says that it cannot express the rule, for the numbered reason. Nothing is converted.
- *differs*: the query says what the rule says, but the platform does not hold the events as the rule needs, for the
  numbered reason.
- *neg.*: only the negated form.
"""

SUMMARY = """
{rules} rules, {forms} with their negated forms, {events} events; the forms by target:

| target | ok | no | differs |
|---|---|---|---|
"""


class Notes:
    """Reasons, numbered as they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers) + 1)


def page() -> str:
    """The whole page."""
    notes = Notes()
    topics = [
        line for topic, group in groupby(triples(), lambda one: one.topic) for line in _topic(topic, group, notes)
    ]
    reasons = [f"{number}. {text}" for text, number in notes.numbers.items()]
    return "\n".join([HEAD + _summary(), *topics, "", "## Reasons", "", *reasons, ""])


def _summary() -> str:
    rules = sum(not one.name.endswith(NEGATED) for one in triples())
    events = sum(len(case.events) for one in triples() if not one.name.endswith(NEGATED) for case in one.cases)
    lines = []
    for name in TARGETS:
        no = sum(reason(name, one.name) is not None for one in triples())
        differs = sum(difference(name, one.name).reason != "" for one in triples())
        lines.append(f"| {name} | {len(triples()) - no - differs} | {no} | {differs} |")
    return SUMMARY.format(rules=rules, forms=len(triples()), events=events) + "\n".join(lines)


def _topic(topic: str, group: Iterator[Triple], notes: Notes) -> Iterator[str]:
    yield ""
    yield f"## {topic.capitalize()}"
    yield ""
    yield "| rule | " + " | ".join(TARGETS) + " |"
    yield "|---" * (len(TARGETS) + 1) + "|"
    shown = list(group)
    names = {triple.name for triple in shown}
    for triple in shown:
        if not triple.name.endswith(NEGATED):
            cells = [_cell(name, triple.name, names, notes) for name in TARGETS]
            yield f"| {triple.name} | {' | '.join(cells)} |"


def _cell(target: str, rule: str, names: set[str], notes: Notes) -> str:
    plain = _mark(target, rule, notes)
    negated = _mark(target, rule + NEGATED, notes) if rule + NEGATED in names else plain
    return plain if negated == plain else f"{plain}; neg. {negated}"


def _mark(target: str, rule: str, notes: Notes) -> str:
    if (why := reason(target, rule)) is not None:
        return f"no ({notes.number(why)})"
    known = difference(target, rule)
    return f"differs ({notes.number(known.reason)})" if known.reason else "ok"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
