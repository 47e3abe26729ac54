"""What the reports have in common."""

from __future__ import annotations

import pytest

from stagewatch.hunt.report_values import WorstHits, utc, visible, worst_bursts, worst_counts
from tests.hunt.samples import ARCHIVER, BULK, COPY, FILES, HOSTILE, SEQUENCE, START, a_report, hit


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_acts_is_left_in_a_value(value: str) -> None:
    assert visible(value).isprintable()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain \\x41 text", "plain \\x41 text"),
        ("\x1b[31m\x00\x9b", "\\x1b[31m\\x00\\x9b"),
        ("a\u202eb\u00a0c", "a\\u202eb\\xa0c"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("営業部 ß", "営業部 ß"),
    ],
)
def test_a_character_that_does_not_print_is_told_by_its_number(value: str, shown: str) -> None:
    assert visible(value) == shown


def test_characters_to_keep_stay() -> None:
    assert visible("a\n\tb\r", keep="\n\t") == "a\n\tb\\x0d"


def test_times_have_one_length() -> None:
    assert utc(START) == "2026-03-04T08:55:12.345000Z"
    assert utc(START.replace(microsecond=0)) == "2026-03-04T08:55:12.000000Z"
    assert utc(None) is None


def test_the_hits_that_are_kept_are_those_of_the_highest_level_and_of_one_level_the_earliest() -> None:
    hits = [hit(COPY, 1), hit(FILES, 2), hit(ARCHIVER, 3), hit(FILES, 4), hit(ARCHIVER, 5)]
    worst = WorstHits(a_report(hits), 3)
    for one in hits:
        worst.offer(one)
    assert worst.chosen == [hits[1], hits[2], hits[4]]
    assert worst.worst_first() == [hits[2], hits[4], hits[1]]
    assert worst.omitted == 2


def test_no_more_hits_are_needed_once_all_that_can_be_chosen_are_there() -> None:
    hits = [hit(ARCHIVER, 1), hit(COPY, 2), hit(COPY, 3)]
    worst = WorstHits(a_report(hits), 1)
    assert not worst.full
    worst.offer(hits[0])
    assert worst.full


def test_the_summary_puts_the_highest_level_first_then_the_rule_with_most_then_the_busiest_host() -> None:
    hits = [hit(COPY, 1), hit(ARCHIVER, 2, "a"), hit(ARCHIVER, 3, "b"), hit(ARCHIVER, 4, "b"), hit(ARCHIVER, 5, None)]
    lines = [(count.rule, count.host) for count in worst_counts(a_report(hits))]
    assert lines == [(ARCHIVER.stem, "b"), (ARCHIVER.stem, "a"), (ARCHIVER.stem, None), (COPY.stem, "WS-0417")]


def test_bursts_come_by_level_and_not_by_time() -> None:
    report = a_report()
    report.bursts = list(reversed(report.bursts))
    assert [burst.rule for burst in worst_bursts(report)] == [BULK.stem, SEQUENCE.stem]
