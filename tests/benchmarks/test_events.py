from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from sigma.rule import SigmaRule

from stagewatch.findings import Finding
from stagewatch.logs import Account, read
from stagewatch.pack import read_pack
from tests.benchmarks.events import REPOSITORY, SHAPES, Event, events, nxlog, raw, write
from tests.benchmarks.kinds import KINDS
from tests.reference import matches

COUNT = 20_000


@pytest.fixture(scope="module")
def made() -> list[Event]:
    return list(events(COUNT))


def test_there_are_as_many_as_asked_in_order_of_time(made: list[Event]) -> None:
    assert len(made) == COUNT
    assert [event.time for event in made] == sorted(event.time for event in made)
    assert (made[-1].time - made[0].time).days == 29


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = ([nxlog(event, 1) for event in events(300, seed)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_kinds_are_as_frequent_as_they_say(made: list[Event]) -> None:
    counts = Counter(event.kind.event_id for event in made)
    assert sum(kind.share for kind in KINDS) == 1000
    for kind in KINDS:
        assert counts[kind.event_id] / COUNT == pytest.approx(kind.share / 1000, rel=0.3, abs=0.002)


def test_command_lines_and_file_names_hardly_repeat_and_images_do(made: list[Event]) -> None:
    def different(field: str, event_id: int) -> float:
        values = [event.data[field] for event in made if event.kind.event_id == event_id]
        return len(set(values)) / len(values)

    assert different("CommandLine", 1) > 0.6
    assert different("TargetFilename", 11) > 0.9
    assert different("Image", 1) < 0.3
    assert different("CallTrace", 10) < 0.3


def test_one_event_in_two_thousand_is_one_that_a_rule_of_the_pack_finds(made: list[Event]) -> None:
    rules = [entry.rule for entry in read_pack([REPOSITORY / "sigma"]).rules if isinstance(entry.rule, SigmaRule)]
    sources = {1: "process_creation", 11: "file_event"}
    asked = [rule for rule in rules if rule.logsource.product == "windows"]

    def found(event: Event) -> bool:
        category = sources.get(event.kind.event_id)
        record = {**event.data, "EventID": event.kind.event_id, "Computer": event.host}
        return any(rule.logsource.category == category and matches(rule, record) for rule in asked)

    assert 8 <= sum(map(found, made)) <= 12


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read_whole(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, 2000, shape)
    account = Account()
    rows = [row for batch in read([str(path)], account=account) for row in batch.rows]
    assert account.total == len(rows) == 2000
    assert not any(file.problems for file in account.files)
    assert {file.format for file in account.files} == {shape}


def test_both_shapes_say_the_same_of_an_event(tmp_path: Path) -> None:
    chosen = list(islice(events(5000), 400))
    told = []
    for line in (nxlog, raw):
        path = tmp_path / line.__name__
        path.write_bytes(b"".join(line(event, number) for number, event in enumerate(chosen)))
        told.append([row for batch in read([str(path)]) for row in batch.rows])
    names = ("product", "category", "service", "Computer", "EventID", "Image", "CommandLine", "TargetFilename", "User")
    flat, nested = ([tuple(row.get(name) for name in names) for row in rows] for rows in told)
    assert flat == nested


def test_a_fixture_that_cannot_be_read_is_no_silent_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(_: Path, findings: list[Finding]) -> dict[str, object]:
        findings.append(Finding("info.yml", 1, None, "torn"))
        return {}

    monkeypatch.setattr("tests.benchmarks.events.read_fixtures", torn)
    with pytest.raises(ValueError, match="torn"):
        next(events(5000))
