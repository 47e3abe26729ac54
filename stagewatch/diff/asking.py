"""Two versions of rules as the questions of one hunt: all of both sides are asked of the events at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.correlation import Correlation, resolve
from stagewatch.detections import copy_rule
from stagewatch.diff.terms import shown_name
from stagewatch.findings import StagewatchError
from stagewatch.hunt.plan import JoinedQuestion, Plan, Question
from stagewatch.pack import PackRule
from stagewatch.targets.base import Target

CASE = "stagewatch_case"
"""The column that keeps the cases of fixtures apart: a correlation joins no events of two of them."""


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as one side has it, with the target that this side's pipelines make. ``names`` are those of its detections
    on the other side, where they only have another name."""

    entry: PackRule
    target: Target
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule before and now, to be tried on the same events; None where a side does not have it."""

    before: Version | None
    now: Version | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The plan of all trials. A question is called ``<number of the trial>/<side>`` or, for a single detection of a
    rule, ``<number>/<side>/<name>``. ``refused`` says why one of the first kind cannot be asked."""

    plan: Plan
    refused: Mapping[str, str]

    def number(self, name: str) -> int | None:
        """The place of a question in the plan, None where it is not asked of single events."""
        return next((place for place, one in enumerate(self.plan.questions) if one.rule == name), None)


def asked(trials: Sequence[Trial], *, by_case: bool, parts: bool) -> Asked:
    """The questions of all trials; ``parts`` asks the detections of a rule that is on both sides one by one too."""
    questions: list[Question] = []
    joined: list[JoinedQuestion] = []
    refused: dict[str, str] = {}
    for number, trial in enumerate(trials):
        both = trial.before is not None and trial.now is not None
        for side, version in (("before", trial.before), ("now", trial.now)):
            if version is None:
                continue
            name = f"{number}/{side}"
            rule = version.entry.rule
            try:
                if isinstance(rule, SigmaCorrelationRule):
                    joined.append(_joined(name, rule, version.target, by_case))
                else:
                    query = version.target.translator.translate(rule)
                    version.target.render(query)
                    questions.append(Question(name, query.expression))
                    questions += _parts(name, rule, version) if parts and both else ()
            except StagewatchError as error:
                refused[name] = str(error)
    return Asked(Plan({}, tuple(questions), tuple(joined)), refused)


def alone(entries: Iterable[PackRule], target: Target) -> Plan:
    """The plan that asks some rules, each under its file's name; what cannot be asked is left out."""
    questions = []
    for entry in entries:
        if isinstance(entry.rule, SigmaRule):
            try:
                questions.append(Question(entry.source.stem, target.translator.translate(entry.rule).expression))
            except StagewatchError:  # it hits nothing here, which is all that is asked
                continue
    return Plan({}, tuple(questions), ())


def _joined(name: str, rule: SigmaCorrelationRule, target: Target, by_case: bool) -> JoinedQuestion:
    correlation = resolve(rule, target.translator)
    target.render_correlation(correlation)
    if by_case:
        correlation = _by_case(correlation)
    return JoinedQuestion(
        name,
        correlation,
        tuple(Question(f"{name}#{place}", one.query.expression) for place, one in enumerate(correlation.branches)),
    )


def _by_case(correlation: Correlation) -> Correlation:
    branches = tuple(replace(branch, keys=(CASE, *branch.keys)) for branch in correlation.branches)
    return replace(correlation, keys=(CASE, *correlation.keys), branches=branches)


def _parts(name: str, rule: SigmaRule, version: Version) -> Iterator[Question]:
    """Each detection of a rule by itself, under the name that both sides know."""
    for identifier in rule.detection.detections:
        alone = copy_rule(rule)
        alone.detection.condition = [identifier]
        alone.detection.__post_init__()
        try:
            query = version.target.translator.translate(alone)
        except StagewatchError:  # the whole rule can be asked: it does without this one
            continue
        yield Question(f"{name}/{shown_name(version.names.get(identifier, identifier))}", query.expression)
