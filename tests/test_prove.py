# ruff: noqa: ARG002 - a language made for tests looks at nothing
"""The verdicts of ``prove``, with a language and a telemetry made for these tests; real ones are tried on the pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stagewatch import prove, prove_report
from stagewatch.fixtures import Case, Fixture
from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema
from stagewatch.pack import Pack, read_pack
from stagewatch.prove import Proof
from stagewatch.targets.base import Target
from stagewatch.telemetry import Telemetry
from stagewatch.telemetry.native import Native, native
from tests.support import target

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
name: a_rule
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
"""

CORRELATION = """\
title: Many
id: 22222222-2222-4222-8222-222222222222
correlation:
    type: event_count
    rules: [a_rule]
    group-by: [Computer]
    timespan: 5m
    condition: {gte: 2}
"""


def an_event(label: str) -> Native:
    system = {
        "Provider": {"Name": "Microsoft-Windows-Sysmon"},
        "EventID": 1,
        "TimeCreated": {"SystemTime": "2026-11-21T09:00:00Z"},
        "Computer": "WS-1",
    }
    return native({"Event": {"System": system, "EventData": {"RuleName": label}}})


class Scripted(Language):
    """Gives what it was told to, and remembers what it was asked."""

    name = "Scripted"
    parser = "own grammar"
    engine = "none"

    def __init__(self, result: Result | Exception, problems: Sequence[Problem] = ()) -> None:
        self.result = result
        self.problems = list(problems)
        self.ran: list[Sequence[Event]] = []

    def versions(self) -> Mapping[str, str]:
        return {"scripted": "1.0"}

    def parse(self, query: str) -> list[Problem]:
        assert query
        return self.problems

    def check(self, query: str, schema: Schema) -> list[Problem]:
        return []

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        self.ran.append(events)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def twice(event: Native) -> list[Event]:
    """A platform that holds two records of each event, none of those called ``lost``."""
    one = Event(event.time, "table", {"label": event.data["RuleName"]})
    return [] if event.data["RuleName"] == "lost" else [one, one]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    (tmp_path / "a_rule.yml").write_text(RULE)
    return read_pack([tmp_path])


@pytest.fixture
def splunk() -> Target:
    return target("splunk")


def a_fixture(*labels: str, **changes: object) -> Fixture:
    events = tuple(map(an_event, labels))
    case = Case("case", events, labels, len(events), frozenset(range(len(events))), {})
    return Fixture("info.yml", (replace(case, **changes),), "hash")  # type: ignore[arg-type]


def proof(monkeypatch: pytest.MonkeyPatch, pack: Pack, target: Target, language: Language, fixture: Fixture) -> Proof:
    monkeypatch.setattr(prove, "load_language", lambda suffix: language)
    monkeypatch.setattr(prove, "load_telemetry", lambda name: Telemetry(twice, {"table": {"label": "string"}}))
    known = {str(entry.rule.id): fixture for entry in pack.rules}
    return prove.prove(pack, [target], known)[-1]


def test_a_rule_is_proven_where_exactly_its_events_are_hit(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target
) -> None:
    language = Scripted(Result(frozenset({0, 3})))  # either of an event's two records will do
    found = proof(monkeypatch, pack, splunk, language, a_fixture("a", "b"))
    assert (found.verdict, found.problems, found.tried, found.expected, found.found) == ("proven", (), 2, 2, 2)
    assert found.versions == {"scripted": "1.0"}
    assert len(language.ran[0]) == 4


def test_a_missed_event_fails(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    found = proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({0}))), a_fixture("a", "b"))
    assert (found.verdict, found.problems) == ("failed", (".spl: case: missed: b",))


def test_a_wrong_hit_fails(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    fixture = a_fixture("a", "b", match_count=0, matching=frozenset())
    found = proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({2}))), fixture)
    assert (found.verdict, found.problems) == ("failed", (".spl: case: wrongly hit: b",))


def test_an_event_that_the_platform_does_not_hold_is_missed(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target
) -> None:
    found = proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({0}))), a_fixture("a", "lost"))
    assert found.problems == (".spl: case: missed: lost",)


def test_a_target_is_held_to_exactly_what_it_cannot_see(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target
) -> None:
    fixture = a_fixture("a", "b", not_seen={"splunk": frozenset({1})})
    assert proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({0}))), fixture).verdict == "proven"
    seen = proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({0, 2}))), fixture)
    assert seen.problems == (".spl: case: wrongly hit: b (the fixture says that it is not seen)",)


def test_where_only_a_number_is_known_the_number_must_be_right(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target
) -> None:
    fixture = a_fixture("a", "b", match_count=1, matching=None)
    assert proof(monkeypatch, pack, splunk, Scripted(Result(frozenset({2}))), fixture).verdict == "proven"
    found = proof(monkeypatch, pack, splunk, Scripted(Result()), fixture)
    assert found.problems == (".spl: case: 0 hits, 1 expected",)


