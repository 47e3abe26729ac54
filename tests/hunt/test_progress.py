"""The bar of a hunt: on a terminal only, and never louder than the report."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from stagewatch.hunt.progress import Progress
from stagewatch.logs import Account


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def an_account(*paths: Path) -> Account:
    account = Account()
    for path in paths:
        account.file(str(path))
    return account


def test_on_a_terminal_the_bar_shows_files_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    files = [tmp_path / "a", tmp_path / "deep" / "b"]
    for file in files:
        file.write_bytes(b"x" * 100)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with Progress([str(tmp_path)]) as progress:
        progress.tell(an_account(*files))
        task = progress._bar.tasks[0]
        assert (task.completed, task.total) == (100, 200)  # the last file is being read
        assert task.description == "0 events in 2 files"
        progress.tell(an_account(*files), "asking the rules")
        assert task.description == "asking the rules"
    assert terminal.getvalue()


def test_elsewhere_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    with Progress([str(tmp_path / "*"), "-"]) as progress:
        progress.tell(an_account(tmp_path))
    assert errors.getvalue() == ""


def test_a_glob_and_standard_input_have_a_bar_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.evtx").write_bytes(b"x" * 7)
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress([str(tmp_path / "*.evtx"), "-"]) as progress:
        assert progress._bar.tasks[0].total == 7
