"""Damaged files: cut and with flipped bytes, by a fixed seed; what is whole elsewhere in the file is read."""

import bz2
import gzip
import io
import lzma
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import zstandard

from stagewatch.logs import Account, State, fast, read
from tests.logs.reading import DATASETS, flat, lines, needs_datasets, read_bytes, reasons, rows_of, sysmon
from tests.logs.test_auditd import EVENT, XML
from tests.logs.test_defender import PROCESS, _csv
from tests.logs.test_shapes import CLOUDTRAIL, WINLOGBEAT

COUNT = 60
GOOD_LINES = lines(*[sysmon(1, Image=f"i{number}") for number in range(COUNT)])


def _zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
        archive.writestr("b", data)
    return packed.getvalue()


def _parquet(data: bytes) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "s"), Path(folder, "t")
        source.write_bytes(data)
        duckdb.sql(
            f"COPY (SELECT * FROM read_json('{source}', format='newline_delimited')) TO '{target}' (FORMAT parquet)"  # noqa: S608
        )
        return target.read_bytes()


SAMPLES: dict[str, bytes] = {
    "raw": GOOD_LINES,
    "flat": lines(*[flat(1, Image="a")] * COUNT),
    "winlogbeat": lines(*[WINLOGBEAT] * COUNT),
    "cloudtrail": b'{"Records":[' + b",".join([lines(CLOUDTRAIL).strip()] * COUNT) + b"]}",
    "splunk": lines(*[{"result": {"_raw": XML}}] * COUNT),
    "defender JSON": lines(*[PROCESS] * COUNT),
    "defender CSV": _csv(*[PROCESS] * COUNT).encode(),
    "auditd": (EVENT * COUNT).encode(),
    "sysmon for Linux": (XML + "\n").encode() * COUNT,
    "UTF-16": GOOD_LINES.decode().encode("utf-16"),
    "gzip": gzip.compress(GOOD_LINES),
    "bzip2": bz2.compress(GOOD_LINES),
    "xz": lzma.compress(GOOD_LINES),
    "zstd": zstandard.compress(GOOD_LINES),
    "zip": _zip(GOOD_LINES),
    "parquet": _parquet(lines(*[flat(1, Image="a")] * COUNT)),
}


def _hurt(data: bytes, chance: random.Random) -> bytes:
    hurt = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        hurt[chance.randrange(len(hurt))] = chance.randrange(256)
    if chance.random() < 0.5:
        start = chance.randrange(len(hurt))
        del hurt[start : start + chance.randrange(1, 200)]
    return bytes(hurt[: chance.randrange(1, len(hurt))]) if chance.random() < 0.5 else bytes(hurt)


@pytest.mark.parametrize("least", [1000, 1 << 40], ids=["fast", "slow"])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_damage_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, least: int) -> None:
    monkeypatch.setattr(fast, "MIN_SIZE", least)
    chance = random.Random(4)  # noqa: S311
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number:02}").write_bytes(_hurt(SAMPLES[name], chance))
    rows, account = rows_of(folder)
    assert len({row["position"] for row in rows}) == len(rows)
    for file in account.files:
        assert file.total or file.problems or "!" in file.path or file.format == "zip"


LINES: dict[str, Callable[[int], bytes]] = {
    "raw": lambda number: lines(sysmon(1, Image=f"<{number}>")),
    "flat": lambda number: lines(flat(1, Image=f"<{number}>")),
    "defender CSV": lambda number: (
        _csv({**PROCESS, "ProcessCommandLine": f"<{number}>"}).splitlines()[1].encode() + b"\n"
    ),
    "sysmon for Linux": lambda number: XML.replace("/usr/bin/tar", f"({number})").encode() + b"\n",
}


