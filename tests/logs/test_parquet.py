"""The event table as Parquet, written and read in place, and Parquet of others."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from stagewatch.logs import Account, Batch, fast, read, write_parquet
from tests.logs.reading import fields, flat, kind, lines, read_bytes, reasons, rows_of, sysmon
from tests.logs.test_auditd import EVENT
from tests.logs.test_defender import NAMED, PROCESS
from tests.logs.test_shapes import CLOUDTRAIL, CLOUDTRAIL_ROW, WINLOGBEAT, WINLOGBEAT_ROW


def _logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(
        lines(sysmon(1, Image="a", image="b", Product="p"), sysmon(11, TargetFilename="f"))
    )
    (folder / "b.jsonl").write_bytes(lines(flat(1, IMAGE="c", Zeit="ä\x00z")))
    (folder / "c.log").write_text(EVENT)
    return folder


def _values(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name.lower(): value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("name", ["all.parquet", "parts"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    logs = _logs(tmp_path)
    rows, account = rows_of(logs)
    written = write_parquet(read([str(logs)]), tmp_path / name)
    assert all(path.is_file() for path in written)
    again, second = rows_of(tmp_path / name)
    assert _values(again) == _values(rows)
    assert second.kinds() == account.kinds()
    assert second.total == 4


def test_of_own_parquet_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    (path,) = write_parquet(read([str(_logs(tmp_path))]), tmp_path / "all.parquet")
    (some,) = list(read([str(path)], fields=frozenset({"image"})))
    assert {name.lower() for row in some.rows for name in fields(row)} == {"image", "image_2", "event_key"}
    (chosen,) = list(read([str(path)], wanted=lambda one: one.category == "file_event"))
    assert (chosen.count, [row["TargetFilename"] for row in chosen.rows]) == (1, ["f"])


def test_positions_are_unique_where_only_some_rows_of_a_file_are_wanted(tmp_path: Path) -> None:
    write_parquet(read([str(_logs(tmp_path))]), tmp_path / "one.parquet")
    paths = [str(tmp_path / "one.parquet"), str(tmp_path / "logs")]
    batches = list(read(paths, wanted=lambda one: one.product == "linux"))
    positions = [row["position"] for batch in batches for row in batch.rows]
    assert len(set(positions)) == len(positions) > 2


def test_positions_of_several_files_are_unique(tmp_path: Path) -> None:
    write_parquet(read([str(_logs(tmp_path))]), tmp_path / "one.parquet")
    write_parquet(read([str(tmp_path / "logs")]), tmp_path / "two.parquet")
    rows, _ = rows_of(tmp_path / "one.parquet", str(tmp_path / "two.parquet"), str(tmp_path / "logs"))
    assert len({row["position"] for row in rows}) == len(rows) == 24


def test_no_event_at_all_is_a_table_too(tmp_path: Path) -> None:
    write_parquet(iter(()), tmp_path / "none.parquet")
    rows, account = rows_of(tmp_path / "none.parquet")
    assert (rows, str(account.files[0].state)) == ([], "empty")


def test_parts_of_the_fast_way_and_of_the_slow_one_are_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "MIN_SIZE", 1000)
    (tmp_path / "a.jsonl").write_bytes(lines(*[flat(1, Image="a")] * 20, flat(1, UtcTime="odd")))
    parts = write_parquet(read([str(tmp_path / "a.jsonl")]), tmp_path / "parts")
    assert len(parts) == 2
    answer = duckdb.sql(
        f"SELECT count(*), count(event_time) FROM read_parquet('{tmp_path}/parts/*', union_by_name = true)"  # noqa: S608
    )
    assert answer.fetchall() == [(21, 21)]


def _foreign(tmp_path: Path, documents: bytes) -> Path:
    source = tmp_path / "source.jsonl"
    source.write_bytes(documents)
    target = tmp_path / "foreign.parquet"
    duckdb.sql(
        f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited')) TO '{target}' (FORMAT parquet)"  # noqa: S608
    )
    return target


@pytest.mark.parametrize("least", [1000, 1 << 40], ids=["fast", "slow"])
@pytest.mark.parametrize("wanted", [None, frozenset({"Image", "EventID", "Computer"})], ids=["all", "some"])
def test_flat_windows_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: frozenset[str] | None, least: int
) -> None:
    path = _foreign(tmp_path, lines(*[flat(1, Image="a", Other=1)] * 30, flat(11, TargetFilename="f")))
    monkeypatch.setattr(fast, "MIN_SIZE", least)
    rows, account = rows_of(path, fields=wanted)
    assert {str(one): count for one, count in account.kinds().items()} == {
        "windows/sysmon/process_creation": 30,
        "windows/sysmon/file_event": 1,
    }
    first = next(row for row in rows if row["EventID"] == "1")
    assert kind(first) == ("windows", "sysmon", "process_creation")
    assert (first["Image"], first["Computer"], "Other" in first) == ("a", "ws1.corp.example", wanted is None)
    assert str(first["event_time"]) == "2024-05-01 10:00:00.123000"


def test_defender_cloudtrail_and_winlogbeat_columns(tmp_path: Path) -> None:
    rows, _ = rows_of(_foreign(tmp_path, lines(PROCESS)))
    assert NAMED.items() <= fields(rows[0]).items()
    simple = {name: value for name, value in CLOUDTRAIL.items() if name not in ("requestParameters", "eventTime")}
    rows, _ = rows_of(_foreign(tmp_path, lines(simple)))
    assert fields(rows[0]).items() <= CLOUDTRAIL_ROW.items()
    rows, _ = rows_of(_foreign(tmp_path, lines(WINLOGBEAT)))
    assert fields(rows[0]) == WINLOGBEAT_ROW


def test_columns_of_no_known_source_are_said(tmp_path: Path) -> None:
    rows, account = rows_of(_foreign(tmp_path, lines({"a": 1}, {"a": 2})))
    assert (rows, str(account.files[0].state)) == ([], "unknown")
    assert [(one.reason, one.count, one.first) for one in account.files[0].problems.values()] == [
        ("JSON of no known shape", 2, "row 1")
    ]


def test_cut_parquet_is_damaged(tmp_path: Path) -> None:
    (path,) = write_parquet(read([str(_logs(tmp_path))]), tmp_path / "all.parquet")
    rows, account = read_bytes(path.read_bytes()[:-100], tmp_path, "cut.parquet")
    assert (rows, str(account.state)) == ([], "damaged")
    assert len(reasons(account)) == 1


def test_damage_found_while_reading_is_noted_and_the_rest_is_written(tmp_path: Path) -> None:
    (path,) = write_parquet(read([str(_logs(tmp_path))]), tmp_path / "all.parquet")
    data = bytearray(path.read_bytes())
    data[4:200] = bytes(196)  # pages, not the schema
    (tmp_path / "bad.parquet").write_bytes(data)
    account = Account()
    out = write_parquet(read([str(tmp_path / "bad.parquet"), str(path)], account=account), tmp_path / "out")
    assert [str(one.state) for one in account.files] == ["damaged", "read"]
    assert "damaged" in reasons(account.files[0])[0]
    assert len(out) == 1
    _rows, account = rows_of(tmp_path / "bad.parquet")
    assert str(account.files[0].state) == "damaged"


def test_a_file_that_goes_away_before_its_batch_is_read_is_noted(tmp_path: Path) -> None:
    (path,) = write_parquet(read([str(_logs(tmp_path))]), tmp_path / "all.parquet")
    account = Account()
    batches: list[Batch] = list(read([str(path)], account=account))
    path.unlink()
    assert list(batches[0].rows) == []
    assert str(account.files[0].state) == "damaged"
