from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stagewatch import cli
from stagewatch.cli import main
from stagewatch.targets import TARGETS

ROOT = Path(__file__).resolve().parents[1]

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
tags: [attack.t1074.001, attack.collection]
level: low
"""

OTHER = RULE.replace("1111", "2222").replace("staged", "other")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "one.yml").write_text(RULE)
    return folder


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


def manifest(out: Path) -> dict[str, dict[str, object]]:
    return {rule["stem"]: rule for rule in json.loads((out / "manifest.json").read_bytes())["rules"]}


def test_without_a_command_build_is_meant(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out", "--queries-only") == 0
    assert (tmp_path / "out" / "splunk" / "queries" / "one.spl").is_file()
    assert "1 rules, 1 files" in capsys.readouterr().out


def test_every_target_writes_its_queries(rules: Path, tmp_path: Path) -> None:
    assert run("build", "--rules", rules, "--out", tmp_path / "out") == 0
    written = {path.parent.parent.name for path in (tmp_path / "out").glob("*/queries/one.*")}
    assert written == set(TARGETS)


def test_the_manifest(rules: Path, tmp_path: Path) -> None:
    run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out")
    rule = manifest(tmp_path / "out")["one"]
    assert {key: rule[key] for key in ("id", "title", "path", "level", "tags")} == {
        "id": "11111111-1111-4111-8111-111111111111",
        "title": "A rule",
        "path": "rules/one.yml",
        "level": "low",
        "tags": ["attack.collection", "attack.t1074.001"],
    }
    assert len(str(rule["sha256"])) == 64
    entry = rule["targets"]["splunk"]  # type: ignore[index]
    assert entry["status"] == "ok"
    assert list(entry["files"]) == ["splunk/queries/one.spl"]


def test_json_output(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "bad.yml").write_text("title: [\n")
    assert run("build", "--json", "--rules", rules, "--target", "splunk", "--out", tmp_path / "out") == 1
    printed = json.loads(capsys.readouterr().out)
    assert [finding["path"] for finding in printed["findings"]] == ["rules/bad.yml"]
    assert printed["manifest"] == json.loads((tmp_path / "out" / "manifest.json").read_bytes())


def test_a_finding_does_not_keep_the_other_rules_from_converting(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "bad.yml").write_text(RULE.replace("1111", "3333").replace("condition: selection", "condition: absent"))
    assert run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out") == 1
    assert list(manifest(tmp_path / "out")) == ["one"]
    errors = capsys.readouterr().err.splitlines()
    assert errors == ["rules/bad.yml:6: Detection 'absent' not defined in detections"]


def test_what_a_target_cannot_express_is_a_finding_only_under_strict(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "one.yml").write_text(RULE.replace("CommandLine|contains: staged", "NoSuchField: x"))
    arguments = ("--rules", rules, "--target", "splunk", "--out", tmp_path / "out")
    assert run(*arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "unsupported" in printed.out
    assert "NoSuchField" in printed.out
    assert run(*arguments, "--strict") == 1
    assert capsys.readouterr().err.startswith("rules/one.yml:1: [splunk] unsupported: ")


def test_other_targets_output_stays_for_rules_that_have_not_changed(rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (rules / "two.yml").write_text(OTHER)
    run("--rules", rules, "--target", "splunk", "--target", "elastic", "--out", out, "--queries-only")
    (rules / "two.yml").write_text(OTHER.replace("other", "changed"))
    run("--rules", rules, "--target", "splunk", "--out", out, "--queries-only")
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "elastic/queries/one.eql",
        "manifest.json",
        "splunk/queries/one.spl",
        "splunk/queries/two.spl",
    ]
    assert {stem: sorted(rule["targets"]) for stem, rule in manifest(out).items()} == {  # type: ignore[call-overload]
        "one": ["elastic", "splunk"],
        "two": ["splunk"],
    }


def test_a_rule_that_went_away_takes_its_queries_with_it(rules: Path, tmp_path: Path) -> None:
    (rules / "two.yml").write_text(OTHER)
    run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out")
    (rules / "two.yml").unlink()
    run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "splunk" / "queries").iterdir()] == ["one.spl"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rules", "/no/such/folder"], "stagewatch: no such file or folder: /no/such/folder"),
        (["--target", "siem"], "Error: Invalid value for '--target': 'siem' is not one of"),
        (["bild"], "Error: No such command 'bild'"),
        (["--pipeline", "none.yml", "--rules", str(ROOT / "sigma")], "stagewatch: none.yml: pipeline cannot be read"),
        (["--out", "/dev/null/x"], "stagewatch: cannot write to /dev/null/x"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--out" not in arguments:
        arguments = [*arguments, "--out", str(tmp_path / "out")] if arguments != ["bild"] else arguments
    assert main(arguments, root=ROOT) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(message)


def test_a_pipeline_that_runs_a_command_is_refused(
    rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = tmp_path / "evil.yml"
    pipeline.write_text(f"transformations: [{{type: command_placeholders, command: 'touch {tmp_path}/pwned'}}]\n")
    assert run("--rules", rules, "--pipeline", pipeline, "--out", tmp_path / "out") == 2
    assert "command_placeholders" in capsys.readouterr().err
    assert not (tmp_path / "pwned").exists()
    assert not (tmp_path / "out").exists()


def test_a_pipeline_fills_placeholders(rules: Path, tmp_path: Path) -> None:
    (rules / "one.yml").write_text(RULE.replace("CommandLine|contains: staged", "CommandLine|expand: '%words%'"))
    pipeline = tmp_path / "site.yml"
    pipeline.write_text("vars: {words: [alpha, beta]}\ntransformations: [{type: value_placeholders}]\n")
    assert run("--rules", rules, "--target", "splunk", "--pipeline", pipeline, "--out", tmp_path / "out") == 0
    query = (tmp_path / "out" / "splunk" / "queries" / "one.spl").read_text()
    assert "alpha" in query
    assert "beta" in query


def test_filters_are_applied_only_when_asked_for(rules: Path, tmp_path: Path) -> None:
    allowlist = tmp_path / "allow.yml"
    allowlist.write_text(
        "title: Backup\nlogsource: {category: process_creation, product: windows}\n"
        "filter:\n    rules: any\n    selection: {Image: 'C:\\backup.exe'}\n    condition: not selection\n"
    )
    queries = []
    for extra in ((), ("--filters", allowlist)):
        run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out", *extra)
        queries.append((tmp_path / "out" / "splunk" / "queries" / "one.spl").read_text())
    assert "backup" not in queries[0]
    assert "backup" in queries[1]


def test_a_defect_of_our_own_is_exit_code_3_and_harms_no_other_rule(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from stagewatch.targets.splunk import SplunkTarget

    (rules / "two.yml").write_text(OTHER)
    render = SplunkTarget.render

    def broken(self: SplunkTarget, query: object) -> object:
        if "other" in str(query):
            raise ZeroDivisionError("oops\nsecond line")
        return render(self, query)  # type: ignore[arg-type]

    monkeypatch.setattr(SplunkTarget, "render", broken)
    assert run("--rules", rules, "--target", "splunk", "--out", tmp_path / "out") == 3
    defect = "[splunk] a defect of Stagewatch, please report it: ZeroDivisionError: oops second line"
    assert capsys.readouterr().err.splitlines() == [f"rules/two.yml:1: {defect}"]
    statuses = {stem: rule["targets"]["splunk"]["status"] for stem, rule in manifest(tmp_path / "out").items()}  # type: ignore[index]
    assert statuses == {"one": "ok", "two": "failed"}


def test_even_the_unthinkable_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(cli.cli, "main", broken)
    assert main([]) == 3
    assert capsys.readouterr().err == "stagewatch: a defect, please report it: RuntimeError: boom\n"


def test_help_names_every_target_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert all(name in text for name in TARGETS)
    assert "Exit codes: 0 all well, 1 findings, 2 wrong usage, 3 a defect" in text


def convert(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "convert.py", *map(str, arguments)],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_door_works_from_any_folder(tmp_path: Path) -> None:
    done = convert("--target", "splunk", "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out" / "splunk" / "queries").iterdir())) >= 14


CLOCK = """
import time, datetime
_time = time.time
time.time = lambda: _time() + 4e7
"""


def test_two_builds_in_different_folders_days_and_locales_give_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    surroundings = (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {
            "PYTHONHASHSEED": "77",
            "LC_ALL": "tr_TR.UTF-8",
            "TZ": "Asia/Kathmandu",
            "PYTHONPATH": str(tmp_path / "clock"),
        },
    )
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK)
    for number, environment in enumerate(surroundings):
        folder = tmp_path / f"place {number}"
        folder.mkdir()
        done = convert("--out", folder / "dist", cwd=folder, **environment)
        assert done.returncode == 0, done.stderr
        trees.append({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert trees[0] == trees[1]


def test_dist_is_what_a_build_gives(tmp_path: Path) -> None:
    assert main(["build", "--out", str(tmp_path / "dist")], root=ROOT) == 0
    built = {p.relative_to(tmp_path / "dist"): p.read_bytes() for p in (tmp_path / "dist").rglob("*") if p.is_file()}
    committed = {p.relative_to(ROOT / "dist"): p.read_bytes() for p in (ROOT / "dist").rglob("*") if p.is_file()}
    assert built == committed


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{type: field_name_suffix, suffix: {a: b}}", "a pipeline broke down on this rule: TypeError: "),
        ("{type: field_name_mapping, mapping: text}", "a pipeline broke down on this rule: AttributeError: "),
        (
            "{type: hashes_fields, valid_hash_algos: [MD5], field_to_parse: 5}",
            "a pipeline holds a wrong value: TypeError: ",
        ),
    ],
)
def test_a_pipeline_that_breaks_down_is_a_finding_and_no_defect_of_ours(
    item: str, message: str, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = tmp_path / "broken.yml"
    pipeline.write_text(f"transformations: [{item}]\n")
    assert run("--rules", rules, "--target", "splunk", "--pipeline", pipeline, "--out", tmp_path / "out") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"rules/one.yml:1: [splunk] {message}")


def test_a_placeholder_without_values_does_not_become_null(rules: Path, tmp_path: Path) -> None:
    (rules / "one.yml").write_text(RULE.replace("CommandLine|contains: staged", "CommandLine|expand: '%words%'"))
    pipeline = tmp_path / "site.yml"
    pipeline.write_text("vars: {words: []}\ntransformations: [{type: value_placeholders}]\n")
    run("--rules", rules, "--target", "splunk", "--pipeline", pipeline, "--out", tmp_path / "out")
    entry = manifest(tmp_path / "out")["one"]["targets"]["splunk"]  # type: ignore[index]
    assert (entry["status"], entry["files"]) == ("unsupported", {})


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"rules": 5}',
        '{"rules": [{}]}',
        '{"rules": [{"path": "rules/one.yml", "sha256": "SHA", "stem": "one", "targets": 5}]}',
        (
            '{"rules": [{"path": "rules/one.yml", "sha256": "SHA", "stem": "one",'
            ' "targets": {"elastic": {"files": {"elastic/../../../secret": "SHA"}}}}]}'
        ),
        (
            '{"rules": [{"path": "rules/one.yml", "sha256": "SHA", "stem": "one",'
            ' "targets": {"elastic": {"files": {"elastic/queries/edited.eql": "SHA"}}}}]}'
        ),
    ],
)
def test_an_earlier_manifest_is_not_trusted(text: str, rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "elastic" / "queries").mkdir(parents=True)
    (out / "elastic" / "queries" / "edited.eql").write_text("any where true")
    (tmp_path / "secret").write_text("secret")
    digest = hashlib.sha256((rules / "one.yml").read_bytes()).hexdigest()
    (out / "manifest.json").write_text(text.replace("SHA", digest))
    assert run("--rules", rules, "--target", "splunk", "--out", out, "--queries-only") == 0
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "manifest.json",
        "splunk/queries/one.spl",
    ]


def test_a_full_or_closed_standard_output(rules: Path, tmp_path: Path) -> None:
    arguments = f"{sys.executable} {ROOT / 'convert.py'} --rules {rules} --target splunk --out {tmp_path / 'out'}"
    ends = {
        "| true": (0, ""),
        ">&-": (0, ""),
        ">/dev/full": (2, "stagewatch: cannot write to standard output: No space left on device\n"),
    }
    for end, expected in ends.items():
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{arguments} {end}"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == expected, end


@pytest.mark.parametrize("entry", ['"x"', '{"path": [], "sha256": "", "stem": "", "targets": {}}', "7"])
def test_a_manifest_that_is_not_of_our_making_is_passed_over(entry: str, rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(f'{{"rules": [{entry}]}}')
    assert run("--rules", rules, "--target", "splunk", "--out", out) == 0


def test_targets_that_are_no_mapping_are_passed_over(rules: Path, tmp_path: Path) -> None:
    assert run("--rules", rules, "--target", "splunk", "--out", tmp_path) == 2  # not empty and not ours
    out = tmp_path / "out"
    assert run("--rules", rules, "--target", "splunk", "--out", out) == 0
    data = json.loads((out / "manifest.json").read_bytes())
    data["rules"][0]["targets"] = "abc"
    (out / "manifest.json").write_text(json.dumps(data))
    assert run("--rules", rules, "--target", "sumo", "--out", out) == 0
