"""The fixture's ``info.yml``, in SigmaHQ's form with the pack's own keys (:mod:`stagewatch.fixtures`)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from stagewatch.new.rule_text import Heading
from stagewatch.new.sources import LogSource
from stagewatch.new.variants import Case, Cases
from stagewatch.new.yaml_text import block, scalar

HITS, MISSES = "The behaviour and attempts to evade the rule", "Near misses"


def info_text(
    heading: Heading, source: LogSource, cases: Cases, folder: str, origin: str, not_seen: Mapping[str, Sequence[str]]
) -> str:
    """The whole file. ``origin`` says where the first event is from; ``not_seen`` lists labels by target."""
    where = "RuleName says" if source.says_labels else "The labels say"
    return (
        f"id: {uuid.uuid5(uuid.UUID(heading.id), 'fixture')}\n"
        f"description: |\n{block(f'{origin} {where} what each one is about.', '    ')}"
        f"date: {heading.date.isoformat()}\n"
        f"author: {scalar(heading.author)}\n"
        "rule_metadata:\n"
        f"    - id: {heading.id}\n"
        f"      title: {scalar(heading.title)}\n"
        "regression_tests_info:\n"
        + _test(HITS, source, cases.hits, len(cases.hits), f"{folder}/match.json")
        + _not_seen(not_seen)
        + _test(MISSES, source, cases.misses, 0, f"{folder}/no_match.json")
    )


def _test(name: str, source: LogSource, cases: Sequence[Case], count: int, path: str) -> str:
    text = (
        f"    - name: {name}\n"
        "      type: json\n"
        f"      provider: {source.provider}\n"
        f"      match_count: {count}\n"
        f"      path: {scalar(path)}\n"
    )
    if source.says_labels:
        return text
    return text + "      labels:\n" + "".join(f"        - {scalar(case.label)}\n" for case in cases)


def _not_seen(not_seen: Mapping[str, Sequence[str]]) -> str:
    if not not_seen:
        return ""
    text = "      not_seen:\n"
    for target, labels in not_seen.items():
        text += f"          {target}:\n" + "".join(f"              - {scalar(label)}\n" for label in labels)
    return text
