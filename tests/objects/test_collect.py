from __future__ import annotations

import pytest

from stagewatch.findings import Unsupported
from stagewatch.objects.base import Deployable
from stagewatch.objects.collect import add_shared, collect, display_names, identifier
from tests.objects.samples import described, samples

RULES = samples("sumo")


def test_a_refused_rule_has_a_reason_and_no_file() -> None:
    def write(rule: Deployable) -> dict[str, bytes]:
        if rule.description.correlation:
            raise Unsupported("no windows here")
        return {f"{rule.description.stem}.x": b""}

    result = collect(RULES, write)
    add_shared(result, "all.x", b"")
    assert result.refused == {"correlation_win_sample_archives": "no windows here"}
    assert result.of == {
        "file_event_win_sample_archive": ("all.x", "file_event_win_sample_archive.x"),
        "proc_creation_win_sample_archiver": ("all.x", "proc_creation_win_sample_archiver.x"),
    }
    assert sorted(result.files) == ["all.x", "file_event_win_sample_archive.x", "proc_creation_win_sample_archiver.x"]


def test_the_order_of_the_rules_does_not_matter() -> None:
    names = [list(collect(rules, lambda rule: {rule.description.stem: b""}).files) for rules in (RULES, RULES[::-1])]
    assert names[0] == names[1]


def test_rules_of_one_title_are_told_apart_by_their_files() -> None:
    first, second, third = RULES
    rules = [described(first, title="One\ntitle"), described(second, title="one title"), described(third, title=" ")]
    assert list(display_names(rules).values()) == [
        "One title (correlation_win_sample_archives)",
        "one title (file_event_win_sample_archive)",
        "proc_creation_win_sample_archiver",
    ]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("proc_creation_win_x", "proc_creation_win_x"),
        ("a-b", "rule_a_b_35c2229e"),
        ("a_b", "a_b"),
        ("7zip", "rule_7zip_f1e45350"),
        ("_x", "rule_x_2224aa6a"),
        ("é", "rule_0e048d3e"),
    ],
)
def test_a_stem_becomes_an_identifier_that_no_other_stem_becomes(stem: str, name: str) -> None:
    assert identifier(stem) == name
