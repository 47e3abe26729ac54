from __future__ import annotations

import os
from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.new.place import write_all


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_all_files_and_the_folders_that_they_need(tmp_path: Path) -> None:
    write_all({tmp_path / "a" / "b" / "one": b"1", tmp_path / "two": b"2"})
    assert everything(tmp_path) == ["a", "a/b", "a/b/one", "two"]
    assert (tmp_path / "a" / "b" / "one").read_bytes() == b"1"


def test_where_one_is_there_already_none_is_written(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("mine")
    with pytest.raises(UsageError, match="nothing was written: two"):
        write_all({tmp_path / "a" / "one": b"1", tmp_path / "two": b"2"})
    assert everything(tmp_path) == ["two"]
    assert (tmp_path / "two").read_text() == "mine"


def test_where_a_folder_is_a_file_none_is_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(UsageError, match="nothing was written"):
        write_all({tmp_path / "b" / "one": b"1", tmp_path / "a" / "two": b"2"})
    assert everything(tmp_path) == ["a"]


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def interrupted(source: Path, to: Path) -> None:
        if to.name == "two":
            raise KeyboardInterrupt
        real(source, to)

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / "a" / "one": b"1", tmp_path / "two": b"2"})
    assert everything(tmp_path) == []


def test_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(source: Path, to: Path) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refused)
    write_all({tmp_path / "one": b"1"})
    assert everything(tmp_path) == ["one"]
    with pytest.raises(UsageError, match="nothing was written"):
        write_all({tmp_path / "two": b"2", tmp_path / "one": b"3"})
    assert everything(tmp_path) == ["one"]
    assert (tmp_path / "one").read_bytes() == b"1"
