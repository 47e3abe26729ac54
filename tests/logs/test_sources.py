"""What is read: files, folders, globs, archives, standard input; and what is passed over with a word."""

import bz2
import gzip
import io
import lzma
import os
import sys
import zipfile
from pathlib import Path

import pytest
import zstandard

from stagewatch.logs import Account, State, read
from tests.logs.reading import lines, read_bytes, reasons, rows_of, sysmon

ONE = lines(sysmon(1, Image="one"))
GOOD = lines(*[sysmon(1, Image=f"i{number}") for number in range(2000)])


def _zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(ONE),
        gzip.compress(ONE[:50]) + gzip.compress(ONE[50:]),
        zstandard.compress(ONE),
        bz2.compress(ONE),
        lzma.compress(ONE),
        gzip.compress(zstandard.compress(ONE)),
        ONE.decode().encode("utf-16"),
        ONE.decode().encode("utf-8-sig"),
        ONE.replace(b"\n", b"\r\n"),
        _zipped(a=ONE),
        _zipped(a=gzip.compress(ONE)),
        _zipped(a=_zipped(b=ONE)),
    ],
    ids=["gz", "two gz", "zstd", "bz2", "xz", "zstd in gz", "UTF-16", "BOM", "CRLF", "zip", "gz in zip", "zip in zip"],
)
def test_packed_and_encoded_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log").write_bytes(data)
    rows, account = rows_of(tmp_path / "log")
    assert [row["Image"] for row in rows] == ["one"]
    assert list(account.troubled()) == []


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(ONE))))
    rows, _account = rows_of("-")
    assert (len(rows), rows[0]["origin"]) == (1, "standard input")


def test_folders_and_globs_read_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.json").write_bytes(ONE)
    (tmp_path / "a.json").write_bytes(ONE)
    rows, account = rows_of(str(tmp_path), str(tmp_path / "**" / "*.json"), str(tmp_path / "a.json"))
    assert (len(rows), len(account.files)) == (2, 2)


def test_symlink_loops_pipes_and_devices_in_folders_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(ONE)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "null").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    rows, account = rows_of(tmp_path)
    assert len(rows) == 1
    states = {Path(one.path).name: str(one.state) for one in account.files}
    assert states == {"a.json": "read", "loop": "unknown", "null": "unknown", "pipe": "unknown", "self": "locked"}


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    rows, account = rows_of(tmp_path / "absent*.json")
    assert (rows, reasons(account.files[0])) == ([], ["no such file"])


def test_locked_file_is_said_and_the_next_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(ONE)
    real = Path.open

    def refuse(self: Path, *args: object, **options: object) -> object:
        if self.name == "a.json":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    rows, account = rows_of(tmp_path)
    assert len(rows) == 1
    assert (account.files[0].state, reasons(account.files[0])) == (State.LOCKED, ["cannot be read: Permission denied"])


def test_file_that_vanishes_after_it_was_listed(tmp_path: Path) -> None:
    for name in ("a.json", "b.json", "c.evtx"):
        (tmp_path / name).write_bytes(ONE)
    account = Account()
    batches = read([str(tmp_path)], account=account)
    next(batches)
    (tmp_path / "b.json").unlink()
    (tmp_path / "c.evtx").unlink()
    assert list(batches) == []
    assert [one.state for one in account.files] == [State.READ, State.LOCKED, State.LOCKED]


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (b"", "empty", "empty"),
        (gzip.compress(b"", mtime=0), "empty", "empty"),
        (b"\n\n \n", "unknown", "text of no known kind"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unknown", "binary of no known kind"),
        (b"Salted__" + bytes(range(100)), "encrypted", "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted", "encrypted"),
        (b"PARE" + bytes(20) + b"PARE", "encrypted", "encrypted Parquet"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "unknown", "an archive of a kind that is not opened"),
        (b"hello\nworld\n", "unknown", "text of no known kind"),
        (b"ElfFile\0" + bytes(10), "damaged", None),
        (b"PAR1" + bytes(10), "damaged", None),
        (b'{"a": 1}\n', "unknown", "JSON of no known shape"),
        (b"[[[[" * 100_000, "torn", None),
        (b'{"a":' * 100_000, "torn", None),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, state: str, reason: str | None) -> None:
    rows, account = read_bytes(data, tmp_path)
    assert (rows, str(account.state)) == ([], state)
    if reason is not None:
        assert reasons(account) == [reason]
    assert account.problems


def test_encrypted_member_of_an_archive(tmp_path: Path) -> None:
    data = bytearray(_zipped(a=ONE, b=ONE))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    rows, account = rows_of(tmp_path / "x.zip")
    assert len(rows) == 1
    assert [one.state for one in account.files[1:]] == [State.ENCRYPTED, State.READ]


def test_archive_without_its_directory_gives_its_members(tmp_path: Path) -> None:
    data = _zipped(a=ONE, b=GOOD)
    (tmp_path / "x.zip").write_bytes(data[: data.index(b"PK\x01\x02") - 40])
    rows, account = rows_of(tmp_path / "x.zip")
    assert len(rows) > 1000
    assert [one.state for one in account.files] == [State.TORN, State.READ, State.TORN]


def test_what_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    bomb = gzip.compress(ONE * 2 + b" " * (64 << 20) + b"\n" + ONE)
    rows, account = read_bytes(bomb, tmp_path, unpacked=1 << 20)
    assert len(rows) == 2
    assert reasons(account)[0] == "unpacks to more than 1048576 bytes"
    (tmp_path / "b.zip").write_bytes(_zipped(a=ONE, b=b" " * (64 << 20), c=ONE))
    rows, zipped = rows_of(tmp_path / "b.zip", unpacked=1 << 20)
    assert len(rows) == 1
    assert all("unpacks to more than 1048576 bytes" in reasons(one) for one in zipped.files[2:])


def test_scratch_is_removed(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "x.zip").write_bytes(_zipped(a=_zipped(b=ONE)))
    rows_of(tmp_path / "x.zip", scratch=scratch)
    unfinished = read([str(tmp_path / "x.zip")], scratch=scratch)
    next(unfinished)
    assert list(scratch.iterdir())
    unfinished.close()  # type: ignore[attr-defined]
    assert list(scratch.iterdir()) == []
