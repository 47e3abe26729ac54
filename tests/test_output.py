from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from stagewatch import output
from stagewatch.findings import UsageError
from stagewatch.output import check_writable, read_manifest, replace_folder


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_made_with_exactly_the_files(tmp_path: Path) -> None:
    replace_folder(tmp_path / "out", {"a/b.txt": b"1", "c.txt": b"2"})
    assert tree(tmp_path / "out") == {"a/b.txt": b"1", "c.txt": b"2"}
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("exchange", [True, False], ids=["one step", "two steps"])
def test_an_old_folder_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(output, "_exchange_in_one_step", lambda first, second: False)
    replace_folder(tmp_path / "out", {"old.txt": b"1"})
    replace_folder(tmp_path / "out", {"new.txt": b"2"})
    assert tree(tmp_path / "out") == {"new.txt": b"2"}
    assert os.listdir(tmp_path) == ["out"]


def test_a_build_that_fails_half_way_leaves_the_old_folder_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_folder(tmp_path / "out", {"old.txt": b"1"})
    write = os.write

    def full_disk(descriptor: int, data: bytes) -> int:
        if bytes(data) == b"2":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full_disk)
    with pytest.raises(UsageError, match="No space left on device"):
        replace_folder(tmp_path / "out", {"a": b"1", "b": b"2"})
    assert tree(tmp_path / "out") == {"old.txt": b"1"}
    assert os.listdir(tmp_path) == ["out"]


def test_a_system_that_writes_less_than_it_was_given_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
    replace_folder(tmp_path / "out", {"a": b"12345", "empty": b""})
    assert tree(tmp_path / "out") == {"a": b"12345", "empty": b""}


def test_a_swap_that_fails_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_folder(tmp_path / "out", {"old.txt": b"1"})
    monkeypatch.setattr(output, "_exchange_in_one_step", lambda first, second: False)
    rename = Path.rename

    def refuse_the_new(self: Path, other: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", refuse_the_new)
    with pytest.raises(UsageError, match="Permission denied"):
        replace_folder(tmp_path / "out", {"new.txt": b"2"})
    assert tree(tmp_path / "out") == {"old.txt": b"1"}


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x")
    with pytest.raises(UsageError, match="it is not empty and holds no manifest.json"):
        check_writable(tmp_path)


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(UsageError, match="it is a file"):
        check_writable(tmp_path / "out")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot write to"):
        check_writable(tmp_path / "file" / "sub" / "out")


def test_an_empty_or_new_folder_is_fine(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "out")
    (tmp_path / "empty").mkdir()
    check_writable(tmp_path / "empty")


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff"])
def test_a_manifest_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    assert read_manifest(tmp_path) is None


def test_a_symbolic_link_stays_one_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    check_writable(tmp_path / "link")
    replace_folder(tmp_path / "link", {"a.txt": b"1"})
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "real") == {"a.txt": b"1"}


def test_a_loop_of_symbolic_links_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="cannot write to"):
        check_writable(tmp_path / "loop" / "out")


def test_what_a_killed_build_left_is_swept_up_by_the_next(tmp_path: Path) -> None:
    (tmp_path / f"{output.SCRATCH}abc" / "new").mkdir(parents=True)
    replace_folder(tmp_path / "out", {"a.txt": b"1"})
    assert os.listdir(tmp_path) == ["out"]
