from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.release.packages import Package, direct, disagreements, packages

PROJECT = '[project]\ndependencies = ["Jinja2>=3"]\n[project.optional-dependencies]\nrelease = ["semver"]\n'


def test_packages_and_what_they_need(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    found = packages(tmp_path)
    assert list(found) == ["jinja2", "markupsafe", "semver"]
    assert found["jinja2"].needs == ("markupsafe",)
    assert direct(tmp_path) == ("jinja2", "semver")


def test_what_another_system_needs_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT.replace("semver", "semver; sys_platform == 'plan9'"))
    assert direct(tmp_path) == ("jinja2",)


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT.replace("semver", "no-such-package"))
    with pytest.raises(UsageError, match="no-such-package is not installed; install the extra 'release'"):
        packages(tmp_path)


@pytest.mark.parametrize("text", ["x", "[project]\ndependencies = []\n"])
def test_a_project_that_says_nothing_of_a_release(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match="pyproject\\.toml does not say"):
        packages(tmp_path)


def test_packages_are_those_of_the_lock(tmp_path: Path) -> None:
    """The lines are as uv writes them: a marker for each version, hashes below."""
    (tmp_path / "requirements.lock").write_text(
        "a==1 \\\n    --hash=sha256:00\n"
        "b==1 ; sys_platform == 'plan9' \\\n    --hash=sha256:00\n"
        "b==2 ; sys_platform != 'plan9' \\\n    --hash=sha256:00\n"
        "c.d==3\n"
    )
    found = {name: Package(name, version, ()) for name, version in {"a": "1", "b": "2", "c-d": "4", "e": "5"}.items()}
    assert [finding.message for finding in disagreements(tmp_path, found)] == [
        "c-d 4 is at work; the lock has 3",
        "e 5 is at work; the lock has none",
    ]
