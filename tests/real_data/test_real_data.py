"""The reviewed hits of the pack in the public recordings: complete, within bounds, and as the page says."""

from __future__ import annotations

import json
import re

import pytest

from tests.hunt.hunting import needs_datasets, pack_plan
from tests.real_data.review import FALSE, TRUE, Key, found, reviewed, rules_of
from tests.real_data.table import EVENTS, PAGE, page

BENIGN_BURSTS = re.compile(r"\\(wermgr|WerFault|svchost|msedge|mousocoreworker|taskhostw)\.exe$", re.IGNORECASE)
"""Processes that write in bursts below ProgramData and Temp in the recordings."""

LOUD = ("medium", "high", "critical")


@needs_datasets
def test_every_hit_has_a_verdict_and_every_verdict_a_hit() -> None:
    assert dict(found().groups) == {key: said.count for key, said in reviewed().items()}


@needs_datasets
def test_the_numbers_of_events_are_those_of_the_recordings() -> None:
    assert json.loads(EVENTS.read_bytes()) == {"total": found().total, **found().kinds}


def test_the_page_is_what_the_verdicts_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(reviewed(), rules_of(pack_plan()), json.loads(EVENTS.read_bytes()))


def false_positives(*levels: str) -> dict[Key, int]:
    of = rules_of(pack_plan())
    return {key: said.count for key, said in reviewed().items() if said.verdict == FALSE and of[key.rule] in levels}


def test_no_false_positive_is_worth_waking_somebody() -> None:
    assert false_positives("high", "critical") == {}


def test_fewer_than_one_event_in_ten_thousand_is_a_false_positive_at_medium() -> None:
    assert sum(false_positives("medium").values()) * 10_000 < json.loads(EVENTS.read_bytes())["total"]


def test_the_benign_bursts_are_hit_by_nothing_above_low() -> None:
    of = rules_of(pack_plan())
    assert [key for key in reviewed() if BENIGN_BURSTS.search(key.who) and of[key.rule] in LOUD] == []


@pytest.mark.parametrize(
    "file",
    [
        "cmd_dumping_ntds_dit_file_volume_shadow_copy",  # ntds.dit and the SYSTEM hive, copied to Windows\Temp
    ],
)
def test_true_stagings_are_found_above_low(file: str) -> None:
    of = rules_of(pack_plan())
    assert [
        key for key, said in reviewed().items() if file in key.file and said.verdict == TRUE and of[key.rule] in LOUD
    ]
