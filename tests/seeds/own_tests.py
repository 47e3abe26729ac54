"""The tests that the public pages describe: do their own queries find the events that stand for them?"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

from stagewatch.telemetry.native import Native
from tests.rules_pack.coverage import source
from tests.rules_pack.fixtures import detections, fixtures
from tests.seeds.claims import PLATFORM
from tests.seeds.public import PAGES
from tests.seeds.trial import Found, Key, Records, ask, singles

TEST = re.compile(r"seed (T\d{4}(?:\.\d{3})?) test (\d+)")

TOLD = ("ActionType", "FolderPath", "ProcessCommandLine", "InitiatingProcessFolderPath")
"""Columns by which two events of a test are told apart."""


@cache
def records() -> dict[tuple[str, int], tuple[Records, ...]]:
    """Technique and number of a test -> its events as the platform holds them, each once."""
    natives: dict[tuple[str, int], dict[str, Native]] = defaultdict(dict)
    for rule in detections().values():
        for case in fixtures()[str(rule.id)].cases:
            for label, native in zip(case.labels, case.events, strict=True):
                test = TEST.search(label)
                if test and case.match_count and (content := _content(native)):
                    natives[test[1], int(test[2])].setdefault(content, native)
    return {test: tuple(singles(list(found.values()), PLATFORM)) for test, found in sorted(natives.items())}


def asked() -> dict[Key, Records]:
    """All events of all tests."""
    return {("test", *test, place): one for test, listed in records().items() for place, one in enumerate(listed)}


def compared(found: Found) -> list[dict[str, Any]]:
    """Each test with the number of its events that each query finds; ``found`` tells of :func:`asked`."""
    return [_test(technique, number, found) for technique, number in records()]


def _content(native: Native) -> str:
    """What tells an event from another, empty for one that the platform does not hold."""
    rows = [event for event in singles([native], PLATFORM)[0] if "ActionType" in event.record]
    return "|".join(str(rows[0].record.get(name, "")) for name in TOLD) if rows else ""


def _test(technique: str, number: int, found: Found) -> dict[str, Any]:
    page, listed = PAGES[technique], records()[technique, number]
    published = ask(page.query, listed, PLATFORM)
    repaired = page.repaired(PLATFORM)
    mine = [found["test", technique, number, place] for place in range(len(listed))]
    return {
        "technique": technique,
        "test": number,
        "does": source()["tests"][f"seed {technique} test {number}"],
        "events": len(listed),
        "page": len(published.found) if published.compiles else None,
        "repaired": None if repaired is None else len(ask(repaired, listed, PLATFORM).found),
        "ours": sum(map(bool, mine)),
        "rules": sorted({stem for stems in mine for stem in stems}),
    }