def test_what_the_parser_refuses_is_not_run(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    language = Scripted(Result(), [Problem("unexpected )", 1, 7)])
    found = proof(monkeypatch, pack, splunk, language, a_fixture("a"))
    assert (found.verdict, found.problems) == ("failed", (".spl: 1:7: unexpected )",))
    assert language.ran == []


def test_what_the_engine_cannot_run_fails(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    found = proof(monkeypatch, pack, splunk, Scripted(QueryError(Problem("no such function"))), a_fixture("a"))
    assert (found.verdict, found.problems) == ("failed", (".spl: no such function",))


def test_without_the_engine_a_rule_is_unproven(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    language = Scripted(ModuleNotFoundError("No module named 'lark'", name="lark"))
    found = proof(monkeypatch, pack, splunk, language, a_fixture("a"))
    assert (found.verdict, found.problems) == ("unproven", (".spl: lark is not installed; install the extra 'prove'",))


def test_without_a_fixture_a_rule_is_unproven(monkeypatch: pytest.MonkeyPatch, pack: Pack, splunk: Target) -> None:
    monkeypatch.setattr(prove, "load_language", lambda suffix: Scripted(Result()))
    monkeypatch.setattr(prove, "load_telemetry", lambda name: Telemetry(twice, {}))
    (found,) = prove.prove(pack, [splunk], {})
    assert (found.verdict, found.problems) == ("unproven", ("no fixture names this rule's id",))


def test_a_rule_that_a_target_cannot_express_is_unsupported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, splunk: Target
) -> None:
    (tmp_path / "rule.yml").write_text(RULE.replace("windows", "macos").replace("process_creation", "file_event"))
    found = proof(monkeypatch, read_pack([tmp_path]), splunk, Scripted(Result()), a_fixture("a"))
    assert found.verdict == "unsupported"
    assert "macOS" in found.problems[0]


@pytest.mark.parametrize(
    ("rows", "verdict", "problems"),
    [
        ([{"host": "ws-1", "count": 2}], "proven", ()),
        ([{"host": "ws-1"}, {"host": "WS-1"}], "proven", ()),
        ([], "failed", ("case: missed: WS-1",)),
        ([{"host": "ws-1"}, {"host": "ws-2"}], "failed", ("case: wrongly found: host=ws-2",)),
    ],
)
def test_a_correlation_is_held_to_its_groups(
    monkeypatch: pytest.MonkeyPatch,
    pack: Pack,
    splunk: Target,
    tmp_path: Path,
    rows: list[dict[str, str]],
    verdict: str,
    problems: tuple[str, ...],
) -> None:
    (tmp_path / "many.yml").write_text(CORRELATION)
    fixture = a_fixture("a", "b", groups=(("WS-1",),))
    found = proof(monkeypatch, read_pack([tmp_path]), splunk, Scripted(Result(rows=tuple(rows))), fixture)
    assert found.stem == "many"
    assert (found.verdict, found.problems) == (verdict, problems)


@pytest.mark.parametrize(
    ("rows", "keys", "problems"),
    [
        (2, {"rows": {"splunk": 2}}, ()),
        (1, {"rows": {"splunk": 2}}, ("case: missed: 1 of 2 rows",)),
        (3, {"rows": {"splunk": 2}}, ("case: wrongly found: 3 rows, 2 expected",)),
        (3, {"rows": {"duckdb": 2}}, ()),
        (0, {"not_found": {"splunk": (("WS-1",),)}}, ()),
        (1, {"not_found": {"splunk": (("WS-1",),)}}, ("case: wrongly found: host=ws-1",)),
        (0, {"not_found": {"duckdb": (("WS-1",),)}}, ("case: missed: WS-1",)),
    ],
)
def test_a_correlation_is_held_to_what_its_target_reports(
    monkeypatch: pytest.MonkeyPatch,
    pack: Pack,
    splunk: Target,
    tmp_path: Path,
    rows: int,
    keys: dict[str, object],
    problems: tuple[str, ...],
) -> None:
    (tmp_path / "many.yml").write_text(CORRELATION)
    fixture = a_fixture("a", "b", groups=(("WS-1",),), **keys)
    language = Scripted(Result(rows=({"host": "ws-1"},) * rows))
    found = proof(monkeypatch, read_pack([tmp_path]), splunk, language, fixture)
    assert found.problems == problems
    assert found.verdict == ("failed" if problems else "proven")


PROOFS = [
    Proof("one", "splunk", "proven", parser="own grammar", engine="ours", tried=3, expected=2, found=2),
    Proof("two", "splunk", "failed", ("missed: <a>",), expected=2, found=1),
    Proof("one", "logscale", "unsupported", ("no such field",)),
    Proof("two", "logscale", "unproven", ("no fixture",)),
]


def test_the_table() -> None:
    assert prove_report.lines(PROOFS) == [
        "rule  splunk      logscale",
        "one   2/2         -",
        "two   FAILED 1/2  unproven",
        "splunk: 1 proven, 1 failed; parser: own grammar; engine: ours",
        "logscale: 1 unproven; parser: -; engine: -",
    ]


def test_the_junit_report() -> None:
    suites = ET.fromstring(prove_report.junit(PROOFS))  # noqa: S314 - made a line above
    counted = [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped")) for suite in suites]
    assert counted == [("splunk", "2", "1", "0"), ("logscale", "2", "1", "1")]
    failure = suites.find("./testsuite/testcase[@name='two']/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("missed: <a>", "missed: <a>")
