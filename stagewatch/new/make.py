"""From an event and a few answers to the files of a rule, with nothing written yet."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from stagewatch.conversion import Outcome
from stagewatch.findings import Finding, UsageError, one_line
from stagewatch.layout import Layout
from stagewatch.lists.model import Lists, read_lists
from stagewatch.new.condition import Group, matches
from stagewatch.new.event import Event, nine_o_clock, written
from stagewatch.new.fixture_text import info_text
from stagewatch.new.guide_facts import facts
from stagewatch.new.guide_text import guide_text, subject
from stagewatch.new.names import Paths, paths_of, stem_of, titled
from stagewatch.new.picks import Context, asked_field, propose
from stagewatch.new.rule_text import Heading, rule_text, sentence
from stagewatch.new.sanitise import identities
from stagewatch.new.trial import not_seen, outcomes_of
from stagewatch.new.variants import Case, Cases, cases
from stagewatch.objects.attack import techniques
from stagewatch.pack import Pack
from stagewatch.targets.base import Target

LEVELS = ("informational", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user says. What is None is proposed."""

    title: str
    technique: str
    date: date
    id: uuid.UUID | None = None
    level: str = "medium"
    author: str | None = None
    description: str | None = None
    false_positives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    keeps_times: bool = False
    origin: str = "Synthetic events, written from a template; none was recorded."
    label: str = "as in the template"


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a rule and what they are made of."""

    stem: str
    paths: Paths
    files: Mapping[Path, bytes]
    groups: tuple[Group, ...]
    cases: Cases
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


def lists_of(layout: Layout) -> Lists | None:
    """The repository's named lists, None where it keeps none."""
    ignored: list[Finding] = []
    return read_lists(layout.lists, ignored) if layout.lists.is_dir() else None


def context_of(event: Event, lists: Lists | None) -> Context:
    """What picking looks at beside the event."""
    return Context(lists, identities(event))


def proposals(event: Event, context: Context, fields: Sequence[str], without: Sequence[str]) -> list[Group]:
    """What to ask for: the proposal, with the fields that the user wants and without those that he does not.

    Raises :class:`UsageError` for a field that the event has not.
    """
    groups = []
    for group in propose(event, context):
        wanted = any(name in fields for name in (group.name, *group.fields))
        unwanted = any(name in without for name in (group.name, *group.fields))
        groups.append(replace(group, is_asked=(group.is_asked or wanted) and not unwanted))
    known = {name for group in groups for name in (group.name, *group.fields)}
    groups += [_named(event, name) for name in fields if name not in known]
    for name in without:
        if name not in known:
            raise UsageError(
                f"--without {one_line(name)}: the proposal asks for {', '.join(sorted(known)) or 'nothing'}"
            )
    return groups


def _named(event: Event, name: str) -> Group:
    value = event.fields.get(name)
    if not value:
        told = ", ".join(sorted(one for one, text in event.fields.items() if text))
        raise UsageError(f"--field {one_line(name)}: the event has {told}")
    if len(value) > 500 or not all(char.isprintable() for char in value):
        raise UsageError(
            f"--field {name}: the value is too long for a rule, or holds characters that cannot be printed"
        )
    return asked_field(event, name)


def told_apart(groups: Sequence[Group], negatives: Sequence[Event]) -> list[Group]:
    """The groups with more of them asked for where a negative event would be hit.

    Raises :class:`UsageError` where nothing in the proposal tells the events apart.
    """
    chosen = list(groups)
    for number, negative in enumerate(negatives, 1):
        while matches(asked(chosen), negative.fields):
            place = next(
                (n for n, one in enumerate(chosen) if not one.is_asked and not one.matches(negative.fields)), None
            )
            if place is None:
                raise UsageError(
                    f"the negative event {number} has all that is asked for; name a field that differs: --field"
                )
            reason = f"{chosen[place].reason}; asked for, since it tells the negative event {number} apart"
            chosen[place] = replace(chosen[place], is_asked=True, reason=reason)
    return chosen


def asked(groups: Sequence[Group]) -> list[Group]:
    """The groups that are asked for."""
    return [group for group in groups if group.is_asked]


def author_of(pack: Pack) -> str | None:
    """Who wrote most of the repository's rules."""
    counted = Counter(entry.rule.author for entry in pack.rules if entry.rule.author)
    return counted.most_common(1)[0][0] if counted else None


def says_analytics(pack: Pack) -> bool:
    """Whether most of the repository's rules name ATT&CK's analytic in their description; true where there is none."""
    told = ["ATT&CK detection strategy and analytic:" in (entry.rule.description or "") for entry in pack.rules]
    return 2 * sum(told) >= len(told)


