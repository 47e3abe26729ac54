"""The guide for the analyst, in the sections that the pack's guides have, with sentences that hold for the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stagewatch.conversion import Outcome
from stagewatch.findings import one_line
from stagewatch.new.condition import Group, plain
from stagewatch.new.guide_facts import Facts, facts, security_telemetry
from stagewatch.new.rule_text import Heading, analytic, detection, in_words
from stagewatch.new.sources import LogSource
from stagewatch.new.values import base_name
from stagewatch.new.variants import Cases
from stagewatch.new.yaml_text import scalar
from stagewatch.objects.attack import techniques

PRIORITIES: Mapping[str, str] = {
    "informational": "Informational. It is a base for correlations and hunting and not meant to raise alerts.",
    "low": "Low. Look at it beside other signs of the same host or account.",
    "medium": "Medium. Look at each hit within a day. The level was set by whoever wrote the rule and not measured.",
    "high": "High. Look at each hit at once. The level was set by whoever wrote the rule and not measured.",
    "critical": "Critical. Wake somebody. The level was set by whoever wrote the rule and not measured.",
}


def guide_text(
    heading: Heading,
    source: LogSource,
    groups: Sequence[Group],
    cases: Cases,
    event_id: int,
    outcomes: Mapping[str, Outcome],
    stem: str,
) -> str:
    """The whole guide."""
    told = facts()[str(source)]
    sections = [
        _head(heading, source, stem),
        _section("## Goal", [_goal(heading, source)]),
        _section("## Categorization", _categories(heading)),
        _section("## Strategy abstract", [_strategy(groups)]),
        _section("## Technical context", [" ".join((*told.context, *_list_context(groups)))]),
        _section("## Blind spots and assumptions", _bullets(told.blind)),
        _section("## False positives", _bullets(heading.false_positives)),
        _section("### Tuning", _bullets(_tuning(groups))),
        _section("## Telemetry", _bullets(_telemetry(told, source, event_id, outcomes))),
        _section("## Validation", _bullets(_validation(heading, source, cases))),
        _section("## Priority", [PRIORITIES[heading.level]]),
        "## Response\n",
        _section("### First five questions", [f"{place}. {one}" for place, one in enumerate(told.questions, 1)]),
        _section("### Confirms", _bullets(told.confirms)),
        _section("### Clears", _bullets(told.clears)),
        _section("### Steps", [f"{place}. {one}" for place, one in enumerate(told.steps, 1)]),
        _section("### Hunting", [_hunting(heading, source, groups)]),
    ]
    return "\n".join(sections)


def subject(groups: Sequence[Group]) -> str:
    """What the rule is about in a word or two, for sentences: a program, an ending, a call."""
    for group in groups:
        item = group.alternatives[0]
        if group.list_name:
            return f"entries of the list {group.list_name}"
        if not item.number:
            return base_name(plain(item.values[0])).strip() or plain(item.values[0]).strip()
    return "this"


def _section(heading: str, lines: Sequence[str]) -> str:
    return heading + "\n" + "".join(f"{line}\n" for line in lines)


def _bullets(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _head(heading: Heading, source: LogSource, stem: str) -> str:
    parts = [f"`{stem}`", f"level {heading.level}", heading.technique]
    strategy = analytic(heading.technique, source) if heading.says_analytic else None
    if strategy is not None:
        name, number = strategy
        parts.append(f"[{name} {number}](https://attack.mitre.org/detectionstrategies/{name}#{number})")
    return f"# {heading.title}\n\n{' · '.join(parts)}\n"


def _goal(heading: Heading, source: LogSource) -> str:
    name = techniques()[heading.technique].name
    told = heading.description.splitlines()[0].removeprefix("Detects ")
    return f"Notice {name} ({heading.technique}) in {source.called}: {told}"


def _categories(heading: Heading) -> list[str]:
    one = techniques()[heading.technique]
    numbers = dict.fromkeys((one.parent, one.id))
    named = [techniques()[number] for number in numbers if number in techniques()]
    return [f"- {tactic.name} / {each.name} ({each.id})" for each in named for tactic in each.tactics]


def _strategy(groups: Sequence[Group]) -> str:
    told = [_literal(in_words(group)) for group in groups]
    return f"All of this must hold in one event: {'; '.join(told)}. Case does not matter."


def _literal(text: str) -> str:
    """Words of an event in a guide: without what Markdown reads as its own."""
    return text.replace("`", "'").replace("|", "/").replace("<", "(").replace(">", ")").replace("\n", " ")


def _list_context(groups: Sequence[Group]) -> list[str]:
    named = [group.list_name for group in groups if group.list_name]
    return [f"The named list `lists/{name}` says with a reason for each entry why it is asked for." for name in named]


def _tuning(groups: Sequence[Group]) -> list[str]:
    benign = (
        "Exclude a benign program by its whole path and its account in a filter of your own, never by a name alone, "
        "which anybody can take."
    )
    lines = [benign]
    lines += [
        f"`lists/{group.list_name}` holds the values of `{group.fields[0]}`." for group in groups if group.list_name
    ]
    return lines


def _telemetry(told: Facts, source: LogSource, event_id: int, outcomes: Mapping[str, Outcome]) -> list[str]:
    lines = list(told.telemetry)
    if str(source) == "windows/security":
        lines.insert(0, security_telemetry(event_id))
    lacking = sorted(target for target, outcome in outcomes.items() if outcome.rendered is None)
    if lacking:
        lines.append(f"The rule cannot be expressed for {', '.join(lacking)}; the manifest of a build says why.")
    partly = {target: outcome.reasons for target, outcome in outcomes.items() if outcome.status == "degraded"}
    lines += [f"It sees less on {target}: {_literal(one_line(reasons[0]))}." for target, reasons in partly.items()]
    return lines


def _validation(heading: Heading, source: LogSource, cases: Cases) -> list[str]:
    how = "Repeat the recorded action on a test host" if source.is_framed else "Repeat the call in a test account"
    return [
        f"`{heading.regression}` holds {len(cases.hits)} events that must match and {len(cases.misses)} that must not.",
        f"{how} and look for the hit on each platform that is in use.",
    ]


def _hunting(heading: Heading, source: LogSource, groups: Sequence[Group]) -> str:
    """A wider question: without the last group that can be left out."""
    kept = [group for group in groups if group.alternatives[0].number]
    others = [group for group in groups if group not in kept]
    wider = [*kept, *(others[:-1] or others)]
    named = {"product": source.product, "category": source.category, "service": source.service}
    logsource = "".join(f"    {key}: {value}\n" for key, value in named.items() if value is not None)
    title = scalar(f"{heading.title}, Asked More Widely")
    return f"```yaml\ntitle: {title}\nlogsource:\n{logsource}detection:\n{detection(wider)}```"
