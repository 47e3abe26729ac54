"""Objects as a build makes them: for every rule on every platform that has objects, or a reason why there is none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from stagewatch import build
from stagewatch.cli import main
from stagewatch.objects.base import MODULES
from stagewatch.objects.deploy import Deployment
from stagewatch.pack import read_pack
from stagewatch.versions import Version
from tests.rules_pack.fixtures import REPOSITORY
from tests.support import target

MANIFEST = json.loads((REPOSITORY / "dist" / "manifest.json").read_bytes())

RULE = """\
title: Archive in Temp
id: 7d0a0f0e-9c1b-4b7e-8f57-3f1d3b8c2a10
status: experimental
description: An archive appeared in Temp.
tags: [attack.collection, attack.t1074.001]
logsource: {category: file_event, product: windows}
detection: {selection: {TargetFilename|endswith: '.zip'}, condition: selection}
level: low
"""


@pytest.mark.parametrize("name", MODULES)
def test_every_rule_with_a_query_has_an_object_or_a_reason(name: str) -> None:
    for rule in MANIFEST["rules"]:
        entry = rule["targets"][name]
        expressed = entry["status"] in ("ok", "degraded")
        assert bool(entry.get("objects")) + bool(entry.get("without_object")) >= expressed, rule["stem"]
        assert expressed or "objects" not in entry


def test_every_object_in_dist_is_the_one_that_the_manifest_tells() -> None:
    told = {
        path: digest
        for rule in MANIFEST["rules"]
        for entry in rule["targets"].values()
        for path, digest in {**entry["files"], **entry.get("objects", {})}.items()
    }
    found = {
        path.relative_to(REPOSITORY / "dist").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (REPOSITORY / "dist").rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == told


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yml").write_text(RULE)
    other = RULE.replace("7d0a", "8d0a").replace("in Temp", "anywhere").replace(".zip", ".rar")
    (tmp_path / "rules" / "two.yml").write_text(other)
    return tmp_path / "rules"


def manifest_of(out: Path) -> dict[str, dict[str, dict[str, object]]]:
    return {rule["stem"]: rule["targets"] for rule in json.loads((out / "manifest.json").read_bytes())["rules"]}


def test_an_object_carries_the_version_that_the_lock_gives(rules: Path) -> None:
    lock = {"7d0a0f0e-9c1b-4b7e-8f57-3f1d3b8c2a10": Version(7, "x", "one")}
    result = build.build(read_pack([rules]), [target("sentinel")], deployment=Deployment(lock))
    (path,) = [path for path in result.files if path.endswith("/one.yaml")]
    assert b"version: 7.0.0" in result.files[path] or b"version: '7.0.0'" in result.files[path]
    assert {rule["stem"]: rule.get("version") for rule in result.manifest["rules"]} == {"one": 7, "two": None}


def test_a_rule_without_id_has_a_query_and_a_reason_instead_of_an_object(rules: Path) -> None:
    text = (rules / "one.yml").read_text()
    (rules / "one.yml").write_text("\n".join(line for line in text.splitlines() if not line.startswith("id:")) + "\n")
    result = build.build(read_pack([rules]), [target("splunk")], deployment=Deployment())
    assert set(result.without_object) == {("one", "splunk")}
    assert "splunk/queries/one.spl" in result.files
    assert any("no object: a rule without id" in str(finding) for finding in result.limits())


def test_an_unknown_technique_is_told_and_not_a_reason_to_refuse(rules: Path) -> None:
    (rules / "one.yml").write_text(RULE.replace("attack.t1074.001", "attack.t9999"))
    result = build.build(read_pack([rules]), [target("sentinel")], deployment=Deployment())
    assert result.without_object == {}
    (path,) = [path for path in result.files if path.endswith("/one.yaml")]
    assert b"T9999 is left out" in result.files[path]


def test_queries_alone_can_be_asked_for(rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--rules", str(rules), "--out", str(out), "--queries-only"], root=tmp_path) == 0
    assert {path.parent.name for path in out.rglob("*") if path.is_file()} == {"queries", "out"}


def test_a_build_of_one_target_keeps_the_objects_of_others_while_no_rule_has_changed(
    rules: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    whole = ["--rules", str(rules), "--out", str(out)]
    main(whole, root=tmp_path)
    app = out / "splunk" / "stagewatch.spl"
    before = app.read_bytes()
    main([*whole, "--target", "elastic"], root=tmp_path)
    assert app.read_bytes() == before
    (rules / "one.yml").write_text(RULE.replace(".zip", ".7z"))
    main([*whole, "--target", "elastic"], root=tmp_path)
    assert not app.exists()  # it would hold the search of the rule as it was
    assert "objects" not in manifest_of(out)["two"]["splunk"]
    assert (out / "splunk" / "queries" / "two.spl").exists()
    assert not (out / "splunk" / "queries" / "one.spl").exists()
