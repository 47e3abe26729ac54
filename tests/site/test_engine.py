"""What the playground runs on: Pyodide as pinned, and the modules that the conversion imports."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.site import engine
from stagewatch.site.engine import ASSETS, modules, read_engine

PINNED = ("pyodide-lock.json", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "python_stdlib.zip")


@pytest.fixture
def pyodide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files called like Pyodide's, and a pin that fits them."""
    assets = tmp_path / "assets"
    folder = assets / "node_modules" / "pyodide"
    folder.mkdir(parents=True)
    for name in PINNED:
        content = json.dumps({"info": {"python": "3"}, "packages": {"x": 1}}) if name.endswith(".json") else name
        (folder / name).write_text(content)
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in PINNED}
    (assets / "pyodide.json").write_text(json.dumps({"version": "1.2.3", "files": digests}))
    for name in (*engine.SERVED, "NOTICES.txt"):
        (assets / name).write_bytes((ASSETS / name).read_bytes())
    monkeypatch.setattr(engine, "ASSETS", assets)
    monkeypatch.setattr(engine, "DEFAULT", folder)
    return folder


def test_pin_and_npm_name_one_version() -> None:
    pinned = json.loads((ASSETS / "pyodide.json").read_text())
    package = json.loads((ASSETS / "package.json").read_text())
    lock = json.loads((ASSETS / "package-lock.json").read_text())
    assert sorted(pinned["files"]) == sorted(PINNED)
    assert package["dependencies"] == {"pyodide": pinned["version"]}
    assert lock["packages"]["node_modules/pyodide"]["version"] == pinned["version"]


def test_the_engine_is_found_where_npm_puts_it(pyodide: Path) -> None:
    found = read_engine(None)
    assert (found.missing, found.version) == ("", "1.2.3")
    assert found.files["pyodide-1.2.3/pyodide.mjs"] == b"pyodide.mjs"
    assert "playground.js" in found.files
    assert found.files == read_engine(pyodide).files


def test_no_package_of_pyodide_is_offered(pyodide: Path) -> None:
    bundle = json.loads(read_engine(pyodide).files["modules.json"])
    assert bundle["lock"] == {"info": {"python": "3"}, "packages": {}}


def test_without_pyodide_the_reason_is_told(pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DEFAULT", tmp_path / "none")
    found = read_engine(None)
    assert not found.files
    assert "npm ci" in found.missing


def test_a_folder_that_was_named_must_hold_it(pyodide: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Pyodide in .*: pyodide-lock.json"):
        read_engine(tmp_path)


def test_another_pyodide_is_refused(pyodide: Path) -> None:
    (pyodide / "pyodide.mjs").write_text("something else")
    with pytest.raises(UsageError, match=r"pyodide.mjs is not that of Pyodide 1\.2\.3"):
        read_engine(pyodide)


def test_licences_are_told(pyodide: Path) -> None:
    told = read_engine(pyodide).files["NOTICES.txt"].decode()
    for words in (
        "Pyodide 1.2.3",
        "Mozilla Public License 2.0",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "PyYAML",
        "Jinja2",
    ):
        assert words in told


def test_modules_run_alone_without_compiled_ones(tmp_path: Path) -> None:
    """As in the browser: nothing else is installed, and PyYAML has no libyaml."""
    for path, text in modules().items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from stagewatch.playground import answer\n"
        "import yaml, markupsafe\n"
        "assert not yaml.__with_libyaml__\n"
        "rule = 'title: t\\nlogsource: {product: windows, category: process_creation}\\n'\n"
        "rule += 'detection: {s: {Image: x}, condition: s}'\n"
        'print(answer(rule, \'{"Image": "X"}\'))'
    )
    ran = subprocess.run([sys.executable, "-ISc", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    (rule,) = json.loads(ran.stdout)["rules"]
    assert rule["match"]["holds"] is True
    assert all(one["files"] for one in rule["targets"])


def test_modules_are_read_by_the_python_of_the_browser() -> None:
    """They are plain source for 3.11, which later versions read."""
    found = modules()
    assert "stagewatch/playground/answer.py" in found
    assert "stagewatch/pipelines/splunk.yml" in found
    assert not [path for path in found if path.startswith(("stagewatch/site/", "stagewatch/cli", "stagewatch/hunt/"))]
    for path, text in found.items():
        if path.startswith("stagewatch/") and path.endswith(".py"):
            ast.parse(text, feature_version=(3, 11))
