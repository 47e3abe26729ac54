"""A folder with broken, huge, locked, encrypted and unknown files: the good ones' hits and an account of the rest."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from stagewatch.logs import FileAccount, State
from tests.hunt.hunting import DATASETS, hunted, needs_datasets, pack_plan

STAGED = {
    "SourceName": "Microsoft-Windows-Sysmon",
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "EventID": 1,
    "Hostname": "WS-01.corp.example",
    "UtcTime": "2026-01-31 08:00:00.000",
    "Image": "C:\\Tools\\7z.exe",
    "OriginalFileName": "7z.exe",
    "CommandLine": "7z a -pSecret C:\\Users\\Public\\x.7z C:\\Finance",
}
"""Synthetic: what a rule of level high finds."""

HIT = json.dumps(STAGED).encode() + b"\n"
MISS = json.dumps(STAGED | {"CommandLine": "7z l x.7z"}).encode() + b"\n"
RULE = "proc_creation_win_susp_archiver_password_staging_directory"


def zipped(name: str, data: bytes, *, encrypted: bool = False) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    if not encrypted:
        return packed.getvalue()
    raw = bytearray(packed.getvalue())  # Python writes no encrypted archives: the flag alone, in both headers
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All sorts of files; no name tells what is in it."""
    root = tmp_path / "evidence"
    (root / "deep" / "deeper").mkdir(parents=True)
    noise = random.Random(1074).randbytes(200_000)  # noqa: S311  the same bytes each time
    files = {
        "01-good": HIT + MISS,
        "02-empty": b"",
        "03-cut-json": HIT + HIT[:-20],
        "04-good-gzip": gzip.compress(MISS * 5000 + HIT),
        "05-cut-gzip": gzip.compress(HIT + b"".join(MISS[:-2] + b',"n":%d}\n' % n for n in range(50_000)))[:-2000],
        "06-noise": noise,
        "07-picture": b"\x89PNG\r\n\x1a\n" + noise,
        "08-good-zip": zipped("inner", HIT),
        "09-locked-zip": zipped("inner", HIT, encrypted=True),
        "10-encrypted": b"Salted__" + noise,
        "11-note": "Dear analyst,\nsee the other files.\n".encode("utf-16"),
        "12-bad-line-between": HIT + b"{not json}\n" + HIT,
        "13-long-line": json.dumps(STAGED | {"Description": "x" * 40_000_000}).encode() + b"\n",
        "14-utf-16": (HIT + MISS).decode().encode("utf-16"),
        "15-cut-parquet": b"PAR1" + noise,
        "16-evtx-header-only": b"ElfFile\0" + bytes(4088),
        "deep/deeper/17-good": HIT,
    }
    for name, data in files.items():
        (root / name).write_bytes(data)
    (root / "18-loop").symlink_to(root)
    (root / "19-nowhere").symlink_to(root / "not-there")
    return root


def test_the_good_ones_give_their_hits_and_the_others_their_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def locked(path: Path, *arguments: object, **named: object) -> object:
        if path.name == "17-good":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(Path, "open", locked)  # file modes do not stop root
    with hunted(pack_plan(), folder) as report:
        hits = [Path(hit.origin).name for hit in report.hits() if hit.rule == RULE]
        told = {Path(file.path).name: file for file in report.account.files}
        total = report.account.total
    assert hits == [
        "01-good", "03-cut-json", "04-good-gzip", "05-cut-gzip", "08-good-zip!inner", "12-bad-line-between",
        "12-bad-line-between", "13-long-line", "14-utf-16",
    ]  # fmt: skip
    assert {name: (str(file.state), file.total) for name, file in told.items() if name != "05-cut-gzip"} == {
        "01-good": ("read", 2),
        "02-empty": ("empty", 0),
        "03-cut-json": ("torn", 1),
        "04-good-gzip": ("read", 5001),
        "06-noise": ("unknown", 0),
        "07-picture": ("unknown", 0),
        "08-good-zip": ("read", 0),
        "08-good-zip!inner": ("read", 1),
        "09-locked-zip": ("read", 0),
        "09-locked-zip!inner": ("encrypted", 0),
        "10-encrypted": ("encrypted", 0),
        "11-note": ("unknown", 0),
        "12-bad-line-between": ("read", 2),
        "13-long-line": ("read", 1),
        "14-utf-16": ("read", 2),
        "15-cut-parquet": ("damaged", 0),
        "16-evtx-header-only": ("unknown", 0),
        "17-good": ("locked", 0),
        "18-loop": ("unknown", 0),
        "19-nowhere": ("locked", 0),
    }
    assert told["05-cut-gzip"].state is State.TORN
    assert 1 < told["05-cut-gzip"].total < 50_000
    assert total == sum(file.total for file in told.values())
    assert all(file.problems for file in told.values() if file.state is not State.READ)
    assert reasons(told["12-bad-line-between"])[0].endswith("first at line 2")
    assert reasons(told["17-good"]) == ["1 x cannot be read: Permission denied, first at the file"]


def reasons(file: FileAccount) -> list[str]:
    return [f"{problem.count} x {problem.reason}, first at {problem.first}" for problem in file.problems.values()]


@needs_datasets
def test_of_a_recorded_log_with_a_broken_chunk_the_others_are_asked(tmp_path: Path) -> None:
    whole = DATASETS / "evtx_attack_samples" / "Privilege Escalation" / "sysmon_11_1_15_WScriptBypassUAC.evtx"
    raw = bytearray(whole.read_bytes())
    cut = tmp_path / "cut.evtx"
    cut.write_bytes(bytes(raw[: len(raw) * 2 // 3]))
    with hunted(pack_plan(), whole) as report:
        every = {hit.matched["TargetFilename"] for hit in report.hits() if "TargetFilename" in hit.matched}
        events = report.account.total
    with hunted(pack_plan(), cut) as report:
        (file,) = report.account.files
        assert file.state in (State.TORN, State.DAMAGED)
        assert file.problems
        assert file.total <= events
        assert {hit.matched["TargetFilename"] for hit in report.hits() if "TargetFilename" in hit.matched} <= every
