"""Writes ``docs/coverage.md``: behaviours and public tests x rules x platforms.

Run as ``python -m tests.rules_pack.coverage``.

``docs/coverage.yml`` says which rules answer to which behaviour, or why none does. Which rule finds which public test
is read off the fixtures: an event that stands for a test says so in its label (``Atomic T1119 test 1: ...``).
``dist/manifest.json`` says what each platform makes of a rule.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from stagewatch.targets import TARGETS
from tests.reference import matches
from tests.rules_pack.fixtures import REPOSITORY, cases, correlations, detections, fixtures

PAGE = REPOSITORY / "docs" / "coverage.md"
SOURCE = REPOSITORY / "docs" / "coverage.yml"

SIGNS = {"ok": "●", "degraded": "◐", "unsupported": "–"}

TEST = re.compile(r"(?:seed|Atomic) T\d{4}(?:\.\d{3})? test \d+")

HEAD = """\
# Coverage

Written by `python -m tests.rules_pack.coverage` from `docs/coverage.yml`, the rules' fixtures and `dist/manifest.json`;
tests keep it. {rules} rules and {correlations} correlations.

On a platform: ● all of the rule, ◐ less than the rule says and never more, – not at all. What is lacking stands at the
end and, with the details, in [docs/targets/](targets).

## Behaviours

"""


@cache
def source() -> Mapping[str, Any]:
    """The behaviours by number, and the public tests by name."""
    data: Mapping[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return data


@cache
def statuses() -> Mapping[str, Mapping[str, Any]]:
    """Stem -> target -> what the manifest says of it."""
    manifest = json.loads((REPOSITORY / "dist" / "manifest.json").read_bytes())
    return {rule["stem"]: rule["targets"] for rule in manifest["rules"]}


@cache
def found_by() -> Mapping[str, tuple[str, ...]]:
    """Public test -> the rules that match an event of it, and the correlations with a case that has one."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in cases():
        if (test := TEST.search(case.label)) and case.expected and matches(detections()[case.stem], case.event):
            found[test[0]].add(case.stem)
    for stem, rule in correlations().items():
        for one in fixtures()[str(rule.id)].cases:
            if one.groups and (test := TEST.search(one.name)):
                found[test[0]].add(stem)
    return {test: tuple(sorted(stems)) for test, stems in found.items()}


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD.format(rules=len(detections()), correlations=len(correlations())) + _heading(),
            *_behaviours(),
            "",
            "## Left out",
            "",
            *(f"- {one['name']}: {one['left_out']}" for one in source()["behaviours"].values() if "left_out" in one),
            "",
            "## Public tests",
            "",
            source()["about_the_tests"].strip(),
            "",
            "| test | what it does | rules |",
            "|---|---|---|",
            *_tests(),
            "",
            "## Rules",
            "",
            "| rule | level |",
            "|---|---|",
            *(f"| [`{stem}`](guides/{stem}.md) | {_level(stem)} |" for stem in sorted(statuses())),
            "",
            "## What each platform cannot see",
            *_lacking(),
            "",
        ]
    )


def _heading() -> str:
    return f"| behaviour | rule | {' | '.join(TARGETS)} |\n|---|---|{'---|' * len(TARGETS)}"


def _behaviours() -> Iterator[str]:
    for number, behaviour in source()["behaviours"].items():
        for place, stem in enumerate(behaviour.get("rules", ())):
            name = f"{number}. {behaviour['name']}" if place == 0 else ""
            signs = " | ".join(SIGNS[statuses()[stem][target]["status"]] for target in TARGETS)
            yield f"| {name} | [`{stem}`](guides/{stem}.md) | {signs} |"


def _tests() -> Iterator[str]:
    for name, what in source()["tests"].items():
        rules = ", ".join(f"`{stem}`" for stem in found_by().get(name, ()))
        yield f"| {name} | {what} | {rules} |"


def _level(stem: str) -> str:
    rule = detections().get(stem) or correlations()[stem]
    return str(rule.level)


def _lacking() -> Iterator[str]:
    for target in TARGETS:
        reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
        for stem, of in sorted(statuses().items()):
            if of[target]["status"] != "ok":
                for reason in of[target]["reasons"]:
                    reasons[of[target]["status"], reason].append(stem)
        yield ""
        yield f"### {target}"
        yield ""
        if not reasons:
            yield "All rules, whole."
        for (status, reason), stems in sorted(reasons.items(), key=lambda one: (one[0][0] != "unsupported", one[0])):
            told = ", ".join(f"`{stem}`" for stem in stems)
            yield f"- *{status}*: {reason.replace('|', chr(92) + '|')} ({told})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
