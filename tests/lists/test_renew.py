"""Rule files compared with the lists and renewed, also by the command line; the pack must not have drifted."""

from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.findings import Finding
from stagewatch.lists.carried import Difference
from stagewatch.lists.model import read_lists
from stagewatch.lists.renew import drift, findings_of, healed_text, orphans

ROOT = Path(__file__).parents[2]

LIST = """\
places:
  description: Where data is staged
  forms: {path: {keys: [TargetFilename|contains]}}
  entries:
    - {path: ':\\A\\', reason: A group staged there}
"""

RULE = """\
title: R
detection:
    selection_places:
        TargetFilename|contains: ':\\Z\\'
    condition: all of them
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "sigma" / "deep").mkdir(parents=True)
    (tmp_path / "lists" / "a.yml").write_text(LIST)
    (tmp_path / "sigma" / "deep" / "r.yml").write_text(RULE)
    return tmp_path


def test_no_rule_of_the_pack_has_drifted_from_its_lists() -> None:
    findings: list[Finding] = []
    lists = read_lists(ROOT / "lists", findings)
    findings += findings_of(ROOT / "sigma", drift(ROOT / "sigma", lists))
    assert [str(finding) for finding in findings] == []
    assert orphans(ROOT / "sigma", lists) == []


def test_every_list_of_the_pack_is_carried_by_a_rule() -> None:
    lists = read_lists(ROOT / "lists", [])
    text = "\n".join(path.read_text() for path in (ROOT / "sigma").rglob("*.yml"))
    assert [name for name in lists.named if f"_{name}:" not in text and f"_{name}_" not in text] == []


def test_the_command_tells_drift_with_file_and_line(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists"], root=house) == 1
    out, errors = capsys.readouterr()
    place = "sigma/deep/r.yml:4: TargetFilename|contains"
    assert errors == f"{place} differs from the list places: it has :\\Z\\ more and it lacks :\\A\\\n"
    assert out == "1 lists and 0 thresholds, 1 findings\n"
    assert (house / "sigma" / "deep" / "r.yml").read_text() == RULE


def test_the_command_renews(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists", "--renew"], root=house) == 0
    assert capsys.readouterr().out == "renewed sigma/deep/r.yml\n1 lists and 0 thresholds, 0 findings\n"
    assert (house / "sigma" / "deep" / "r.yml").read_text() == RULE.replace("Z", "A")
    assert main(["lists"], root=house) == 0


def test_nothing_is_written_where_a_list_cannot_be_read(house: Path) -> None:
    (house / "lists" / "b.yml").write_text("other: 7\n")
    assert main(["lists", "--renew"], root=house) == 1
    assert (house / "sigma" / "deep" / "r.yml").read_text() == RULE


def test_a_rule_that_is_no_yaml_is_a_finding(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "sigma" / "deep" / "r.yml").write_text("a: [\n")
    assert main(["lists"], root=house) == 1
    assert "sigma/deep/r.yml:2: not valid YAML" in capsys.readouterr().err


def test_a_threshold_that_no_rule_answers_to_is_a_finding(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "lists" / "t.yml").write_text("thresholds: {gone: {timespan: 1m, reason: None any more}}\n")
    main(["lists", "--renew"], root=house)
    assert "no rule file answers to the threshold of gone" in capsys.readouterr().err


def test_a_missing_folder_of_rules_is_wrong_usage(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "sigma").rename(house / "gone")
    assert main(["lists"], root=house) == 2
    assert "there is no folder of rules" in capsys.readouterr().err


def test_a_repository_need_not_keep_lists(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "lists").rename(house / "gone")
    assert main(["lists"], root=house) == 0
    printed = capsys.readouterr().out
    assert printed == "no lists are kept: there is no lists; `lists` in stagewatch.toml says where it is\n"


def test_lists_that_are_named_must_be_there(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "lists").rename(house / "gone")
    assert main(["lists", "--lists", str(house / "lists")], root=house) == 2
    assert "there is no folder of lists" in capsys.readouterr().err


def test_places_are_healed_from_the_last_to_the_first() -> None:
    text = "ab\ncd\n"
    first = Difference(1, "", (0, 0), (0, 1), "XX")
    second = Difference(2, "", (1, 1), (1, 2), "YY")
    nothing = Difference(2, "no place")
    assert healed_text(text, [first, nothing, second]) == "XXb\ncYY\n"