def refuse_repeated(heading: Heading, pack: Pack) -> None:
    """Raise :class:`UsageError` where a rule of the repository has the id or the title."""
    for entry in pack.rules:
        if str(entry.rule.id) == heading.id:
            raise UsageError(f"the id {heading.id} is that of {entry.source.path}")
        if (entry.rule.title or "").casefold() == heading.title.casefold():
            raise UsageError(f"the title {heading.title!r} is that of {entry.source.path}")


def technique_of(text: str) -> str:
    """The number of a technique that the table of names has. Raises :class:`UsageError` for others."""
    number = text.strip().upper().removeprefix("ATTACK.")
    if number not in techniques():
        near = [one for one in techniques() if one.startswith(number[:5])] or ["T1074", "T1074.001", "T1074.002"]
        raise UsageError(
            f"{one_line(text)} is no technique of stagewatch/objects/attack.json, which has {', '.join(near)}"
        )
    return number


def draft(
    event: Event,
    groups: Sequence[Group],
    negatives: Sequence[Event],
    answers: Answers,
    layout: Layout,
    pack: Pack,
    targets: Sequence[Target],
) -> Draft:
    """The files of the rule. Raises :class:`UsageError` for whatever the user must mend."""
    chosen = asked(groups)
    if not [group for group in chosen if not group.alternatives[0].number]:
        told = ", ".join(sorted(name for name, value in event.fields.items() if value))
        raise UsageError(f"nothing in this event is worth asking for; choose with --field among {told}")
    if not matches(chosen, event.fields):
        raise UsageError("what is asked for does not hit the event itself; leave out what was added with --field")
    title = titled(answers.title)
    stem = stem_of(title, event.source)
    paths = paths_of(stem, event.source, answers.technique, layout, pack.rules)
    heading = _heading(event, chosen, answers, title, layout.shown(paths.info), pack)
    refuse_repeated(heading, pack)
    unasked = [group for group in groups if not group.is_asked and _fits_a_comment(group)]
    rule = rule_text(heading, event.source, chosen, event.event_id, unasked)
    outcomes = outcomes_of(rule, targets)
    start = event.when if answers.keeps_times else nine_o_clock(answers.date)
    others = [Case(f"given as a negative event, {number}", one) for number, one in enumerate(negatives, 1)]
    found = cases(event, chosen, answers.label, others)
    placed = Cases(
        *(
            tuple(Case(case.label, case.event.placed(number, start, case.label)) for number, case in enumerate(side))
            for side in (found.hits, found.misses)
        )
    )
    parts = _parts(heading, event, chosen, targets)
    lost = not_seen(placed, chosen, outcomes, parts)
    info = info_text(heading, event.source, placed, layout.shown(paths.info.parent), answers.origin, lost)
    guide = guide_text(heading, event.source, chosen, placed, event.event_id, outcomes, stem)
    files = {
        paths.rule: rule.encode(),
        paths.info: info.encode(),
        paths.hits: written([case.event for case in placed.hits]),
        paths.misses: written([case.event for case in placed.misses]),
        paths.guide: guide.encode(),
    }
    return Draft(stem, paths, files, tuple(chosen), placed, outcomes)


def _heading(
    event: Event, groups: Sequence[Group], answers: Answers, title: str, regression: str, pack: Pack
) -> Heading:
    told = answers.description or sentence(event.source, groups)
    given = [one_line(line) for line in told.splitlines() if line.strip()]
    general = facts()[str(event.source)].false_positive
    positives = answers.false_positives or (general.format(what=one_line(subject(groups))),)
    author = answers.author or author_of(pack)
    if not author:
        raise UsageError("no rule here says who writes them; name the author with --author")
    return Heading(
        title=title,
        id=str(answers.id or uuid.uuid4()),
        description="\n".join(given),
        author=one_line(author),
        date=answers.date,
        technique=answers.technique,
        level=answers.level,
        false_positives=tuple(one_line(one) for one in positives),
        references=tuple(one_line(one) for one in answers.references),
        regression=regression,
        says_analytic=says_analytics(pack),
    )


def _parts(
    heading: Heading, event: Event, groups: Sequence[Group], targets: Sequence[Target]
) -> dict[Group, Mapping[str, Outcome]]:
    """For each alternative of a group what becomes of a rule that has it alone."""
    found: dict[Group, Mapping[str, Outcome]] = {}
    for group in groups:
        for item in group.alternatives if len(group.alternatives) > 1 else ():
            alone = replace(group, alternatives=(item,), list_name="")
            rest = [alone if one is group else one for one in groups]
            text = rule_text(heading, event.source, rest, event.event_id, ())
            found[alone] = outcomes_of(text, targets)
    return found


def _fits_a_comment(group: Group) -> bool:
    return all(value.isprintable() and len(value) < 100 for item in group.alternatives for value in item.values)
