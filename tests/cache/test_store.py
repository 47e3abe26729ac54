from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stagewatch.cache import store as module
from stagewatch.cache.store import Store

SECRET = b"s" * 32
KEY, OTHER = "a" * 64, "b" * 64
VALUE = {"text": "naïve \u2028 text", "list": [1, None, True]}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "cache", SECRET)
    made.put("kind", KEY, VALUE)
    return made


def entry(store: Store, key: str = KEY, kind: str = "kind") -> Path:
    (found,) = store.folder.rglob(f"{kind}/{key}.json")
    return found


def test_what_is_put_is_got(store: Store) -> None:
    assert store.get("kind", KEY) == VALUE
    assert Store(store.folder, SECRET).get("kind", KEY) == VALUE
    assert store.trouble is None


def test_what_was_not_put_is_not_got(store: Store) -> None:
    assert store.get("kind", OTHER) is None
    assert store.get("other", KEY) is None


def test_entries_are_two_lines_of_json_for_the_user_alone(store: Store) -> None:
    lines = entry(store).read_text().split("\n")
    assert [type(json.loads(line)) for line in lines] == [str, dict]
    assert entry(store).stat().st_mode & 0o777 == 0o600


def test_every_byte_counts(store: Store) -> None:
    whole = entry(store).read_bytes()
    for place in range(len(whole)):
        for changed in (whole[place] ^ 1, whole[place] ^ 0x20):
            entry(store).write_bytes(whole[:place] + bytes([changed]) + whole[place + 1 :])
            assert store.get("kind", KEY) is None, place
    entry(store).write_bytes(whole)
    assert store.get("kind", KEY) == VALUE


def test_every_truncation_is_ignored(store: Store) -> None:
    whole = entry(store).read_bytes()
    for length in range(len(whole)):
        entry(store).write_bytes(whole[:length])
        assert store.get("kind", KEY) is None, length
    entry(store).write_bytes(whole + b"\n")
    assert store.get("kind", KEY) is None


def _moved(store: Store) -> None:
    store.put("kind", OTHER, "other")
    shutil.copy(entry(store, OTHER), entry(store))


def _of_another_kind(store: Store) -> None:
    store.put("other", KEY, "other")
    shutil.copy(entry(store, KEY, "other"), entry(store))


def _signed_by_another(store: Store) -> None:
    Store(store.folder, b"t" * 32).put("kind", KEY, "other")


def _another_value(store: Store) -> None:
    mac, body = entry(store).read_bytes().split(b"\n")
    entry(store).write_bytes(mac + b"\n" + json.dumps({**json.loads(body), "value": "other"}).encode())


def _unsigned(store: Store) -> None:
    entry(store).write_bytes(entry(store).read_bytes().split(b"\n")[1])


def _not_json(store: Store) -> None:
    body = b"\xff{"
    entry(store).write_bytes(store._mac(body) + b"\n" + body)


def _no_entry(store: Store) -> None:
    body = b"[1, 2]"
    entry(store).write_bytes(store._mac(body) + b"\n" + body)


def _another_schema(store: Store) -> None:
    body = json.dumps({"schema": module.SCHEMA + 1, "kind": "kind", "key": KEY, "value": 1}).encode()
    entry(store).write_bytes(store._mac(body) + b"\n" + body)


def _folder(store: Store) -> None:
    path = entry(store)
    path.unlink()
    (path / "more").mkdir(parents=True)


def _link(store: Store) -> None:
    path = entry(store)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _circle(store: Store) -> None:
    path = entry(store)
    path.unlink()
    path.symlink_to(path.name)


def _pipe(store: Store) -> None:
    path = entry(store)
    path.unlink()
    os.mkfifo(path)


def _too_large(store: Store) -> None:
    with entry(store).open("r+b") as stream:
        stream.truncate(3 * module.MAX_BYTES)


