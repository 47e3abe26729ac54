from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewatch.cli_versions import versions
from stagewatch.findings import UsageError
from stagewatch.layout import LOCK, PACK
from stagewatch.pack import read_pack
from stagewatch.versions import Version, current, drift, dumped, read_lock

ROOT = Path(__file__).resolve().parents[1]

RULE = """\
title: A rule
name: base
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
level: low
"""

OTHER = RULE.replace("1111", "2222").replace("staged", "other").replace("name: base\n", "")

CORRELATION = """\
title: Many
id: 33333333-3333-4333-8333-333333333333
correlation:
    type: event_count
    rules: [base]
    group-by: [Computer]
    timespan: 5m
    condition: {gte: 5}
level: high
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / PACK).mkdir()
    write(tmp_path, base=RULE, correlation=CORRELATION)
    assert run(tmp_path, "--renew") == 0
    return tmp_path


def write(root: Path, **rules: str) -> None:
    for stem, text in rules.items():
        (root / PACK / f"{stem}.yml").write_text(text, encoding="utf-8")


def run(root: Path, *arguments: str) -> int:
    code = versions.main(list(arguments), standalone_mode=False, obj=root)
    assert isinstance(code, int)
    return code


def numbers(root: Path) -> dict[str, int]:
    return {one.stem: one.number for one in read_lock(root / LOCK).values()}


def test_every_rule_of_the_pack_has_the_version_of_its_meaning() -> None:
    """After a change of what a rule means: python convert.py versions --renew."""
    assert [str(finding) for finding in drift(read_pack((ROOT / PACK,)), read_lock(ROOT / LOCK))] == []


def test_the_packs_lock_is_as_a_renewal_writes_it() -> None:
    lock = read_lock(ROOT / LOCK)
    assert (ROOT / LOCK).read_bytes() == dumped(current(read_pack((ROOT / PACK,)), lock))


def test_a_new_rule_begins_with_1(root: Path) -> None:
    assert numbers(root) == {"base": 1, "correlation": 1}


def test_a_renewal_of_nothing_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (root / LOCK).read_bytes()
    capsys.readouterr()
    assert run(root, "--renew") == 0
    assert (root / LOCK).read_bytes() == before
    assert capsys.readouterr().out == "2 rules, 0 findings\n"


def test_a_changed_rule_with_its_old_version_is_found(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, correlation=CORRELATION.replace("gte: 5", "gte: 6"))
    assert run(root) == 1
    assert capsys.readouterr().err == (
        "sigma/correlation.yml:1: the rule has another meaning than version 1, which the lock gives it\n"
    )
    assert numbers(root) == {"base": 1, "correlation": 1}


def test_a_changed_base_rule_raises_its_correlations_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, base=RULE.replace("staged", "changed"), other=OTHER)
    capsys.readouterr()
    assert run(root, "--renew") == 0
    assert numbers(root) == {"base": 2, "correlation": 2, "other": 1}
    assert capsys.readouterr().out.splitlines()[:3] == ["base: version 2", "correlation: version 2", "other: version 1"]


def test_a_changed_title_raises_nothing(root: Path) -> None:
    write(root, base=RULE.replace("A rule", "Another name"))
    assert run(root) == 0
    assert run(root, "--renew") == 0
    assert numbers(root) == {"base": 1, "correlation": 1}


def test_a_meaning_that_comes_back_is_a_version_of_its_own(root: Path) -> None:
    for text in (CORRELATION.replace("gte: 5", "gte: 6"), CORRELATION):
        write(root, correlation=text)
        assert run(root, "--renew") == 0
    assert numbers(root)["correlation"] == 3


def test_a_renamed_file_keeps_its_version(root: Path) -> None:
    write(root, correlation=CORRELATION.replace("gte: 5", "gte: 6"))
    run(root, "--renew")
    (root / PACK / "correlation.yml").rename(root / PACK / "many.yml")
    assert run(root, "--renew") == 0
    assert numbers(root) == {"base": 1, "many": 2}


def test_a_new_rule_and_one_that_is_gone_are_found(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / PACK / "correlation.yml").unlink()
    write(root, other=OTHER)
    assert run(root) == 1
    assert capsys.readouterr().err.splitlines() == [
        "sigma/other.yml:1: the rule has no version yet",
        "versions.json: there is no rule correlation any more",
    ]
    assert run(root, "--renew") == 0
    assert numbers(root) == {"base": 1, "other": 1}
    assert "correlation: removed" in capsys.readouterr().out


def test_a_rule_that_does_not_load_keeps_its_version(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, correlation="title: [\n")
    before = (root / LOCK).read_bytes()
    assert run(root, "--renew") == 1
    assert (root / LOCK).read_bytes() == before
    assert "sigma/correlation.yml" in capsys.readouterr().err


def test_a_repository_without_a_lock_keeps_no_versions(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / LOCK).unlink()
    capsys.readouterr()
    assert run(root) == 0
    assert capsys.readouterr().out == "no versions are kept: there is no versions.json; --renew begins one\n"


def test_a_lock_that_the_configuration_names_must_be_there(root: Path) -> None:
    (root / LOCK).unlink()
    (root / "stagewatch.toml").write_text('versions = "versions.json"\n')
    with pytest.raises(UsageError, match=r"there is no versions\.json; `versions` in stagewatch\.toml says where"):
        run(root)


def test_with_an_empty_lock_every_rule_lacks_its_version(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / LOCK).write_text("{}")
    assert run(root) == 1
    assert capsys.readouterr().err.count("the rule has no version yet") == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"version": 1}}', '{"a": {"version": "x"}}'])
def test_a_file_that_is_no_lock_is_refused(text: str, root: Path) -> None:
    (root / LOCK).write_text(text)
    with pytest.raises(UsageError, match="versions\\.json is no lock of versions"):
        run(root)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    lock = {"id of b": Version(3, "aa", "b"), "id of a": Version(1, "bb", "a")}
    (tmp_path / LOCK).write_bytes(dumped(lock))
    assert read_lock(tmp_path / LOCK) == lock
    assert list(json.loads(dumped(lock))) == ["id of a", "id of b"]
