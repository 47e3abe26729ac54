"""What filters take away of the events that a fixture says must match, tried in DuckDB.

DuckDB's regular expressions take time in proportion to the text, so that no rule or event of a stranger keeps it busy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetections, SigmaRule

from stagewatch.check.asked import Asked, Node, asked_by
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import quoted
from stagewatch.conditions import parsed, selected
from stagewatch.detections import copy_rule
from stagewatch.findings import StagewatchError
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.languages.base import Event, Language, QueryError
from stagewatch.pack import PackFilter, PackRule
from stagewatch.targets import load_target
from stagewatch.targets.base import Target

CODES = (
    Code(
        "SW242",
        "A filter takes away events that the rule must find",
        "error",
        "Without the filter the rule finds these events of its fixture, with it they are lost: the filter swallows "
        "the attack. It is tried in DuckDB, which comes with the extra 'prove'.",
        "Narrow the filter until it fits only what is known to be harmless.",
    ),
    Code(
        "SW243",
        "A Sigma filter takes away all that a rule must find",
        "warning",
        "Switched on, the filter leaves nothing of the events that the rule's fixture says must match, as if the "
        "rule were switched off. It is tried in DuckDB, which comes with the extra 'prove'.",
        "Narrow the filter, or name the rules that it is for.",
    ),
)

NAMED = 3
"""Events that a finding names before it counts the others."""


@dataclass(frozen=True, slots=True)
class _Positive:
    """An event that must match, as DuckDB's table has it, and what it is about."""

    event: Event
    label: str


class _Trial:
    """Runs rules on events."""

    def __init__(self) -> None:
        from stagewatch.languages import load_language
        from stagewatch.telemetry import load_telemetry

        self._target: Target = load_target("duckdb")
        self._language: Language = load_language(".sql")
        self._telemetry = load_telemetry("duckdb")

    def positives(self, fixture: Fixture) -> list[_Positive]:
        """The events of a fixture that must match, those that DuckDB's table cannot hold left out."""
        found = []
        for case in fixture.cases:
            for position in sorted((case.matching or frozenset()) - case.not_seen.get("duckdb", frozenset())):
                events = self._telemetry.events(case.events[position])
                if len(events) == 1:
                    found.append(_Positive(events[0], case.labels[position]))
        return found

    def lost(self, rule: SigmaRule | None, positives: Sequence[_Positive]) -> frozenset[int] | None:
        """The positions of the events that the rule does not find; None where that cannot be tried.

        No rule at all finds every event.
        """
        if rule is None:
            return frozenset()
        try:
            text = self._target.render(self._target.translator.translate(rule)).files[".sql"]
            found = self._language.run(text, [one.event for one in positives], self._telemetry.schema).events
        except (StagewatchError, QueryError, SigmaError):  # for build and prove to say
            return None
        return frozenset(range(len(positives))) - found


def trials(checked: Checked) -> Iterator[Remark]:
    """The filters of each rule, and each Sigma filter, tried on the fixtures."""
    asked = asked_by(checked)
    fixtures = read_fixtures(checked.layout.fixtures, []) if checked.layout.fixtures.is_dir() else {}
    if not fixtures:
        return
    try:
        trial = _Trial()
        yield from _of_rules(asked, fixtures, trial)
        yield from _of_filters(asked, fixtures, trial)
    except ModuleNotFoundError:  # the extra is not installed, as each code says
        return


def _of_rules(asked: Sequence[Asked], fixtures: Mapping[str, Fixture], trial: _Trial) -> Iterator[Remark]:
    for one in asked:
        rule = _rule(one)
        fixture = fixtures.get(str(rule.id)) if rule is not None else None
        if (
            rule is None
            or fixture is None
            or not any(node.join == "not" and node.item is None for node in one.tree.walk())
        ):
            continue
        positives = trial.positives(fixture)
        lost = trial.lost(rule, positives) if positives else None
        if lost:
            yield from _blamed(one, rule, positives, lost, trial)


def _blamed(
    asked: Asked, rule: SigmaRule, positives: Sequence[_Positive], lost: frozenset[int], trial: _Trial
) -> Iterator[Remark]:
    """The filters because of which events are lost: without each alone, or only without all of them."""
    names = list(dict.fromkeys(name for text in asked.conditions for name in _left_out(parsed(text), rule.detection)))
    bare = trial.lost(_without(rule, asked, frozenset(names)), positives)
    for name in names if bare is not None else ():
        missed = trial.lost(_without(rule, asked, frozenset(names) - {name}), positives)
        taken = (missed or frozenset()) & lost - (bare or frozenset())
        if taken:
            yield _taken(asked, asked.detections[name], f"the filter {name}", taken, positives)


