"""The package that Splunk installs: its bytes, its reading, and what AppInspect says of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from stagewatch.objects import splunk
from stagewatch.objects.splunk_package import package
from tests.objects.pack import deployables
from tests.objects.splunk_reader import appinspect_command

FILES = {"app/default/app.conf": b"[ui]\n", "app/README.md": b"x" * 200_000}


def test_holds_the_files_and_their_folders() -> None:
    with tarfile.open(fileobj=io.BytesIO(package(FILES)), mode="r:gz") as archive:
        members = {member.name: member for member in archive.getmembers()}
        assert list(members) == ["app", "app/README.md", "app/default", "app/default/app.conf"]
        for name, content in FILES.items():
            extracted = archive.extractfile(name)
            assert extracted is not None
            assert extracted.read() == content


def test_has_no_owner_no_time_and_nothing_to_execute() -> None:
    with tarfile.open(fileobj=io.BytesIO(package(FILES)), mode="r:gz") as archive:
        for member in archive.getmembers():
            assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", 315_532_800)
            assert member.mode == (0o755 if member.isdir() else 0o644)


def test_is_gzip_of_the_format_with_checksum_and_length() -> None:
    data = package(FILES)
    assert data[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert len(gzip.decompress(data)) % 10_240 == 0


def test_bytes_are_known() -> None:
    expected = "42c8d0d477dd67c4f0443c9a84bb9dfacb0ebe69cbd6ff5c20ba4b92d28c7ee1"
    assert hashlib.sha256(package(FILES)).hexdigest() == expected


def test_order_of_the_files_changes_nothing() -> None:
    assert package(dict(reversed(FILES.items()))) == package(FILES)


def test_the_apps_package_holds_the_apps_folder() -> None:
    files = splunk.objects(deployables("splunk")).files
    with tarfile.open(fileobj=io.BytesIO(files["stagewatch.spl"]), mode="r:gz") as archive:
        packed = {member.name for member in archive.getmembers() if member.isfile()}
        assert packed == {path for path in files if path.startswith("stagewatch/")}
        for name in packed:
            extracted = archive.extractfile(name)
            assert extracted is not None
            assert extracted.read() == files[name]


@pytest.mark.parametrize("tags", [(), ("cloud", "private_app", "private_victoria")], ids=["all", "cloud"])
def test_appinspect_finds_nothing(tmp_path: Path, tags: tuple[str, ...]) -> None:
    """AppInspect ends with 0 whatever it finds, so its report is read."""
    command = appinspect_command()
    if command is None:
        pytest.skip("splunk-appinspect is not installed: set STAGEWATCH_APPINSPECT to its command")
    (tmp_path / "stagewatch.spl").write_bytes(splunk.objects(deployables("splunk")).files["stagewatch.spl"])
    included = [word for tag in tags for word in ("--included-tags", tag)]
    options = ["--skip-trusted-libraries-update", "--data-format", "json", "--output-file", "report.json"]
    run = subprocess.run(
        [command, "inspect", "stagewatch.spl", *options, *included],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    bad = [
        (check["name"], check["result"], [message["message"] for message in check["messages"]])
        for part in report["reports"]
        for group in part["groups"]
        for check in group["checks"]
        if check["result"] not in ("success", "not_applicable", "skipped")
    ]
    assert bad == []
    found = {name: count for name, count in report["summary"].items() if count}
    assert found.keys() == {"success", "not_applicable", "skipped"}
    assert found["success"] >= 80
    assert found["skipped"] == 1  # app.manifest, which is optional
