"""``prove`` on the command line, and what a build makes of what it recorded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.test_cli import RULE, manifest, run


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "one.yml").write_text(RULE)
    return folder


def a_record(verdict: str, queries: dict[str, str]) -> bytes:
    proof = {
        "engine": "e",
        "events": 2,
        "expected": 1,
        "fixture": None,
        "found": 0,
        "parser": "p",
        "problems": ["missed: renamed"],
        "queries": queries,
        "verdict": verdict,
        "versions": {},
    }
    return json.dumps({"proofs": {"one": {"splunk": proof}}, "schema": 1}).encode()


@pytest.fixture
def splunk_query(rules: Path, tmp_path: Path) -> dict[str, str]:
    """The hash of the query of the rule above on Splunk."""
    run("--rules", rules, "--target", "splunk", "--out", tmp_path / "first")
    content = (tmp_path / "first" / "splunk" / "queries" / "one.spl").read_bytes()
    return {".spl": hashlib.sha256(content).hexdigest()}


def test_a_proof_goes_into_the_manifest(rules: Path, tmp_path: Path, splunk_query: dict[str, str]) -> None:
    (tmp_path / "proofs.json").write_bytes(a_record("proven", splunk_query))
    arguments = ("--rules", rules, "--target", "splunk", "--out", tmp_path / "out", "--proofs")
    assert run(*arguments, tmp_path / "proofs.json") == 0
    proof = manifest(tmp_path / "out")["one"]["targets"]["splunk"]["proof"]  # type: ignore[index]
    assert (proof["verdict"], proof["parser"], proof["events"]) == ("proven", "p", 2)


def test_a_query_that_has_changed_since_has_no_proof(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "proofs.json").write_bytes(a_record("failed", {".spl": "of another query"}))
    arguments = ("--rules", rules, "--target", "splunk", "--out", tmp_path / "out", "--proofs")
    assert run(*arguments, tmp_path / "proofs.json") == 0
    assert "proof" not in manifest(tmp_path / "out")["one"]["targets"]["splunk"]  # type: ignore[index]


def test_a_query_that_is_proven_wrong_is_not_built_unless_asked(
    rules: Path, tmp_path: Path, splunk_query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "proofs.json").write_bytes(a_record("failed", splunk_query))
    out = tmp_path / "out"
    arguments = ("--rules", rules, "--target", "splunk", "--out", out, "--proofs", tmp_path / "proofs.json")
    assert run(*arguments) == 1
    assert not out.exists()
    assert "rules/one.yml:1: [splunk] the query is proven wrong: missed: renamed" in capsys.readouterr().err
    assert run(*arguments, "--allow-failed-proofs") == 1
    assert (out / "splunk" / "queries" / "one.spl").is_file()


def a_fixture(folder: Path, matching: bool) -> Path:
    """Two events for the rule above, one of which matches."""
    (folder / "one").mkdir(parents=True)
    system = {
        "Provider": {"Name": "Microsoft-Windows-Sysmon"},
        "EventID": 1,
        "TimeCreated": {"SystemTime": "2026-11-21T09:00:00Z"},
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WS-1",
    }
    for name, command in (("hit", "copy STAGED" if matching else "copy"), ("near", "copy stage d")):
        data = {"RuleName": name, "Image": "C:\\x.exe", "CommandLine": command}
        (folder / "one" / f"{name}.json").write_text(json.dumps({"Event": {"System": system, "EventData": data}}))
    (folder / "one" / "info.yml").write_text(
        "rule_metadata: [{id: 11111111-1111-4111-8111-111111111111, title: A rule}]\n"
        "regression_tests_info:\n"
        "- {name: hits, match_count: 1, path: hit.json}\n"
        "- {name: near misses, match_count: 0, path: near.json}\n"
    )
    return folder


def test_prove_runs_a_users_own_rules_on_his_own_fixtures(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures = a_fixture(tmp_path / "fixtures", matching=True)
    junit = tmp_path / "report.xml"
    arguments = ("prove", "--rules", rules, "--fixtures", fixtures, "--target", "splunk", "--target", "sumo")
    assert run(*arguments, "--junit", junit, "--record") == 0
    out = capsys.readouterr().out
    assert "one   1/1     1/1" in out
    assert "splunk: 1 proven; parser: own grammar; engine: own evaluator, PCRE2" in out
    assert 'tests="1" failures="0"' in junit.read_text()
    recorded = json.loads((fixtures / "proofs.json").read_bytes())["proofs"]["one"]
    assert {name: proof["verdict"] for name, proof in recorded.items()} == {"splunk": "proven", "sumo": "proven"}


def test_prove_fails_where_an_event_is_missed(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixtures = a_fixture(tmp_path / "fixtures", matching=False)
    assert run("prove", "--rules", rules, "--fixtures", fixtures, "--target", "sumo", "--json") == 1
    result = json.loads(capsys.readouterr().out)
    assert result["findings"] == [
        {"line": 1, "message": "failed: .cse: hits: missed: hit", "path": "rules/one.yml", "target": "sumo"}
    ]
    assert result["proofs"]["one"]["sumo"]["verdict"] == "failed"


def test_prove_without_fixtures_says_so(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    assert run("prove", "--rules", rules, "--fixtures", tmp_path / "none", "--target", "sumo") == 1
    assert "rules/one.yml:1: [sumo] unproven: no fixture names this rule's id" in capsys.readouterr().err
    assert run("prove", "--rules", rules, "--fixtures", tmp_path / "missing") == 2
