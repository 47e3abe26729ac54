"""``--env`` on the command line, and what the manifest tells of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewatch.cli import main
from stagewatch.versions import read_lock
from tests.environment.site_pack import FILE, PROCESS, ROOT

RULES = [
    argument for stem in (FILE, PROCESS) for argument in ("--rules", str(next((ROOT / "sigma").rglob(f"{stem}.yml"))))
]

WITHOUT_ISO = "name = 'Own'\n[lists.archive_extensions.remove]\npath = ['.iso']\n"


def run(*arguments: str | Path) -> int:
    return main([str(one) for one in arguments], ROOT)


def manifest(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return data


def entry(folder: Path, stem: str) -> dict[str, Any]:
    found: dict[str, Any] = next(rule for rule in manifest(folder)["rules"] if rule["stem"] == stem)
    return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(WITHOUT_ISO)
    return path


def test_the_manifest_names_the_environment_and_only_where_there_is_one(site: Path, tmp_path: Path) -> None:
    assert run("build", *RULES, "--target", "splunk", "--out", tmp_path / "with", "--env", site) == 0
    assert run("build", *RULES, "--target", "splunk", "--out", tmp_path / "without") == 0
    told = manifest(tmp_path / "with")["environment"]
    assert told["name"] == "Own"
    assert len(told["sha256"]) == 64
    assert "environment" not in manifest(tmp_path / "without")


def test_the_hash_of_an_environment_covers_its_own_filters(site: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    site.write_text("filters = ['own.yml']")
    hashes = set()
    for value in ("a", "b"):
        own.write_text(
            "title: Own\nlogsource: {category: process_creation, product: windows}\n"
            f"filter:\n    rules: any\n    selection: {{CommandLine|contains: own-{value}}}\n"
            "    condition: not selection\n"
        )
        run("build", *RULES, "--target", "splunk", "--out", tmp_path / "out", "--env", site)
        hashes.add(manifest(tmp_path / "out")["environment"]["sha256"])
    assert len(hashes) == 2


def test_output_of_another_site_does_not_stay(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", *RULES, "--target", "splunk", "--out", out)
    run("build", *RULES, "--target", "qradar", "--out", out)
    assert (out / "splunk").is_dir()
    run("build", *RULES, "--target", "qradar", "--out", out, "--env", site)
    assert not (out / "splunk").exists()
    assert entry(out, PROCESS)["targets"].keys() == {"qradar"}


def test_a_rule_with_the_sites_values_does_not_claim_the_meaning_of_its_version(site: Path, tmp_path: Path) -> None:
    assert run("build", "--target", "logscale", "--out", tmp_path / "out", "--env", site) == 0
    lock = read_lock(ROOT / "versions.json")
    changed, kept = entry(tmp_path / "out", FILE), entry(tmp_path / "out", "posh_ps_copy_unc_path")
    assert changed["departed"] is True
    assert "meaning" not in changed
    assert changed["version"] == lock[changed["id"]].number
    assert "departed" not in kept
    assert kept["meaning"] == lock[kept["id"]].meaning


def test_prove_tells_which_events_a_site_no_longer_sees(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prove", *RULES, "--target", "duckdb") == 0
    assert run("prove", *RULES, "--target", "duckdb", "--env", site) == 1
    assert f"{FILE}.yml:1: [duckdb] failed:" in (told := capsys.readouterr().err)
    assert "missed: extension .iso" in told
    assert PROCESS not in told


def test_a_proof_leaves_the_sites_own_columns_out(site: Path) -> None:
    site.write_text("[targets.splunk.fields]\nTargetFilename = 'own_path'")
    assert run("prove", *RULES, "--target", "splunk", "--env", site) == 0


def test_proofs_of_a_sites_rules_are_not_recorded(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("prove", *RULES, "--target", "duckdb", "--env", site, "--record") == 2
    assert "--record" in capsys.readouterr().err


def test_a_filter_that_cannot_be_read_is_told_with_its_place(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yml").write_bytes(b"\0")
    site.write_text("filters = ['own.yml']")
    assert run("build", *RULES, "--out", tmp_path / "out", "--env", site) == 2
    assert "site.toml:1: filters: 'own.yml': not a text file" in capsys.readouterr().err
