from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stagewatch.cache.errors import Uncacheable
from stagewatch.cache.inputs import Part, Snapshot, snapshot, tree_at, tree_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "below").mkdir(parents=True)
    (made / "one.yml").write_text("1")
    (made / "below" / "two.YAML").write_text("2")
    (made / "notes.txt").write_text("n")
    return made


def taken(folder: Path, *suffixes: str) -> Snapshot:
    return snapshot({"part": Part((folder,), suffixes)})


def _save_as_it_was(folder: Path) -> None:
    (folder / "one.yml").write_text("1")
    os.utime(folder / "one.yml", (1, 1))


def _empty_folder(folder: Path) -> None:
    (folder / "empty").mkdir()


def _another_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("other")


@pytest.mark.parametrize("change", [_save_as_it_was, _another_file, _empty_folder])
def test_what_is_not_read_changes_nothing(folder: Path, change: Callable[[Path], None]) -> None:
    before = taken(folder, ".yml", ".yaml")
    change(folder)
    assert taken(folder, ".yml", ".yaml") == before
    assert taken(folder, ".yml", ".yaml").digest() == before.digest()


def _same_size_and_time(folder: Path) -> None:
    status = (folder / "one.yml").stat()
    (folder / "one.yml").write_text("9")
    os.utime(folder / "one.yml", ns=(status.st_atime_ns, status.st_mtime_ns))


def test_where_everything_counts_an_empty_folder_does(folder: Path) -> None:
    before = taken(folder)
    (folder / "empty").mkdir()
    assert taken(folder) != before


def _rename(folder: Path) -> None:
    (folder / "one.yml").rename(folder / "uno.yml")


def _delete(folder: Path) -> None:
    (folder / "below" / "two.YAML").unlink()


def _add(folder: Path) -> None:
    (folder / "below" / "three.yml").write_text("")


def _link(folder: Path) -> None:
    (folder / "one.yml").rename(folder.parent / "one.yml")
    (folder / "one.yml").symlink_to(folder.parent / "one.yml")


@pytest.mark.parametrize("change", [_same_size_and_time, _rename, _delete, _add, _link])
def test_every_change_is_seen(folder: Path, change: Callable[[Path], None]) -> None:
    before = taken(folder, ".yml", ".yaml")
    change(folder)
    after = taken(folder, ".yml", ".yaml")
    assert after.digest() != before.digest()
    assert before.changes(after) != []


def test_changes_are_told_by_their_paths(folder: Path) -> None:
    before = taken(folder)
    _rename(folder)
    assert before.changes(taken(folder)) == [str(folder / "one.yml"), str(folder / "uno.yml")]


def test_contents_are_the_same_wherever_the_files_lie(folder: Path) -> None:
    before = taken(folder)
    folder.rename(folder.with_name("moved"))
    after = taken(folder.with_name("moved"))
    assert after.contents("part") == before.contents("part")
    assert after.digest() != before.digest()


def test_a_file_that_comes_into_being_is_a_change(tmp_path: Path) -> None:
    before = taken(tmp_path / "file")
    (tmp_path / "file").write_text("")
    assert before.changes(taken(tmp_path / "file")) == [str(tmp_path / "file")]


def test_what_the_command_writes_itself_does_not_count(folder: Path) -> None:
    part = {"part": Part((folder,), (), frozenset({folder / "one.yml"}))}
    before = snapshot(part)
    (folder / "one.yml").write_text("written")
    assert snapshot(part) == before


def _circle(folder: Path) -> None:
    (folder / "circle").symlink_to(folder)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yml")


def _broken(folder: Path) -> None:
    (folder / "broken.yml").symlink_to("nowhere")


@pytest.mark.parametrize("strange", [_circle, _pipe, _broken])
def test_what_cannot_be_told_is_not_guessed(folder: Path, strange: Callable[[Path], None]) -> None:
    strange(folder)
    with pytest.raises(Uncacheable):
        taken(folder, ".yml")


def test_a_folder_is_what_was_to_be_written(folder: Path) -> None:
    files = {"one.yml": b"1", "below/two.YAML": b"2", "notes.txt": b"n"}
    assert tree_at(folder) == tree_of(files)
    assert tree_of(dict(reversed(files.items()))) == tree_of(files)


@pytest.mark.parametrize("change", [_same_size_and_time, _rename, _delete, _add, _empty_folder, _link, _pipe, _circle])
def test_a_folder_in_which_anything_is_otherwise_is_not(folder: Path, change: Callable[[Path], None]) -> None:
    files = {"one.yml": b"1", "below/two.YAML": b"2", "notes.txt": b"n"}
    change(folder)
    assert tree_at(folder) != tree_of(files)


def test_a_folder_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert tree_at(tmp_path / "absent") is None
