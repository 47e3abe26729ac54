"""``explain`` on the command line: what it prints, how it finds the rule, and how it ends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.targets import TARGETS
from tests.explain.helpers import document, saved, written

DETECTION = r"""
selection:
    Image|endswith: '\7z.exe'
    CommandLine|contains: ' a '
filter: {ParentImage|endswith: '\agent.exe'}
condition: selection and not filter
"""

HIT = {"Image": r"C:\7z.exe", "CommandLine": "7z a x", "ParentImage": r"C:\cmd.exe"}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "sigma"
    folder.mkdir()
    written(folder, DETECTION)
    return folder


def run(root: Path, *arguments: object) -> int:
    return main(["explain", *map(str, arguments)], root)


@pytest.mark.parametrize("name", ["rule", "11111111-1111-4111-8111-111111111111", "RULE", "sigma/rule.yml", "Test"])
def test_a_rule_is_found_by_stem_id_path_and_title(rules: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(rules.parent, name, "--target", "duckdb") == 0
    assert capsys.readouterr().out.startswith("Test\nsigma/rule.yml:1, id 11111111-1111-4111-8111-111111111111\n")


def test_a_file_anywhere_is_explained(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "else").mkdir()
    path = written(tmp_path / "else", "a: {User: x}\ncondition: a")
    assert run(tmp_path, path, "--target", "duckdb") == 0
    assert "a: the account (User) is 'x'  [line 6]" in capsys.readouterr().out


def test_an_unknown_rule_gets_the_nearest_names(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rules.parent, "ruel") == 2
    assert capsys.readouterr().err == "stagewatch: there is no rule 'ruel'; did you mean rule?\n"
    assert run(rules.parent, "nothing like it\nat all") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_broken_rule_says_what_is_wrong_with_it(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "broken.yml").write_text("title: x\nlogsource: {category: file_event}\ndetection:\n    a: [\n")
    for name in ("broken", "sigma/broken.yml", rules / "broken.yml"):
        assert run(rules.parent, name) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith(("sigma/broken.yml:", "broken.yml:"))
    assert run(rules.parent, "rule", "--target", "duckdb") == 0, "the other rules are unharmed"


def test_a_target_shows_each_part_with_its_lines(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rules.parent, "rule", "--target", "splunk") == 0
    out = capsys.readouterr().out
    assert '    CommandLine="* a *"\n        selection > CommandLine|contains (sigma/rule.yml:8)\n' in out
    assert "pipelines/splunk.yml:" in out
    assert "--target NAME" not in out


def test_without_a_target_all_are_told_in_brief(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rules.parent, "rule") == 0
    out = capsys.readouterr().out
    assert "  splunk: ok, 3 of 3 parts of the rule stand in the query\n" in out
    assert "  duckdb: ok, 3 of 3 parts of the rule stand in the query\n" in out


def test_an_event_without_a_target_gives_a_matrix(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = saved(tmp_path / "event.json", document(1, **HIT), document(1, **HIT | {"CommandLine": "7z x"}))
    assert run(rules.parent, "rule", "--event", events) == 0
    lines = capsys.readouterr().out.splitlines()
    first = lines[lines.index("Event 1: Microsoft-Windows-Sysmon, event 1") :]
    assert first[1].split() == ["part", "lines", *TARGETS]
    assert first[2].split()[:4] == ["log", "source", "yes", "yes"]
    assert [line.split()[-1] for line in first if "the query" in line] == ["HIT", "miss"]
    told = " ".join(" ".join(lines).split())
    assert "splunk, logscale, duckdb (CommandLine)" in told
    assert "CommandLine|contains: '7z x' does not fit" in told


def test_an_event_with_a_target_gives_the_tree(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = saved(tmp_path / "event.json", document(1, **HIT | {"ParentImage": r"C:\agent.exe"}))
    assert run(rules.parent, "rule", "--target", "elastic", "--event", event) == 0
    out = capsys.readouterr().out
    tree = out[out.index("  elastic: miss") :].splitlines()
    assert tree[0] == "  elastic: miss"
    assert tree[1] == "    yes  log source windows/process_creation"
    assert [line.split()[0] for line in tree[1:5]] == ["yes"] * 4
    assert r"    yes    Image|endswith (line 7)  process.executable fits 'C:\7z.exe' (line 7)" in tree
    assert "    no   not filter" in tree
    assert tree[-1].strip() == (r"why: filter took it away: ParentImage|endswith fits 'C:\agent.exe' (line 9)")


def test_json_is_whole_and_the_same_each_time(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = saved(tmp_path / "event.json", document(1, **HIT))
    arguments = ("rule", "--target", "splunk", "--target", "duckdb", "--event", event, "--format", "json")
    assert run(rules.parent, *arguments) == 0
    first = capsys.readouterr().out
    assert run(rules.parent, *arguments) == 0
    assert capsys.readouterr().out == first
    told = json.loads(first)
    assert (told["stem"], told["agrees"], [one["target"] for one in told["targets"]]) == (
        "rule",
        True,
        ["splunk", "duckdb"],
    )
    splunk = told["targets"][0]["queries"][0]
    assert all(splunk["text"][part["start"] : part["end"]] == part["text"] for part in splunk["parts"])
    assert [one["hit"] for one in told["events"][0]["rules"][0]["targets"]] == [True, True]
    assert os.fspath(tmp_path) not in first


def test_markdown_shows_a_rules_text_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "sigma"
    folder.mkdir()
    written(folder, "selection: {CommandLine|contains: '<b>|`x`'}\ncondition: selection")
    assert run(tmp_path, "rule", "--target", "splunk", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert out.startswith("# Test\n")
    assert r"contains '\<b\>\|\`x\`'" in out
    rows = [line for line in out.splitlines() if line.startswith("| ") and "sigma/rule.yml" in line]
    assert rows
    assert all(row.replace(r"\|", "").count("|") == 3 for row in rows)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_parts_that_contradict_the_query_end_as_a_defect(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr("stagewatch.explain.match.holds", lambda *_: False)
    event = saved(tmp_path / "event.json", document(1, **HIT))
    assert run(rules.parent, "rule", "--target", "duckdb", "--event", event, "--format", form) == 3
    assert "do not trust this explanation" in capsys.readouterr().out


def test_a_part_that_is_not_located_is_told(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stagewatch.explain.trace.spans", lambda *_: None)
    assert run(rules.parent, "rule", "--target", "duckdb") == 0
    assert "could not be located: selection > Image|endswith (sigma/rule.yml:7)" in capsys.readouterr().out


def test_without_an_engine_the_extra_is_named(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(suffix: str) -> object:
        if suffix == ".sql":
            from stagewatch.languages import load_language

            return load_language(suffix)
        raise ModuleNotFoundError("No module named 'lark'", name="lark")

    monkeypatch.setattr("stagewatch.explain.match.load_language", missing)
    event = saved(tmp_path / "event.json", document(1, **HIT))
    assert run(rules.parent, "rule", "--target", "splunk", "--event", event) == 2
    assert capsys.readouterr().err == "stagewatch: lark is not installed; install the extra 'prove'\n"
    assert run(rules.parent, "rule", "--target", "splunk", "--target", "duckdb", "--event", event) == 0
    out = capsys.readouterr().out
    assert "  duckdb: HIT" in out
    assert "note: splunk: lark is not installed; install the extra 'prove'" in out


def test_an_event_that_is_none_is_wrong_usage(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "event.json").write_text("nothing")
    assert run(rules.parent, "rule", "--event", tmp_path / "event.json") == 2
    assert capsys.readouterr().err.startswith("stagewatch: event.json: line 1: text of no known kind")


def test_a_correlation_is_looked_at_rule_by_rule_and_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sigma"
    folder.mkdir()
    written(folder, DETECTION)
    (folder / "burst.yml").write_text(
        "title: Burst\nid: 22222222-2222-4222-8222-222222222222\ncorrelation:\n    type: event_count\n"
        "    rules: [11111111-1111-4111-8111-111111111111]\n    group-by: [Computer]\n    timespan: 5m\n"
        "    condition: {gte: 2}\n"
    )
    events = saved(tmp_path / "event.json", document(1, **HIT), document(1, **HIT))
    assert run(tmp_path, "burst", "--target", "duckdb", "--event", events) == 0
    out = capsys.readouterr().out
    assert "At least 2 events of the rule 'Test' per Computer within 5 minutes.  [lines 4-8]\n" in out
    assert "'Test' (sigma/rule.yml)" in out
    assert out.count("  duckdb: HIT") == 2
    assert "  duckdb: 1 row\n" in out


def test_a_filter_and_an_environment_are_part_of_the_explanation(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yml").write_text(
        "title: Own\nlogsource: {category: process_creation, product: windows}\nfilter:\n    rules: any\n"
        "    ours:\n        User: backup\n    condition: not ours\n"
    )
    (tmp_path / "site.toml").write_text('[targets.splunk.fields]\nImage = "exe_path"\n')
    more = ("--filters", tmp_path / "own.yml", "--env", tmp_path / "site.toml")
    assert run(rules.parent, "rule", "--target", "splunk", *more) == 0
    out = capsys.readouterr().out
    assert "ours > User (filter) (own.yml:6)" in out
    assert r'exe_path="*\\7z.exe"' in out
    assert "site.toml:2" in out
