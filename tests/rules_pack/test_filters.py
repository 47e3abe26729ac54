"""The filters under sigma/filters: what each leaves out, and that nothing passes by borrowing its names.

``tests/filters/<stem>`` holds native events, as ``tests/rules`` does: those in ``silenced.json`` match some rule until
the filter is on, those in ``attack.json`` match the same rules with it.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch.conversion import convert
from stagewatch.fixtures import Case, Fixture
from stagewatch.pack import Pack, PackFilter, PackRule, apply_filters, read_pack
from stagewatch.prove import Proof, prove
from stagewatch.targets import TARGETS
from stagewatch.telemetry.native import Native
from tests.reference import matches
from tests.rules_pack.fixtures import REPOSITORY, SIGMA, cases, detections, fixtures, flat, of_the_log_source, pack
from tests.support import target

FILTERS = SIGMA / "filters"
EVENTS = REPOSITORY / "tests" / "filters"
PAGE = REPOSITORY / "docs" / "filters.md"

SILENCED, ATTACK = "What the filter leaves out", "Attacks that borrow its names"


@dataclass(frozen=True)
class Document:
    """One document of a filter file, with the events of its log source."""

    entry: PackFilter
    silenced: tuple[tuple[str, Native], ...]
    attacks: tuple[tuple[str, Native], ...]

    def __str__(self) -> str:
        return f"{self.stem}: {self.entry.filter.logsource.category or self.entry.filter.logsource.service}"

    @property
    def stem(self) -> str:
        return Path(self.entry.source.path).stem

    def unfiltered(self, event: Native) -> dict[str, SigmaRule]:
        """The rules of the pack that match an event, and that the filter applies to."""
        return {stem: rule for stem, rule in hits(event).items() if self.applies_to(rule)}

    def filtered(self, rule: SigmaRule) -> SigmaRule:
        """A rule with the filter on; the rule itself stays as it is."""
        applied = self.entry.filter.apply_on_rule(deepcopy(rule))
        assert isinstance(applied, SigmaRule)
        return applied

    def applies_to(self, rule: SigmaRule) -> bool:
        return self.filtered(rule).detection.condition != rule.detection.condition


def hits(event: Native) -> dict[str, SigmaRule]:
    """The rules of the pack that match an event."""
    values = flat(event)
    return {
        stem: rule for stem, rule in detections().items() if of_the_log_source(rule, values) and matches(rule, values)
    }


@cache
def documents() -> tuple[Document, ...]:
    loaded = read_pack([FILTERS])
    assert loaded.findings == []
    return tuple(
        Document(entry, events_of(entry, SILENCED), events_of(entry, ATTACK))
        for entry in loaded.filters
        if str(entry.filter.id) in fixtures(EVENTS)
    )


def events_of(entry: PackFilter, name: str) -> tuple[tuple[str, Native], ...]:
    """The events of a fixture's file that are of the document's log source, with their labels."""
    (case,) = (case for case in fixtures(EVENTS)[str(entry.filter.id)].cases if case.name == name)
    stand_in = deepcopy(next(iter(detections().values())))
    stand_in.logsource = entry.filter.logsource
    labelled = zip(case.labels, case.events, strict=True)
    return tuple((label, event) for label, event in labelled if of_the_log_source(stand_in, flat(event)))


DOCUMENTS = pytest.mark.parametrize("document", documents(), ids=str)


# The files


def test_each_filter_has_a_fixture_and_each_fixture_a_filter() -> None:
    named = {str(entry.filter.id) for entry in read_pack([FILTERS]).filters}
    assert set(fixtures(EVENTS)) == named
    assert {path.name for path in EVENTS.iterdir()} == {path.stem for path in FILTERS.glob("*.yml")}


@pytest.mark.parametrize("path", sorted(FILTERS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_fixture_describes_its_filter(path: Path) -> None:
    described = yaml.safe_load((EVENTS / path.stem / "info.yml").read_text(encoding="utf-8"))
    texts = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    assert described["rule_metadata"] == [{"id": text["id"], "title": text["title"]} for text in texts]
    assert "Synthetic" in described["description"]
    tests = described["regression_tests_info"]
    assert [(test["name"], test["path"]) for test in tests] == [
        (SILENCED, f"tests/filters/{path.stem}/silenced.json"),
        (ATTACK, f"tests/filters/{path.stem}/attack.json"),
    ]


@DOCUMENTS
def test_a_document_has_events_of_both_kinds(document: Document) -> None:
    assert len(document.silenced) >= 2
    assert len(document.attacks) >= 2


def test_no_event_is_of_another_log_source_than_its_filter() -> None:
    for stem in {document.stem for document in documents()}:
        own = [document for document in documents() if document.stem == stem]
        used = [label for document in own for label, _ in (*document.silenced, *document.attacks)]
        cases = fixtures(EVENTS)[str(own[0].entry.filter.id)].cases
        assert sorted(used) == sorted(label for case in cases for label in case.labels)


GUARDED = re.compile(
    r"C:\\Windows\\(?!(Temp|Tasks|Debug|Tracing)\\)|C:\\Program Files( \(x86\))?\\"
    r"|C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\"  # tamper protection guards it
    r"|/(opt|snap|usr)/"
)
"""Where users cannot write, unlike ProgramData and the root of a drive."""


def test_a_filter_names_programs_by_folders_that_only_administrators_may_write_to() -> None:
    for document in documents():
        for name, value in left_out(document.entry):
            assert name not in ("Image", "ParentImage") or GUARDED.match(value), value


def left_out(entry: PackFilter) -> list[tuple[str, str]]:
    """Field and value of every condition by which a filter leaves something out, wildcards in place."""
    return [
        (str(item.field), str(value))
        for name, detection in entry.filter.filter.detections.items()
        if name.startswith("selection")
        for item in detection.detection_items
        for value in item.value
    ]


# The events


@DOCUMENTS
def test_what_a_filter_leaves_out_matched_before(document: Document) -> None:
    for label, event in document.silenced:
        assert document.unfiltered(event), label


@DOCUMENTS
def test_what_a_filter_leaves_out_matches_no_rule_that_it_applies_to(document: Document) -> None:
    for label, event in document.silenced:
        for stem, rule in document.unfiltered(event).items():
            assert not matches(document.filtered(rule), flat(event)), (label, stem)


@DOCUMENTS
def test_an_attack_that_borrows_names_matches_the_same_rules(document: Document) -> None:
    for label, event in document.attacks:
        before = document.unfiltered(event)
        assert before, label
        for stem, rule in before.items():
            assert matches(document.filtered(rule), flat(event)), (label, stem)


@DOCUMENTS
def test_no_event_of_the_rules_own_fixtures_is_left_out(document: Document) -> None:
    """What a rule must match is no work of a benign product, unless its label says so."""
    filtered = {stem: document.filtered(rule) for stem, rule in detections().items() if document.applies_to(rule)}
    for case in cases():
        if case.expected and "false positive" not in case.label and case.stem in filtered:
            assert matches(filtered[case.stem], case.event), str(case)


@DOCUMENTS
def test_a_rule_of_high_level_is_filtered_by_program_and_directory_alone(document: Document) -> None:
    """Whoever controls a product could let it run or write anything."""
    applied = [rule for rule in detections().values() if document.applies_to(rule)]
    assert applied
    if any(str(rule.level) in ("high", "critical") for rule in applied):
        for name, detection in document.entry.filter.filter.detections.items():
            asked = {str(item.field) for item in detection.detection_items}
            assert not name.startswith("selection") or asked >= {"Image", "TargetFilename"}


# The engines


def chosen(document: Document) -> Pack:
    """The rules with the filter on that the document's events ask for: one each, the same where that will do."""
    events = [event for _, event in (*document.silenced, *document.attacks)]
    wanted: dict[str, SigmaRule] = {}
    for event in events:
        found = document.unfiltered(event)
        if not found.keys() & wanted.keys():
            stem = min(found)
            wanted[stem] = found[stem]
    return Pack([entry_of(stem, document.filtered(rule)) for stem, rule in sorted(wanted.items())])


