from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.cli import main

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
level: low
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sigma").mkdir()
    (tmp_path / "sigma" / "one.yml").write_text(RULE)
    assert main(["build", "--target", "splunk"], tmp_path) == 0
    return tmp_path


def test_a_folder_that_is_no_site_is_not_replaced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "--out", str(root / "dist")], root) == 2
    assert "holds no site.json" in capsys.readouterr().err
    assert (root / "dist" / "manifest.json").is_file()


def test_a_site_is_not_replaced_by_a_build(root: Path) -> None:
    (root / "site").mkdir()
    (root / "site" / "site.json").write_text("{}")
    assert main(["build", "--target", "splunk", "--out", str(root / "site")], root) == 2


def test_without_a_build_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sigma").mkdir()
    assert main(["site"], tmp_path) == 2
    said = capsys.readouterr().err
    assert "run `python convert.py` first" in said
    assert said.count("\n") == 1


def test_a_rule_that_has_changed_since_the_build_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "sigma" / "one.yml").write_text(RULE.replace("staged", "other"))
    assert main(["site"], root) == 1
    assert "the build is of other rules than these (one)" in capsys.readouterr().err
    assert not (root / "site").exists()


def test_the_site_is_written_and_replaced_as_a_whole(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["site"], root)
    assert (root / "site" / "rules" / "one.html").is_file()
    (root / "site" / "left.html").write_text("of an earlier run")
    main(["site"], root)
    assert not (root / "site" / "left.html").exists()
    assert "pages" in capsys.readouterr().out
