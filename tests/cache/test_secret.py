from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stagewatch.cache.errors import CacheError
from stagewatch.cache.secret import LENGTH, read_secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "cache.secret"


def test_it_is_made_once_and_for_the_user_alone(path: Path) -> None:
    secret = read_secret(path)
    assert len(secret) == LENGTH
    assert read_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert os.listdir(path.parent) == [path.name]


def test_two_users_have_two(tmp_path: Path) -> None:
    assert read_secret(tmp_path / "a" / "secret") != read_secret(tmp_path / "b" / "secret")


def test_many_who_make_it_at_once_agree(path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(read_secret, [path] * 64))) == 1
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_one_that_others_may_read_or_write_is_refused(path: Path, mode: int) -> None:
    read_secret(path)
    path.chmod(mode)
    with pytest.raises(CacheError, match="others may read or write"):
        read_secret(path)


def test_one_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_secret(path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(CacheError, match="belongs to another user"):
        read_secret(path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * (LENGTH + 1)])
def test_one_of_another_length_is_refused(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CacheError, match="holds no secret"):
        read_secret(path)


def test_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    read_secret(tmp_path / "elsewhere")
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CacheError):
        read_secret(path)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(path: Path, make: object) -> None:
    path.parent.mkdir()
    make(path)  # type: ignore[operator]
    with pytest.raises(CacheError):
        read_secret(path)


def test_where_none_can_be_made_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheError, match="file"):
        read_secret(tmp_path / "file" / "secret")
