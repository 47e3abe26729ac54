from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from stagewatch import __version__
from stagewatch.cli_release import release
from stagewatch.findings import UsageError
from stagewatch.targets import TARGETS
from tests.release.checkout import ONE, checkout, rebuild

ROOT = Path(__file__).resolve().parents[2]
WHOLE = f"stagewatch-{__version__}"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("original"))


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "checkout"))


@pytest.fixture(scope="module")
def made(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "out"
    assert run(original, "--out", str(out)) == 0
    return out


def run(root: Path, *arguments: str, version: str = __version__) -> int:
    code = release.main(["--version", version, *arguments], standalone_mode=False, obj=root)
    assert isinstance(code, int)
    return code


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_release_has_an_archive_for_each_platform_and_one_for_all(made: Path) -> None:
    archives = {path.name for path in made.glob("*.zip")}
    assert archives == {f"{WHOLE}.zip", *(f"{WHOLE}-{target}.zip" for target in TARGETS)}
    others = {path.name for path in made.iterdir()} - archives
    assert others == {"SHA256SUMS", "manifest.json", "RELEASE_NOTES.md", f"{WHOLE}.cdx.json"}


def test_a_platforms_archive_holds_its_part_alone(made: Path, original: Path) -> None:
    files = unpacked(made / f"{WHOLE}-splunk.zip")
    dist = {path.relative_to(original).as_posix() for path in (original / "dist/splunk").rglob("*") if path.is_file()}
    pages = {"docs/import/splunk.md", "docs/targets/splunk.md", "LICENSE.Detection.Rules.md", "VERSION"}
    assert set(files) == {f"{WHOLE}-splunk/{path}" for path in dist | pages}
    assert files[f"{WHOLE}-splunk/VERSION"] == f"{__version__}\n".encode()
    query = "dist/splunk/queries/one.spl"
    assert files[f"{WHOLE}-splunk/{query}"] == (original / query).read_bytes()


def test_falcons_page_goes_with_logscale(made: Path) -> None:
    assert f"{WHOLE}-logscale/docs/import/falcon.md" in unpacked(made / f"{WHOLE}-logscale.zip")


def test_the_archive_for_all_holds_rules_lists_pipelines_and_guides(made: Path) -> None:
    files = unpacked(made / f"{WHOLE}.zip")
    paths = {
        "VERSION",
        "LICENSE",
        "dist/manifest.json",
        "dist/sumo/queries/one.cse",
        "sigma/one.yml",
        "lists/places.yml",
        "pipelines/splunk.yml",
        "docs/guides/one.md",
        "docs/import/sumo.md",
    }
    assert {f"{WHOLE}/{path}" for path in paths} <= set(files)


def test_what_an_editor_leaves_behind_is_not_released(root: Path, tmp_path: Path) -> None:
    (root / "lists" / ".places.yml.swp").write_text("x")
    assert run(root, "--out", str(tmp_path / "out")) == 0
    assert not [name for name in unpacked(tmp_path / "out" / f"{WHOLE}.zip") if name.endswith(".swp")]


def test_entries_are_sorted_plain_files_of_1980(made: Path) -> None:
    with zipfile.ZipFile(made / f"{WHOLE}.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {(entry.create_system, entry.compress_type) for entry in entries} == {(3, zipfile.ZIP_STORED)}


def test_sha256sum_accepts_the_checksums_of_every_file(made: Path) -> None:
    lines = (made / "SHA256SUMS").read_text().splitlines()
    assert {line[66:] for line in lines} == {path.name for path in made.iterdir()} - {"SHA256SUMS"}
    for line in lines:
        assert line[:66] == f"{hashlib.sha256((made / line[66:]).read_bytes()).hexdigest()}  "
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=made, check=True, capture_output=True)


def test_the_manifest_is_that_of_dist_with_the_release(made: Path, original: Path) -> None:
    built = json.loads((original / "dist/manifest.json").read_bytes())
    assert json.loads((made / "manifest.json").read_bytes()) == {**built, "release": __version__}


def test_the_bill_of_materials_is_cyclonedx_and_names_archives_and_packages(made: Path) -> None:
    text = (made / f"{WHOLE}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bom = json.loads(text)
    files = {one["name"]: one["hashes"][0]["content"] for one in bom["components"] if one["type"] == "file"}
    assert files == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made.glob("*.zip")}
    libraries = {one["name"] for one in bom["components"] if one["type"] == "library"}
    assert {"click", "pysigma", "pyyaml", "rich", "cyclonedx-python-lib", "jinja2"} <= libraries
    assert "pytest" not in libraries
    needs = {one["ref"].split("@")[0]: one.get("dependsOn", []) for one in bom["dependencies"]}
    assert [ref.split("@")[0] for ref in needs["pkg:pypi/jinja2"]] == ["pkg:pypi/markupsafe"]
    assert bom["metadata"]["timestamp"].startswith("1980-01-01T00:00:00")


ELSEWHERE = """\
import datetime, os, socket, sys, time
os.umask({umask})
time.time = lambda: {clock}
class Day(datetime.datetime):
    now = classmethod(lambda cls, tz=None: cls.fromtimestamp({clock}, tz))
    utcnow = classmethod(lambda cls: cls.utcfromtimestamp({clock}))
    today = now
datetime.datetime = Day
def offline(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        os.abort()
sys.addaudithook(offline)
from pathlib import Path
from stagewatch.cli_release import release
sys.exit(release.main(sys.argv[1:], standalone_mode=False, obj=Path({root!r})))
"""


def test_the_same_bytes_on_another_day_in_another_folder_and_country(original: Path, tmp_path: Path) -> None:
    """Two runs differ in everything that must not matter; neither may open a connection."""
    circumstances = [
        {"TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
        {"TZ": "America/Adak", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4242"},
    ]
    results = []
    for index, environment in enumerate(circumstances):
        folder = tmp_path / f"place {index}{'ü' * index}"
        root = folder / "checkout"
        shutil.copytree(original, root)
        for order, path in enumerate(sorted(root.rglob("*"), reverse=bool(index))):
            os.utime(path, (index * 10**8 + order,) * 2)
        code = ELSEWHERE.format(umask=(0o077, 0o000)[index], clock=(946_684_800, 4_000_000_000)[index], root=str(root))
        command = [sys.executable, "-c", code, "--version", __version__, "--out", str(folder / "out")]
        done = subprocess.run(
            command,
            cwd=(folder, "/")[index],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results.append({path.name: path.read_bytes() for path in (folder / "out").iterdir()})
    assert [name for name in results[0] if results[0][name] != results[1].get(name)] == []
    assert results[0].keys() == results[1].keys()


def _changed_query(root: Path) -> None:
    (root / "dist/splunk/queries/one.spl").write_text("index=*\n")


def _missing_object(root: Path) -> None:
    next((root / "dist/sumo/rules").rglob("*.json")).unlink()


def _extra_file(root: Path) -> None:
    (root / "dist/splunk/queries/mine.spl").write_text("index=*\n")


def _changed_manifest(root: Path) -> None:
    path = root / "dist/manifest.json"
    path.write_text(path.read_text().replace('"level": "low"', '"level": "high"'))


def _changed_rule(root: Path) -> None:
    (root / "sigma/one.yml").write_text(ONE.replace("staged", "changed"))


def _broken_rule(root: Path) -> None:
    (root / "sigma/one.yml").write_text("title: [\n")


def _other_package(root: Path) -> None:
    path = root / "requirements.lock"
    path.write_text("\n".join("semver==0.0.1" if "semver==" in line else line for line in path.read_text().split("\n")))


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        (_changed_query, "dist/splunk/queries/one.spl: it is not what a build gives"),
        (_missing_object, "a build gives this file, and it is missing"),
        (_extra_file, "dist/splunk/queries/mine.spl: no build gives this file"),
        (_changed_manifest, "dist/manifest.json: it is not what a build gives"),
        (_changed_rule, "the rule has another meaning than version 1"),
        (_broken_rule, "sigma/one.yml"),
        (_other_package, "semver 3"),
    ],
)
def test_a_checkout_that_is_not_what_it_says_is_not_released(
    harm: Callable[[Path], None], finding: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(root)
    assert run(root, "--out", str(tmp_path / "out")) == 1
    assert finding in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_build_of_another_version_is_not_released(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Objects carry Stagewatch's version: Splunk would take the app of another release for the same."""
    assert run(root, "--out", str(tmp_path / "out"), version="99.0.0") == 1
    assert f"Stagewatch is {__version__}" in capsys.readouterr().err
    assert run(root, "--out", str(tmp_path / "out"), version=f"{__version__}-rc.1") == 0


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "01.2.3", "1.2.3.4", "", "1.2.3-"])
def test_a_version_is_semantic(version: str, root: Path) -> None:
    with pytest.raises(UsageError, match="is like 1\\.2\\.3"):
        run(root, version=version)


@pytest.mark.parametrize("previous", [__version__, "99.0.0"])
def test_a_version_is_higher_than_the_one_before(previous: str, root: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"release": previous, "rules": [], "schema": 1}))
    with pytest.raises(UsageError, match="is not higher than the previous release"):
        run(root, "--previous", str(manifest))


