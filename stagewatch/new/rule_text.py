"""The rule as text, in the order and the form of SigmaHQ's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stagewatch.new.condition import Group, Item, plain
from stagewatch.new.sources import REQUIREMENTS, LogSource
from stagewatch.new.yaml_text import block, quoted, scalar
from stagewatch.objects.attack import techniques

ANALYTICS = {
    ("T1074", "windows"): ("DET0014", "AN0040"),
    ("T1074", "linux"): ("DET0014", "AN0041"),
    ("T1074", "macos"): ("DET0014", "AN0042"),
    ("T1074", "cloud"): ("DET0014", "AN0043"),
    ("T1074.001", "windows"): ("DET0261", "AN0724"),
    ("T1074.001", "linux"): ("DET0261", "AN0725"),
    ("T1074.001", "macos"): ("DET0261", "AN0726"),
    ("T1074.002", "windows"): ("DET0071", "AN0194"),
    ("T1074.002", "linux"): ("DET0071", "AN0195"),
    ("T1074.002", "cloud"): ("DET0071", "AN0198"),
}
"""Technique and platform -> ATT&CK's detection strategy and analytic, for T1074, as of v18."""

CLOUDS = frozenset({"aws", "azure", "gcp"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands around the detection."""

    title: str
    id: str
    description: str
    author: str
    date: date
    technique: str
    level: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    regression: str
    """``regression_tests_path``: from the root of the repository, with forward slashes."""
    says_analytic: bool = True
    """Whether the description's last line names ATT&CK's analytic, as the repository's other rules do."""


def analytic(technique: str, source: LogSource) -> tuple[str, str] | None:
    """ATT&CK's detection strategy and analytic for a technique on a log source, where the table knows it."""
    return ANALYTICS.get((technique, "cloud" if source.product in CLOUDS else source.product))


def tags(technique: str) -> list[str]:
    """The tags of a technique: its tactics, the technique above it, itself."""
    one = techniques()[technique]
    numbers = dict.fromkeys((one.parent, one.id))
    return [f"attack.{tactic.tag}" for tactic in one.tactics] + [f"attack.{number.lower()}" for number in numbers]


def rule_text(
    heading: Heading, source: LogSource, groups: Sequence[Group], event_id: int, unasked: Sequence[Group]
) -> str:
    """The whole file. ``unasked`` stand in a comment, so that whoever reviews the rule can take them in."""
    strategy = analytic(heading.technique, source) if heading.says_analytic else None
    told = heading.description
    if strategy is not None:
        told += f"\nATT&CK detection strategy and analytic: {strategy[0]} ({strategy[1]})."
    lines = [
        f"title: {scalar(heading.title)}\n",
        f"id: {heading.id}\n",
        "status: experimental\n",
        f"description: |\n{block(told, '    ')}",
        _listed("references", heading.references, 4),
        f"author: {scalar(heading.author)}\n",
        f"date: {heading.date.isoformat()}\n",
        "tags:\n" + "".join(f"    - {tag}\n" for tag in tags(heading.technique)),
        _logsource(source, event_id),
        "detection:\n",
        detection(groups, unasked),
        _listed("falsepositives", heading.false_positives, 4),
        f"level: {heading.level}\n",
        f"regression_tests_path: {scalar(heading.regression)}\n",
    ]
    return "".join(lines)


def _listed(key: str, values: Sequence[str], indent: int) -> str:
    return f"{key}:\n" + "".join(f"{' ' * indent}- {_url(value)}\n" for value in values) if values else ""


def _url(value: str) -> str:
    is_plain = value.startswith("https://") and not set(value) & set(" #'\"{}[],&*!|>%@`")
    return value if is_plain else scalar(value)


def _logsource(source: LogSource, event_id: int) -> str:
    own = {"category": source.category, "service": None} if source.category and source.event_id != 4104 else {}
    named = {**own, "product": source.product, "category": source.category, "service": source.service}
    text = "logsource:\n" + "".join(f"    {key}: {value}\n" for key, value in named.items() if value is not None)
    requirement = REQUIREMENTS.get(event_id)
    return text + (f"    definition: {quoted(requirement)}\n" if requirement else "")


def detection(groups: Sequence[Group], unasked: Sequence[Group] = ()) -> str:
    """The selections and the condition: one mapping where no group has alternatives or carries a list."""
    comments = "".join(_comment(group) for group in unasked)
    keys = [group.alternatives[0].key for group in groups]
    simple = all(len(group.alternatives) == 1 and not group.list_name for group in groups)
    if simple and len(set(keys)) == len(keys):
        body = "".join(_item(group.alternatives[0], 8) for group in groups)
        return f"    selection:\n{body}{comments}    condition: selection\n"
    text = ""
    for group in groups:
        text += f"    selection_{group.name}:\n"
        if len(group.alternatives) == 1:
            text += _item(group.alternatives[0], 8)
        else:
            for item in group.alternatives:
                first = _item(item, 10)
                text += f"        - {first.lstrip()}"
    condition = "all of selection_*" if len(groups) > 1 else f"selection_{groups[0].name}"
    return f"{text}{comments}    condition: {condition}\n"


def _item(item: Item, indent: int) -> str:
    pad = " " * indent
    if len(item.values) == 1:
        return f"{pad}{item.key}: {_value(item, item.values[0])}\n"
    return f"{pad}{item.key}:\n" + "".join(f"{pad}    - {_value(item, value)}\n" for value in item.values)


def _value(item: Item, value: str) -> str:
    return value if item.number else quoted(value)


def _comment(group: Group) -> str:
    """What was not asked for, with the event's value; a list by its name."""
    item = group.alternatives[0]
    shown = f"the list {group.list_name}" if group.list_name else ", ".join(map(quoted, item.values))
    return f"        # not asked: {item.key}: {shown}\n"


def sentence(source: LogSource, groups: Sequence[Group]) -> str:
    """What the rule sees, in words: the description's first line."""
    asked = " and ".join(in_words(group) for group in groups if not group.alternatives[0].number)
    subject = {
        "process_creation": "the start of a program",
        "file_event": "the creation of a file",
        "ps_script": "a PowerShell script",
        "security": "an event of the Windows Security log",
        "auditd": "a record of auditd",
        "cloudtrail": "a call of the AWS interface",
        "activitylogs": "an operation of the Azure activity log",
        "gcp.audit": "a call of the Google Cloud interface",
    }[source.category or source.service or ""]
    return f"Detects {subject}{' in which ' if asked else ''}{asked}."


_VERBS = {"contains": "holds", "startswith": "begins with", "endswith": "ends with", "": "is"}


def in_words(group: Group) -> str:
    """A group as a part of a sentence."""
    told = []
    for item in group.alternatives:
        if group.list_name:
            values = f"an entry of the list {group.list_name}"
        else:
            join = " and " if item.is_all else " or "
            values = join.join(plain(value).strip() for value in item.values)
        told.append(f"{item.field} {_VERBS[item.modifier]} {values}")
    return " or ".join(told)