@pytest.mark.parametrize("least", [1000, 1 << 40], ids=["fast", "slow"])
@pytest.mark.parametrize("name", LINES)
def test_whole_lines_among_damaged_ones_give_their_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, least: int
) -> None:
    monkeypatch.setattr(fast, "MIN_SIZE", least)
    chance = random.Random(7)  # noqa: S311
    make = LINES[name]
    hurt = set(chance.sample(range(30, 400), 60))
    data = _csv(PROCESS).splitlines()[0].encode() + b"\n" if name == "defender CSV" else b""
    for number in range(400):
        line = make(number)
        if number in hurt:
            cut = bytearray(line[: chance.randrange(5, len(line) - 3)])
            for place in range(0, len(cut), 7):
                cut[place] = chance.choice(b"\x00\xff\x80{}[]:,<>ab")
            line = bytes(cut).replace(b'"', b"").replace(b"\n", b"") + b"\n"
        data += line
    rows, account = read_bytes(data, tmp_path)
    whole = {str(number) for number in range(400)} - {str(number) for number in hurt}
    found = {str(row.get("CommandLine" if "CSV" in name else "Image", "")).strip("<>()") for row in rows}
    assert whole <= found
    assert sum(problem.count for problem in account.problems.values()) + len(rows) == 400


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.compress], ids=["gzip", "bzip2", "zstd"])
def test_cut_stream_gives_what_was_packed_before(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    many = b"".join(lines(sysmon(1, Image=f"{random.Random(number).random()}")) for number in range(20_000))  # noqa: S311
    data = pack(many)
    rows, account = read_bytes(data[: len(data) * 3 // 4], tmp_path)
    assert account.state is State.TORN
    assert len(rows) > 5_000
    assert len(rows) == account.total


def test_json_that_ends_within_a_line_is_torn(tmp_path: Path) -> None:
    rows, account = read_bytes(GOOD_LINES[:-40], tmp_path)
    assert (len(rows), account.state) == (COUNT - 1, State.TORN)
    assert [problem.first for problem in account.problems.values()] == [f"line {COUNT}"]


def test_array_without_end_gives_its_elements(tmp_path: Path) -> None:
    rows, account = read_bytes(SAMPLES["cloudtrail"][:-30], tmp_path)
    assert (len(rows), account.state) == (COUNT - 1, State.TORN)


def test_nul_bytes_between_lines(tmp_path: Path) -> None:
    data = GOOD_LINES + bytes(500) + b"\n" + GOOD_LINES
    rows, account = read_bytes(data, tmp_path)
    assert len(rows) == 2 * COUNT
    assert len(reasons(account)) == 1


def test_enormous_line_is_one_event_or_one_problem(tmp_path: Path) -> None:
    data = GOOD_LINES + lines(sysmon(1, CommandLine="x" * (40 << 20))) + b"y" * (40 << 20) + b"\n" + GOOD_LINES
    rows, account = read_bytes(data, tmp_path, fields=frozenset({"CommandLine"}))
    assert len(rows) == 2 * COUNT + 1
    assert [problem.count for problem in account.problems.values()] == [1]


def _grown(sample: Path, chunks: int) -> bytes:
    """A larger EVTX of one file's first chunk again and again."""
    data = sample.read_bytes()
    header = bytearray(data[:4096])
    struct.pack_into("<H", header, 42, chunks)
    return bytes(header) + data[4096 : 4096 + 65536] * chunks


@pytest.fixture(scope="module")
def evtx() -> Path:
    found = sorted(DATASETS.rglob("*.evtx"), key=lambda path: (-path.stat().st_size, path.name))
    return next(path for path in found if len(rows_of(path)[0]) > 20)


@needs_datasets
class TestEvtx:
    """EVTX, grown of a recorded one."""

    def test_fast_and_slow_give_equal_rows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evtx: Path) -> None:
        monkeypatch.setattr(fast, "MIN_SIZE", 1 << 40)
        slow, slow_account = read_bytes(_grown(evtx, 20), tmp_path)
        monkeypatch.setattr(fast, "MIN_SIZE", 1000)
        quick, account = read_bytes(_grown(evtx, 20), tmp_path)
        assert account.format == slow_account.format == "evtx"
        assert account.events == slow_account.events

        def key(row: dict[str, object]) -> list[tuple[str, str]]:
            return sorted((name.lower(), str(value)) for name, value in row.items() if name != "position")

        assert sorted(map(key, quick)) == sorted(map(key, slow))

    @pytest.mark.parametrize("least", [1000, 1 << 40], ids=["fast", "slow"])
    def test_cut_file_gives_its_whole_chunks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evtx: Path, least: int
    ) -> None:
        monkeypatch.setattr(fast, "MIN_SIZE", least)
        whole, _ = read_bytes(_grown(evtx, 10), tmp_path)
        rows, account = read_bytes(_grown(evtx, 10)[: 4096 + 65536 * 8 + 300], tmp_path)
        assert len(rows) >= len(whole) * 8 // 10
        assert "torn: 10 chunks are announced, 8.0 are there" in reasons(account)

    def test_flipped_bytes_raise_nothing_and_leave_the_other_chunks(self, tmp_path: Path, evtx: Path) -> None:
        chance = random.Random(3)  # noqa: S311
        good = _grown(evtx, 8)
        whole = len(read_bytes(good, tmp_path)[0])
        for _ in range(15):
            data = bytearray(good)
            for _ in range(30):
                data[4096 + 65536 * 3 + chance.randrange(65536)] = chance.randrange(256)
            rows, _ = read_bytes(bytes(data), tmp_path)
            assert len(rows) >= whole * 7 // 8
        for _ in range(15):
            hurt = _hurt(good, chance)
            account = Account()
            (tmp_path / "log").write_bytes(hurt)
            list(read([str(tmp_path / "log")], account=account))
            assert account.files[0].total or account.files[0].problems