@pytest.mark.parametrize("text", ["[]", "{}", "x", '{"rules": [{}]}', '{"rules": 1}', '{"rules": [], "release": "x"}'])
def test_a_previous_manifest_is_one(text: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(UsageError):
        run(root, "--previous", str(tmp_path / "m.json"))


@pytest.mark.parametrize("out", ["dist", "dist/splunk", "."])
def test_a_release_does_not_replace_what_it_is_made_of(out: str, root: Path) -> None:
    with pytest.raises(UsageError, match="will not replace"):
        run(root, "--out", str(root / out))
    assert (root / "dist/splunk/queries/one.spl").is_file()


@pytest.mark.parametrize("part", ["dist", "LICENSE", "pyproject.toml", "requirements.lock"])
def test_a_missing_part_is_one_clear_line(part: str, root: Path) -> None:
    path = root / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(UsageError, match=part.replace(".", "\\.")):
        run(root)


def test_the_notes_of_a_change_from_one_release_to_the_next(
    made: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before.json"
    before.write_text((made / "manifest.json").read_text().replace(f'"release": "{__version__}"', '"release": "0.0.1"'))
    (root / "sigma/one.yml").write_text(ONE.replace("staged", "changed").replace("level: low", "level: high"))
    (root / "sigma/two.yml").rename(root / "sigma/zwei.yml")
    rebuild(root)
    assert run(root, "--out", str(tmp_path / "out"), "--previous", str(before)) == 0
    notes = (tmp_path / "out/RELEASE_NOTES.md").read_text()
    assert notes.startswith(f"# Stagewatch {__version__}\n\nSince 0\\.0\\.1: 1 rule renamed, 1 rule changed")
    assert "- `two` is now `zwei`\n" in notes
    everywhere = ", ".join(sorted(TARGETS))
    imported = ", ".join(sorted(set(TARGETS) - {"duckdb"}))
    assert (
        "## Changed\n\n- **One \\<b\\>rule\\</b\\>** (`one`)\n  - version 1 → 2\n  - level low → high\n"
        f"  - query changed on {everywhere}\n  - object changed on {imported}\n"
    ) in notes


def test_the_first_release_lists_every_rule(made: Path) -> None:
    notes = (made / "RELEASE_NOTES.md").read_text()
    assert "The first release: 2 rules.\n\n## Added\n" in notes
    assert f"- **Another** (`two`), version 1, low: {', '.join(sorted(TARGETS))}\n" in notes


def test_an_earlier_release_in_the_folder_is_replaced_as_a_whole(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(root, "--out", str(out), version=f"{__version__}-rc.1") == 0
    assert run(root, "--out", str(out), "--previous", str(out / "manifest.json")) == 0
    assert not list(out.glob("*rc.1*"))


def test_archives_open_from_memory(made: Path) -> None:
    for path in made.glob("*.zip"):
        assert zipfile.ZipFile(io.BytesIO(path.read_bytes())).testzip() is None
