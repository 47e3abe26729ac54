"""The cache as the commands use it: the same bytes and the same words, sooner."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stagewatch import cli_build, cli_check, cli_prove, conversion
from stagewatch.cache import session
from stagewatch.cache.inputs import tree_at
from stagewatch.cli import main

Said = tuple[int, str, str]

EVENTS = """\
[{"Event": {"System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": 1,
"Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "host", "EventRecordID": 1,
"TimeCreated": {"#attributes": {"SystemTime": "2024-01-02T03:04:05Z"}}},
"EventData": {"UtcTime": "2024-01-02 03:04:05.000", "Image": "C:\\\\a.exe", "CommandLine": "a staged b"}}}]
"""

INFO = """\
id: 44444444-4444-4444-8444-444444444444
rule_metadata:
    - id: 11111111-1111-4111-8111-111111111111
regression_tests_info:
    - name: hit
      type: evtx
      match_count: 1
      path: one.evtx
"""

Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, places: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def said(*arguments: object) -> Said:
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return said


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    folder = tmp_path / "fixtures"
    (folder / "one").mkdir(parents=True)
    (folder / "one" / "info.yml").write_text(INFO)
    (folder / "one" / "one.json").write_text(EVENTS)
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Once called, no command may do any work: all it says must be known."""

    def refuse(*_: object) -> None:
        raise AssertionError("it was done anew")

    def forbid() -> None:
        for module, name in ((cli_build, "_build"), (cli_prove, "_prove"), (cli_check, "_check")):
            monkeypatch.setattr(module, name, refuse)

    return forbid


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The rules that are converted from now on, with their targets."""
    seen: list[tuple[str, str]] = []
    convert = conversion.convert_entry

    def counting(entry: object, target: object) -> object:
        seen.append((entry.source.stem, target.name))  # type: ignore[attr-defined]
        return convert(entry, target)  # type: ignore[arg-type]

    monkeypatch.setattr("stagewatch.cache.reuse.convert_entry", counting)
    return seen


def build(rules: Path, *more: object) -> tuple[object, ...]:
    return ("build", "--rules", rules, "--out", "out", "--target", "splunk", "--target", "elastic", *more)


BROKEN = "title: broken\nlogsource: {product: windows}\ndetection: {condition: nothing}\n"


@pytest.mark.parametrize("options", [(), ("--json",), ("--strict",), ("--queries-only",)], ids=str)
@pytest.mark.parametrize("broken", [False, True])
def test_an_unchanged_build_says_and_leaves_the_same(
    rules: Path, run: Run, quick: Callable[[], None], options: tuple[str, ...], broken: bool
) -> None:
    if broken:
        (rules / "broken.yml").write_text(BROKEN)
    cold = run(*build(rules, *options))
    assert cold[0] == int(broken or "--strict" in options)  # Elastic has a part of the rule only
    tree, identity = tree_at(Path("out")), Path("out").stat().st_ino
    quick()
    assert run(*build(rules, *options)) == cold
    assert (tree_at(Path("out")), Path("out").stat().st_ino) == (tree, identity)
    assert run(*build(rules, *options), "--jobs", 2) == cold


def _touch_output(_: Path) -> None:
    Path("out/splunk/queries/one.spl").write_text("changed")


def _lose_output(_: Path) -> None:
    Path("out/manifest.json").rename("elsewhere")
    Path("elsewhere").rename("out/manifest.json")
    Path("out/elastic/queries/two.eql").unlink()


def _add_output(_: Path) -> None:
    Path("out/splunk/queries/three.spl").write_text("")


def _change_rule(rules: Path) -> None:
    (rules / "two.yml").write_text((rules / "two.yml").read_text().replace("other", "another"))


def _add_rule(rules: Path) -> None:
    text = (rules / "two.yml").read_text()
    (rules / "three.yml").write_text(text.replace("2222", "5555").replace("name: two", "name: three"))


def _drop_rule(rules: Path) -> None:
    (rules / "many.yml").unlink()


def _break_rule(rules: Path) -> None:
    (rules / "two.yml").write_text(BROKEN)


@pytest.mark.parametrize(
    "change", [_touch_output, _lose_output, _add_output, _change_rule, _add_rule, _drop_rule, _break_rule]
)
def test_after_any_change_the_output_is_that_of_a_build_from_nothing(
    rules: Path, run: Run, change: Callable[[Path], None]
) -> None:
    run(*build(rules))
    change(rules)
    warm = run(*build(rules))
    tree = tree_at(Path("out"))
    assert run(*build(rules, "--no-cache")) == warm
    assert tree_at(Path("out")) == tree


def test_of_a_changed_rule_only_what_depends_on_it_is_converted(
    rules: Path, run: Run, converted: list[tuple[str, str]]
) -> None:
    run(*build(rules))
    assert len(converted) == 6
    converted.clear()
    _change_rule(rules)
    run(*build(rules))
    assert converted == [("two", "splunk"), ("two", "elastic")]


def _pipeline(path: Path, table: str) -> Path:
    path.write_text(f"name: own\npriority: 1\ntransformations: [{{type: set_state, key: x, val: {table}}}]\n")
    return path


def test_a_changed_pipeline_converts_everything_anew(
    rules: Path, tmp_path: Path, run: Run, converted: list[tuple[str, str]]
) -> None:
    pipeline = _pipeline(tmp_path / "own.yml", "a")
    run(*build(rules, "--pipeline", pipeline))
    converted.clear()
    run(*build(rules, "--pipeline", _pipeline(pipeline, "b")))
    assert len(converted) == 6


def test_options_that_change_the_result_are_not_mixed_up(rules: Path, run: Run) -> None:
    plain = run(*build(rules))
    assert run(*build(rules, "--json"))[1] != plain[1]
    assert run("build", "--rules", rules, "--out", "other", "--target", "splunk")[1] != plain[1]
    assert run(*build(rules)) == plain


def test_without_a_cache_nothing_is_read_and_nothing_kept(
    rules: Path, run: Run, places: Path, converted: list[tuple[str, str]]
) -> None:
    run(*build(rules, "--no-cache"))
    assert not places.exists()
    run(*build(rules))
    converted.clear()
    run(*build(rules, "--no-cache"))
    assert len(converted) == 6


def test_what_a_pipeline_fetches_from_outside_is_never_kept(
    rules: Path, tmp_path: Path, run: Run, places: Path
) -> None:
    pipeline = _pipeline(tmp_path / "own.yml", "a")
    assert run(*build(rules, "--pipeline", pipeline, "--allow-external-sources"))[0] == 0
    assert not places.exists()


def test_a_file_saved_during_the_run_keeps_anything_from_being_kept(
    rules: Path, run: Run, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = conversion.convert_entry

    def saving(entry: object, target: object) -> object:
        _change_rule(rules)
        return convert(entry, target)  # type: ignore[arg-type]

    monkeypatch.setattr("stagewatch.cache.reuse.convert_entry", saving)
    run(*build(rules))
    assert list(places.rglob("*.json")) == []


def test_a_cache_that_cannot_be_written_is_said_and_is_no_error(rules: Path, run: Run, places: Path) -> None:
    places.write_text("in the way")
    code, out, err = run(*build(rules))
    assert code == 0
    assert err.splitlines() == [err.strip()]
    assert err.startswith("stagewatch: the cache cannot be written: ")
    assert run(*build(rules)) == (code, out, err)


def test_a_secret_that_others_may_read_is_not_used(rules: Path, run: Run, places: Path, tmp_path: Path) -> None:
    run(*build(rules))
    (tmp_path / "config" / "stagewatch" / "cache.secret").chmod(0o644)
    before = sorted(places.rglob("*"))
    code, _, err = run(*build(rules))
    assert code == 0
    assert "the cache is not used" in err
    assert sorted(places.rglob("*")) == before


def test_a_cache_signed_by_somebody_else_is_as_good_as_none(
    rules: Path, run: Run, tmp_path: Path, converted: list[tuple[str, str]]
) -> None:
    run(*build(rules))
    (tmp_path / "config" / "stagewatch" / "cache.secret").write_bytes(b"x" * 32)
    converted.clear()
    run(*build(rules))
    assert len(converted) == 6


def test_a_defect_is_not_remembered(rules: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("ours")

    with monkeypatch.context() as patch:
        patch.setattr("stagewatch.cache.reuse.convert_entry", broken)
        assert run(*build(rules))[0] == 3
    assert run(*build(rules))[0] == 0


def prove(rules: Path, fixtures: Path, *more: object) -> tuple[object, ...]:
    return ("prove", "--rules", rules / "one.yml", "--fixtures", fixtures, "--target", "splunk", *more)


@pytest.mark.parametrize("options", [(), ("--json",), ("--record", "--junit", "junit.xml")], ids=str)
def test_an_unchanged_proof_says_and_leaves_the_same(
    rules: Path, fixtures: Path, run: Run, quick: Callable[[], None], options: tuple[str, ...]
) -> None:
    cold = run(*prove(rules, fixtures, *options))
    assert cold[0] == 0, cold
    quick()
    assert run(*prove(rules, fixtures, *options)) == cold


def test_a_report_that_is_gone_is_written_again(rules: Path, fixtures: Path, run: Run) -> None:
    cold = run(*prove(rules, fixtures, "--record", "--junit", "junit.xml"))
    written = Path("junit.xml").read_bytes(), (fixtures / "proofs.json").read_bytes()
    Path("junit.xml").unlink()
    (fixtures / "proofs.json").unlink()
    assert run(*prove(rules, fixtures, "--record", "--junit", "junit.xml")) == cold
    assert (Path("junit.xml").read_bytes(), (fixtures / "proofs.json").read_bytes()) == written


def test_a_query_is_proven_once_for_the_same_events(
    rules: Path, fixtures: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*prove(rules, fixtures))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was proven anew")

    with monkeypatch.context() as patch:
        patch.setattr("stagewatch.prove.prove_queries", refuse)
        (rules / "one.yml").write_text((rules / "one.yml").read_text() + "author: somebody\n")  # the same query
        assert run(*prove(rules, fixtures))[0] == 0
    (fixtures / "one" / "one.json").write_text(EVENTS.replace("a staged b", "nothing"))
    assert run(*prove(rules, fixtures))[0] == 1
    assert run(*prove(rules, fixtures))[0] == 1


def test_an_unchanged_check_says_the_same(rules: Path, run: Run, quick: Callable[[], None]) -> None:
    cold = run("check", "--rules", rules, "--format", "json")
    assert json.loads(cold[1])["findings"]
    quick()
    assert run("check", "--rules", rules, "--format", "json") == cold


def test_a_check_sees_a_new_finding(rules: Path, run: Run) -> None:
    run("check", "--rules", rules)
    _break_rule(rules)
    assert "two.yml" in run("check", "--rules", rules)[1]


def test_the_cache_tells_what_it_holds_and_is_cleared(
    rules: Path, run: Run, places: Path, converted: list[tuple[str, str]]
) -> None:
    assert run("cache") == (0, f"0 entries, 0.0 MiB in {places}\n", "")
    run(*build(rules))
    assert run("cache", "--info")[1].startswith("8 entries")  # six conversions, the run, the mark of the code
    assert run("cache", "--clear")[1] == f"8 entries deleted in {places}\n"
    converted.clear()
    run(*build(rules))
    assert len(converted) == 6


def test_code_that_changes_during_the_run_keeps_anything_from_being_kept(
    rules: Path, run: Run, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(100))
    monkeypatch.setattr(session.tools, "tools", lambda: str(next(numbers)))
    run(*build(rules))
    assert list(places.rglob("*.json")) == []


def test_a_check_takes_what_a_build_has_converted(
    rules: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.rename(tmp_path / "sigma")
    (tmp_path / "stagewatch.toml").write_text('targets = ["splunk"]\n')
    run("--root", tmp_path, "build")
    (tmp_path / "dist" / "splunk" / "queries" / "one.spl").write_text("changed")
    assert "one.spl" in run("--root", tmp_path, "check", "--no-cache")[1]

    def refuse(*_: object) -> None:
        raise AssertionError("it was converted anew")

    monkeypatch.setattr("stagewatch.cache.rules.convert_entry", refuse)
    assert "one.spl" in run("--root", tmp_path, "check")[1]


def test_a_check_of_some_rules_takes_nothing_of_a_build_that_applies_filters(
    rules: Path, tmp_path: Path, run: Run
) -> None:
    rules.rename(tmp_path / "sigma")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "filter.yml").write_text(FILTER)
    (tmp_path / "env.toml").write_text('filters = ["own/filter.yml"]\n')
    (tmp_path / "stagewatch.toml").write_text('targets = ["splunk"]\nenvironment = "env.toml"\n')
    run("--root", tmp_path, "build")
    some = ("--root", tmp_path, "check", "--rules", tmp_path / "sigma")
    assert run(*some) == run(*some, "--no-cache")


FILTER = """\
title: Own
id: 66666666-6666-4666-8666-666666666666
logsource: {category: process_creation, product: windows}
filter:
    rules: [11111111-1111-4111-8111-111111111111]
    selection: {Image: benign}
    condition: not selection
"""