def _taken(asked: Asked, node: Node, what: str, taken: frozenset[int], positives: Sequence[_Positive]) -> Remark:
    labels = [quoted(positives[position].label) for position in sorted(taken)]
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    named = ", ".join(labels[:NAMED])
    message = f"{what} takes away {len(taken)} of {len(positives)} events that must match: {named}{more}"
    return asked.remark("SW242", node, message)


def _left_out(node: object, detections: SigmaDetections, *, negated: bool = False) -> Iterator[str]:
    """The detections below a NOT."""
    match node:
        case ConditionIdentifier():
            if negated:
                yield node.identifier
        case ConditionSelector():
            if negated:
                yield from selected(node, detections)
        case ConditionItem(args=args):
            for arg in args:
                yield from _left_out(arg, detections, negated=negated != isinstance(node, ConditionNOT))


def _without(rule: SigmaRule, asked: Asked, names: frozenset[str]) -> SigmaRule | None:
    """The rule without these filters; None where nothing is left of it."""
    trees = [_dropped(parsed(text), rule.detection, names) for text in asked.conditions]
    conditions = [_text(tree) for tree in trees if tree is not None]
    if len(conditions) < len(trees):
        return None
    copied = copy_rule(rule)
    copied.detection = SigmaDetections(copied.detection.detections, conditions)
    return copied


Tree = str | tuple[str, tuple["Tree", ...]]
"""A condition of names: a name, or an operator with its parts. None in its place says that nothing is asked."""


def _dropped(node: object, detections: SigmaDetections, names: frozenset[str], *, negated: bool = False) -> Tree | None:
    """A condition without the detections that are left out by these names."""
    match node:
        case ConditionIdentifier():
            return None if negated and node.identifier in names else node.identifier
        case ConditionSelector():
            kept = tuple(name for name in selected(node, detections) if not (negated and name in names))
            return ("and" if node.cond_class is ConditionAND else "or", kept) if kept else None
        case ConditionNOT(args=[arg]):
            inner = _dropped(arg, detections, names, negated=not negated)
            return None if inner is None else ("not", (inner,))
        case ConditionItem(args=args):
            parts = tuple(
                part for arg in args if (part := _dropped(arg, detections, names, negated=negated)) is not None
            )
            return ("or" if isinstance(node, ConditionOR) else "and", parts) if parts else None
    raise AssertionError(node)


def _text(tree: Tree) -> str:
    match tree:
        case str():
            return tree
        case (operator, (part,)):
            return f"not ({_text(part)})" if operator == "not" else _text(part)
        case (operator, parts):
            return f" {operator} ".join(f"({_text(part)})" for part in parts)


def _of_filters(asked: Sequence[Asked], fixtures: Mapping[str, Fixture], trial: _Trial) -> Iterator[Remark]:
    rules = [(one, rule) for one in asked if (rule := _rule(one)) is not None]
    for one in asked:
        entry = one.subject.entry
        if not isinstance(entry, PackFilter):
            continue
        owners: list[SigmaRule] = []
        positives: list[_Positive] = []
        for _, rule in rules:
            fixture = fixtures.get(str(rule.id))
            if fixture is not None and _applies(entry, rule):
                found = trial.positives(fixture)
                owners += [rule] * len(found)
                positives += found
        detection = SigmaDetections(dict(entry.filter.filter.detections), list(one.conditions))
        alone = SigmaRule(title=str(entry.filter.title), logsource=entry.filter.logsource, detection=detection)
        lost = trial.lost(alone, positives) if positives else None
        for owned in dict.fromkeys(map(id, owners)) if lost else ():
            mine = {place: owner for place, owner in enumerate(owners) if id(owner) == owned}
            if lost and mine.keys() <= lost:
                title = next(iter(mine.values())).title
                message = f"of {title} the filter leaves none of the {len(mine)} events that must match"
                yield one.remark("SW243", Node("and", ("filter", "rules")), message)


def _applies(entry: PackFilter, rule: SigmaRule) -> bool:
    """Whether the filter changes the rule."""
    copied = copy_rule(rule)
    try:
        filtered = entry.filter.apply_on_rule(copied)
    except SigmaError:
        return False
    return len(filtered.detection.detections) > len(rule.detection.detections)


def _rule(asked: Asked) -> SigmaRule | None:
    entry = asked.subject.entry
    return entry.rule if isinstance(entry, PackRule) and isinstance(entry.rule, SigmaRule) else None


CHECKS: tuple[Check, ...] = (trials,)
