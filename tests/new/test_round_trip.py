"""Rules made of more than a hundred events of the pack: each loads, converts, hits its event and no near miss."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from stagewatch.check.codes import codes
from stagewatch.check.run import read, run
from stagewatch.findings import Finding
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.layout import Layout
from stagewatch.new import make
from stagewatch.new.condition import matches
from stagewatch.new.place import write_all
from stagewatch.new.sanitise import sanitise
from stagewatch.new.sources import SOURCES
from stagewatch.new.trial import targets_of
from stagewatch.pack import Pack, read_pack
from stagewatch.prove import Proof, prove
from tests.new.making import answers, recorded, repository
from tests.rules_pack.test_guides import SECTIONS
from tests.support import target

PROVEN = ("duckdb", "splunk", "elastic", "secops")
AT_LEAST = 100


@dataclass(frozen=True)
class Trip:
    """What was made, and what reading it back gives."""

    layout: Layout
    drafts: dict[str, make.Draft]
    pack: Pack
    fixtures: dict[str, Fixture]


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    layout = repository(tmp_path_factory.mktemp("trip") / "repository")
    targets, lists = targets_of(layout), make.lists_of(layout)
    drafts = {}
    for number, (name, found) in enumerate(recorded(115), 1):
        assert found.event is not None, found.kind
        event = sanitise(found.event).event
        groups = make.proposals(event, make.context_of(event, lists), (), ())
        given = answers(f"Event Number {number} of the Trip", id=uuid.UUID(f"11111111-1111-4111-8111-{number:012d}"))
        drafts[name] = make.draft(event, groups, [], given, layout, Pack(), targets)
        write_all(drafts[name].files)
    findings: list[Finding] = []
    fixtures = read_fixtures(layout.fixtures, findings)
    assert findings == []
    return Trip(layout, drafts, read_pack(layout.rules), fixtures)


def test_there_are_enough_events_and_of_each_log_source(trip: Trip) -> None:
    assert len(trip.drafts) >= AT_LEAST
    made = {str(source) for source in SOURCES.values() for draft in trip.drafts if draft.startswith(source.prefix)}
    assert made >= set(SOURCES) - {"macos/file_event"}  # of which the pack has no rule


def test_every_rule_loads(trip: Trip) -> None:
    assert trip.pack.findings == []
    assert len(trip.pack.rules) == len(trip.drafts) == len(trip.fixtures)


@pytest.mark.parametrize("name", PROVEN)
def test_every_query_hits_its_events_and_no_near_miss(name: str, trip: Trip) -> None:
    proofs = prove(trip.pack, [target(name)], trip.fixtures)
    assert [f"{one.stem}: {one.problems[:1]}" for one in proofs if one.verdict not in ("proven", "unsupported")] == []
    assert sum(one.verdict == "proven" for one in proofs) > len(proofs) * 0.9
    assert all(one.found == one.expected > 0 or _sees_nothing(one) for one in proofs)


def _sees_nothing(proof: Proof) -> bool:
    return proof.verdict == "unsupported"


def test_every_rule_converts_for_most_targets(trip: Trip) -> None:
    for draft in trip.drafts.values():
        assert draft.outcomes.keys() == {one.name for one in targets_of(trip.layout)}
        assert draft.outcomes["duckdb"].status == "ok"
        assert not [one for one in draft.outcomes.values() if one.status == "failed"]


def test_every_condition_is_guarded_by_a_near_miss(trip: Trip) -> None:
    for name, draft in trip.drafts.items():
        for group in draft.groups:
            rest = [one for one in draft.groups if one is not group]
            missed = [case.event.fields for case in draft.cases.misses]
            assert any(not group.matches(one) and matches(rest, one) for one in missed), (name, group.name)


def test_every_fixture_has_events_enough_that_say_once_what_they_are_about(trip: Trip) -> None:
    for draft in trip.drafts.values():
        for side in (draft.cases.hits, draft.cases.misses):
            labels = [case.label for case in side]
            assert len(labels) >= 5
            assert len(set(labels)) == len(labels)
            times = [case.event.when for case in side]
            assert times == sorted(set(times))


def test_check_has_nothing_against_any_of_them_but_notes(trip: Trip) -> None:
    report = run(read(trip.layout, sorted(trip.layout.rules[0].rglob("*.yml"))))
    assert report.defects == ()
    grave = [one for one in report.remarks if codes()[one.code].severity != "note"]
    alike = ("SW260",)  # the events are those of rules that stand side by side
    assert [f"{one.code} {one.place.path}: {one.message}" for one in grave if one.code not in alike] == []


def test_every_guide_has_the_sections_of_the_packs_guides_and_no_gap(trip: Trip) -> None:
    for draft in trip.drafts.values():
        text = draft.files[draft.paths.guide].decode()
        assert re.findall(r"^#{2,3} .*$", text, re.MULTILINE) == SECTIONS
        assert not re.search(r"TODO|TBD|FIXME|\bNone\b|\{what\}", text)
        for part in re.split(r"^#{2,3} ", text, flags=re.MULTILINE)[1:]:
            assert part.startswith("Response\n") or len(part.split()) > 5


def test_the_same_event_gives_the_same_bytes(trip: Trip, tmp_path: Path) -> None:
    other = repository(tmp_path / "other" / "place")
    lists = make.lists_of(other)
    for number, (name, found) in enumerate(recorded(115), 1):
        if number % 20 != 1:
            continue
        assert found.event is not None
        event = sanitise(found.event).event
        groups = make.proposals(event, make.context_of(event, lists), (), ())
        given = answers(f"Event Number {number} of the Trip", id=uuid.UUID(f"11111111-1111-4111-8111-{number:012d}"))
        again = make.draft(event, groups, [], given, other, Pack(), targets_of(other))
        assert list(again.files.values()) == list(trip.drafts[name].files.values())
