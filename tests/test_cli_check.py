"""The command ``check``: exit codes, options, what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewatch.check import rules_attack
from stagewatch.cli import main
from tests.check.samples import RULE, rule, text, write

FILE = f"sigma/{RULE}"
ROOT = Path(__file__).parents[1]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which nothing is wrong."""
    write(rule(), tmp_path)
    return tmp_path


def test_a_clean_repository_is_0(root: Path, capsys: Capture) -> None:
    assert main(["check"], root=root) == 0
    assert capsys.readouterr().out == "1 rule file: 0 errors, 0 warnings, 0 notes\n"


def test_notes_alone_are_0(root: Path, capsys: Capture) -> None:
    write(rule(author=None), root)
    assert main(["check"], root=root) == 0
    assert "SW024 note" in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"level": None}, {"level": "hihg"}], ids=["a warning", "an error"])
def test_a_warning_or_an_error_is_1(change: dict[str, str | None], root: Path) -> None:
    write(rule(**change), root)
    assert main(["check"], root=root) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--select", "SW999"], "stagewatch: there is no code SW999; docs/findings.md has all of them"),
        (["--ignore", "nonsense"], "stagewatch: there is no code NONSENSE; docs/findings.md has all of them"),
        (["--rules", "nowhere"], "stagewatch: no such file or folder: nowhere"),
    ],
)
def test_wrong_usage_is_2_and_one_line(arguments: list[str], message: str, root: Path, capsys: Capture) -> None:
    assert main(["check", *arguments], root=root) == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_a_code_that_the_configuration_names_must_exist(root: Path, capsys: Capture) -> None:
    write({"stagewatch.toml": '[check]\nignore = ["SW998"]\n'}, root)
    assert main(["check"], root=root) == 2
    assert "there is no code SW998" in capsys.readouterr().err


def test_a_part_that_the_configuration_names_must_be_there(root: Path, capsys: Capture) -> None:
    write({"stagewatch.toml": 'guides = "docs/runbooks"\n'}, root)
    assert main(["check"], root=root) == 2
    assert "there is no docs/runbooks" in capsys.readouterr().err


def test_a_defect_is_3_and_does_not_hide_the_other_findings(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_checked: object) -> list[object]:
        raise RuntimeError("boom")

    monkeypatch.setattr(rules_attack, "CHECKS", (broken,))
    write(rule(level=None), root)
    assert main(["check"], root=root) == 3
    out, errors = capsys.readouterr()
    assert errors == (
        "stagewatch: a defect, please report it: the check test_cli_check.broken broke down: RuntimeError: boom\n"
    )
    assert "SW021 warning" in out


def test_codes_are_selected_and_ignored_by_commas_and_in_small_letters(root: Path, capsys: Capture) -> None:
    write(rule(level=None, status=None, author=None), root)
    assert main(["check", "--select", "sw021,SW024", "--ignore", "SW021"], root=root) == 0
    out = capsys.readouterr().out
    assert ("SW021" in out, "SW022" in out, "SW024" in out) == (False, False, True)
    assert out.endswith("1 rule file: 0 errors, 0 warnings, 1 note; 1 switched off\n")


def test_the_configuration_switches_codes_off_and_that_is_told(root: Path, capsys: Capture) -> None:
    write(rule(level=None), root)
    excluded = f'[[check.exclude]]\ncode = "SW021"\nrules = ["{RULE.removesuffix(".yml")}"]\nreason = "so be it"\n'
    write({"stagewatch.toml": excluded}, root)
    assert main(["check"], root=root) == 0
    assert capsys.readouterr().out == "1 rule file: 0 errors, 0 warnings, 0 notes; 1 switched off\n"


def test_without_the_output_it_is_said(root: Path, capsys: Capture) -> None:
    assert main(["check", "--no-dist"], root=root) == 0
    assert "; not looked at: dist and proofs" in capsys.readouterr().out


def test_fix_mends_tells_and_checks_what_is_left(root: Path, capsys: Capture) -> None:
    write({FILE: text(level=None) + "\n"}, root)
    assert main(["check", "--fix"], root=root) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"mended {FILE}: SW093: one line end at the end"
    assert "SW021" in out[1]
    assert (root / FILE).read_text() == text(level=None)


def test_what_was_mended_does_not_spoil_another_format(root: Path, capsys: Capture) -> None:
    write({FILE: text() + "\n"}, root)
    assert main(["check", "--fix", "--format", "json"], root=root) == 0
    out, errors = capsys.readouterr()
    assert json.loads(out)["findings"] == []
    assert errors.startswith("mended ")


def test_nothing_is_written_without_fix(root: Path) -> None:
    write({FILE: text() + "\n"}, root)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    main(["check"], root=root)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_foreign_rules_are_not_asked_for_fixtures_and_guides(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write({"tests/rules/info.txt": "", "docs/guides/a.md": "", "versions.json": "{}"}, root)
    foreign = tmp_path_factory.mktemp("foreign")
    write(rule(), foreign)
    assert main(["check", "--rules", str(foreign / "sigma")], root=root) == 0
    assert main(["check"], root=root) == 1


def test_the_pack_has_no_errors_and_no_warnings(capsys: Capture) -> None:
    code = main(["check", "--format", "json"], root=ROOT)
    report = json.loads(capsys.readouterr().out)
    assert [one for one in report["findings"] if one["severity"] != "note"] == []
    assert code == 0