@pytest.mark.parametrize(
    "poison",
    [
        _moved, _of_another_kind, _signed_by_another, _another_value, _unsigned, _not_json, _no_entry, _another_schema,
        _folder, _link, _circle, _pipe, _too_large,
    ],
)  # fmt: skip
def test_a_poisoned_entry_is_ignored_and_replaced(store: Store, poison: Callable[[Store], None]) -> None:
    poison(store)
    assert store.get("kind", KEY) is None
    store.put("kind", KEY, "fresh")
    if poison is _folder:  # which cannot be replaced: the entry stays away, and that is said
        assert store.trouble is not None
        assert store.get("kind", KEY) is None
    else:
        assert store.trouble is None
        assert store.get("kind", KEY) == "fresh"


def test_one_that_cannot_be_read_is_ignored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert store.get("kind", KEY) is None


def test_a_write_through_a_link_leaves_alone_what_it_leads_to(store: Store, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    entry(store).unlink()
    (store.folder / "v1" / "kind" / f"{KEY}.json").symlink_to(victim)
    store.put("kind", KEY, "fresh")
    assert victim.read_text() == "mine"
    assert store.get("kind", KEY) == "fresh"


def test_many_writers_at_once_leave_whole_entries(tmp_path: Path) -> None:
    def write(number: int) -> None:
        one = Store(tmp_path / "cache", SECRET)
        one.put("kind", KEY, "x" * 10_000)
        assert one.get("kind", KEY) == "x" * 10_000
        assert one.trouble is None

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(200)))
    assert [path.name for path in (tmp_path / "cache" / "v1" / "kind").iterdir()] == [f"{KEY}.json"]


def test_a_cache_that_cannot_be_written_says_so_once_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "cache", SECRET)
    store.put("kind", KEY, VALUE)
    first = store.trouble
    store.put("kind", OTHER, VALUE)
    store.sweep()
    assert first is not None
    assert store.trouble == first
    assert store.get("kind", KEY) is None


def _age(path: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(path, (then, then))


def test_sweeping_takes_what_is_old(store: Store) -> None:
    store.put("kind", OTHER, VALUE)
    _age(entry(store), module.MAX_DAYS + 1)
    store.sweep(now=time.time())
    assert store.get("kind", KEY) is None
    assert store.get("kind", OTHER) == VALUE


def test_sweeping_takes_the_oldest_of_too_much(store: Store) -> None:
    for number in range(10):
        key = f"{number:064x}"
        store.put("kind", key, "x" * 1000)
        _age(entry(store, key), 10 - number)
    store.sweep(now=time.time(), limit=4000)
    left = {path.stem for path in store.folder.rglob("*.json")}
    assert left == {KEY, *(f"{number:064x}" for number in (7, 8, 9))}


def test_what_is_asked_for_is_not_old(store: Store) -> None:
    _age(entry(store), module.MAX_DAYS + 1)
    assert store.get("kind", KEY) == VALUE
    store.sweep(now=time.time())
    assert store.get("kind", KEY) == VALUE


def test_it_is_swept_once_an_hour(store: Store) -> None:
    store.sweep()
    _age(entry(store), module.MAX_DAYS + 1)
    store.sweep()
    assert entry(store).exists()
    _age(store.folder / "v1" / module.SWEPT, 1)
    store.sweep()
    assert list(store.folder.rglob("*.json")) == []


def test_scratch_files_of_writers_that_were_killed_are_swept(store: Store) -> None:
    left, fresh = (entry(store).with_name(f".{digit * 16}") for digit in "01")
    left.write_text("x")
    fresh.write_text("x")
    _age(left, 1)
    store.sweep(now=time.time())
    assert (left.exists(), fresh.exists()) == (False, True)


def test_clearing_deletes_entries_and_nothing_else(store: Store, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / f"{KEY}.json").write_text("mine")
    (store.folder / "v1" / "link").symlink_to(mine)
    (store.folder / "v1" / "kind" / "notes.txt").write_text("mine")
    assert store.clear() == 1
    assert store.get("kind", KEY) is None
    assert (mine / f"{KEY}.json").read_text() == "mine"
    assert (store.folder / "v1" / "kind" / "notes.txt").exists()
