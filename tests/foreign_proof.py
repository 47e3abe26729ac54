"""SigmaHQ's own regression events against SigmaHQ's rules: real events and rules that nobody here wrote.

    python -m tests.foreign_proof            writes docs/foreign-proof.md

What must match is told by the Sigma matcher of the tests, event by event: SigmaHQ's files name the number of matches at
most, and other than events in places.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

from sigma.rule import SigmaRule

from stagewatch.findings import Finding
from stagewatch.fixtures import Case, Fixture, read_fixtures
from stagewatch.pack import Pack, read_pack
from stagewatch.prove import Proof, prove
from stagewatch.targets import TARGETS, load_target
from tests.reference import matches

REPOSITORY = Path(__file__).resolve().parents[1]
RULES = REPOSITORY.parent / "shared" / "foreign_rules" / "sigmahq" / "rules"
EVENTS = REPOSITORY.parent / "shared" / "datasets" / "sigmahq_regression" / "regression_data"
PAGE = REPOSITORY / "docs" / "foreign-proof.md"

HEAD = """\
# Proof on foreign rules and recorded events

SigmaHQ keeps recorded Sysmon events beside some of its rules. Each rule with such events is converted for every target,
each event is brought into the shape in which the platform holds it, and the query must hit exactly the events that the
rule matches. `-` is a rule that the target cannot express; where a target sees less than the rule, the reason stands
below the table.

"""


@cache
def material() -> tuple[Pack, dict[str, Fixture]]:
    """The rules that have events, and the events with what must match."""
    findings: list[Finding] = []
    fixtures = read_fixtures(EVENTS, findings)
    assert findings == []
    pack = read_pack([RULES])
    pack.rules = [entry for entry in pack.rules if str(entry.rule.id) in fixtures]
    expected = {
        str(entry.rule.id): _with_truth(entry.rule, fixtures[str(entry.rule.id)])
        for entry in pack.rules
        if isinstance(entry.rule, SigmaRule)
    }
    return pack, expected


def _with_truth(rule: SigmaRule, fixture: Fixture) -> Fixture:
    return replace(fixture, cases=tuple(replace(case, matching=_truth(rule, case)) for case in fixture.cases))


def _truth(rule: SigmaRule, case: Case) -> frozenset[int]:
    events = [{**event.data, "EventID": event.event_id, "Computer": event.computer} for event in case.events]
    return frozenset(place for place, event in enumerate(events) if matches(rule, event))


@cache
def proofs() -> tuple[Proof, ...]:
    pack, fixtures = material()
    return tuple(prove(pack, [load_target(name) for name in TARGETS], fixtures))


def page() -> str:
    """The page: counts by target, the table, and why events are not seen."""
    pack, _ = material()
    by_cell = {(proof.stem, proof.target): proof for proof in proofs()}
    lines = [f"{len(pack.rules)} rules.", "", _row("", *TARGETS), _row("---", *["---"] * len(TARGETS))]
    for verdict in ("proven", "sees less", "unsupported"):
        counts = Counter(proof.target for proof in proofs() if _said(proof) == verdict)
        lines.append(_row(verdict, *(str(counts[target]) for target in TARGETS)))
    lines += ["", "Hits found of hits expected:", "", _row("rule", *TARGETS), _row("---", *["---"] * len(TARGETS))]
    for entry in pack.rules:
        cells = (by_cell[entry.source.stem, target] for target in TARGETS)
        lines.append(_row(entry.source.stem, *map(_cell, cells)))
    lines += ["", "Where a target sees less:", ""]
    for proof in proofs():
        if _said(proof) == "sees less":
            lines.append(f"- {proof.target}, {proof.stem}: {WHY[proof.target, proof.stem]}")
    return HEAD + "\n".join(lines) + "\n"


def _said(proof: Proof) -> str:
    return "sees less" if proof.verdict == "failed" and (proof.target, proof.stem) in WHY else proof.verdict


def _cell(proof: Proof) -> str:
    return "-" if proof.verdict == "unsupported" else f"{proof.found}/{proof.expected}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


FILE_TYPE = "degraded: the Falcon sensor reports writes of the file types that it knows"
ORIGINAL_NAME = "degraded: the events carry no OriginalFileName, by which alone the rule finds the event"

WHY: dict[tuple[str, str], str] = {
    ("secops", "proc_creation_win_pua_advancedrun"): ORIGINAL_NAME,
    ("secops", "proc_creation_win_renamed_binary_highly_relevant"): ORIGINAL_NAME,
    ("logscale", "file_event_win_anydesk_artefact"): FILE_TYPE,
    ("logscale", "file_event_win_creation_new_shim_database"): FILE_TYPE,
    ("logscale", "file_event_win_susp_registry_hive_file_creation"): FILE_TYPE,
    ("logscale", "file_event_win_susp_right_to_left_override_extension_spoofing"): FILE_TYPE,
    ("logscale", "proc_creation_win_pua_advancedrun"): ORIGINAL_NAME,
    ("logscale", "proc_creation_win_renamed_adfind"): ORIGINAL_NAME,
}
"""(target, stem) -> why an event of the rule is not seen there; a difference that is not listed here fails."""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