def entry_of(stem: str, rule: SigmaRule) -> PackRule:
    (source,) = (entry.source for entry in pack().rules if entry.source.stem == stem)
    return PackRule(source, rule)


def trial(document: Document, stem: str) -> Fixture:
    """The document's events that a rule matches without the filter, as a fixture of the rule with it."""
    cases = []
    for name, labelled in (("silenced", document.silenced), ("attack", document.attacks)):
        own = [(label, event) for label, event in labelled if stem in document.unfiltered(event)]
        hit = range(len(own)) if name == "attack" else ()
        labels = tuple(label for label, _ in own)
        events = tuple(event for _, event in own)
        cases.append(Case(name, events, labels, len(hit), frozenset(hit), {}))
    return Fixture(document.stem, tuple(cases), "")


def proofs(document: Document, name: str) -> list[Proof]:
    filtered = chosen(document)
    known = {str(entry.rule.id): trial(document, entry.source.stem) for entry in filtered.rules}
    return prove(filtered, [target(name)], known)


@pytest.mark.parametrize("name", TARGETS)
@DOCUMENTS
def test_a_filter_means_the_same_on_every_platform_or_is_refused(document: Document, name: str) -> None:
    """Falcon's events lack the writer of a file and the folder of a parent; the rule is then refused as a whole."""
    found = proofs(document, name)
    assert found
    for proof in found:
        if convert(detections()[proof.stem], target(name)).rendered is None:  # nor is it there without the filter
            assert proof.verdict == "unsupported"
        elif name == "logscale":
            assert proof.verdict == "unsupported"
            assert re.search(r"carry no (Image|ParentImage)", proof.problems[0])
        else:
            assert (proof.verdict, proof.problems) == ("proven", ()), proof.stem
            assert proof.tried


def test_filters_reach_correlations_through_their_rules() -> None:
    """A correlation has no events of its own to filter."""
    loaded = read_pack([SIGMA / "file_event", SIGMA / "correlation"])
    filters = read_pack([FILTERS / "filter_win_browsers.yml"]).filters
    apply_filters(loaded, filters)
    (bulk,) = (entry.rule for entry in loaded.rules if entry.source.stem.startswith("correlation_win_bulk_file"))
    assert isinstance(bulk, SigmaCorrelationRule)
    (base,) = (reference.rule for reference in bulk.rules or [])
    assert isinstance(base, SigmaRule)
    assert any("filt" in name for name in base.detection.detections)


# The page


def test_the_page_tells_of_every_filter() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^## `(filter_[a-z_]+)`$", text, re.MULTILINE)
    assert sorted(headings) == sorted(path.stem for path in FILTERS.glob("*.yml"))
