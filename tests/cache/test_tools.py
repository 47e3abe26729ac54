from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from stagewatch.cache import tools


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "stagewatch"
    (folder / "data").mkdir(parents=True)
    (folder / "code.py").write_text("x = 1")
    (folder / "data" / "schema.json").write_text("{}")
    monkeypatch.setattr(tools, "PACKAGE", folder)
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site-packages"
    (folder / "pysigma-1.5.1.dist-info").mkdir(parents=True)
    (folder / "pysigma-1.5.1.dist-info" / "RECORD").write_text("sigma/rule.py,sha256=1,1")
    monkeypatch.setattr(sys, "path", [str(folder)])
    return folder


@pytest.mark.parametrize("name", ["code.py", "data/schema.json", "new.py"])
def test_code_and_data_of_the_package_count(package: Path, name: str) -> None:
    before = tools.tools()
    (package / name).write_text("other")
    assert tools.tools() != before


def test_what_python_compiles_does_not_count(package: Path) -> None:
    before = tools.tools()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "code.cpython-311.pyc").write_bytes(b"x")
    assert tools.tools() == before


def test_the_version_of_a_package_counts(installed: Path) -> None:
    before = tools.tools()
    (installed / "pysigma-1.5.1.dist-info").rename(installed / "pysigma-1.5.2.dist-info")
    assert tools.tools() != before


def test_a_package_of_the_same_version_with_other_files_counts(installed: Path) -> None:
    before = tools.tools()
    (installed / "pysigma-1.5.1.dist-info" / "RECORD").write_text("sigma/rule.py,sha256=2,1")
    assert tools.tools() != before


def test_a_package_that_is_installed_now_counts(installed: Path) -> None:
    before = tools.tools()
    (installed / "duckdb-2.0.0.dist-info").mkdir()
    assert tools.tools() != before


@pytest.mark.parametrize("attribute", ["version", "platform"])
def test_python_counts(attribute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tools.tools()
    monkeypatch.setattr(sys, attribute, "other")
    assert tools.tools() != before


def test_a_variable_that_engines_read_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tools.tools()
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    assert tools.tools() != before


def test_nothing_else_of_a_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tools.tools()
    monkeypatch.setenv("COLUMNS", "40")
    assert tools.tools() == before


def test_code_from_elsewhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("edited")
    module.__file__ = str(tmp_path / "edited.py")
    monkeypatch.setitem(sys.modules, "edited", module)
    found = tools.foreign_modules()
    assert "edited" in found
    assert not [name for name in found if name.startswith(("stagewatch", "sigma", "yaml", "json", "click"))]


def test_each_target_has_its_pipeline() -> None:
    assert {"splunk", "duckdb"} <= tools.pipelines().parts.keys()
    assert len(tools.pipelines().parts["splunk"]) == 1
