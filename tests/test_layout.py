"""The repository's own rules about where things are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "stagewatch").rglob("*.py"))


def test_the_pack_is_yaml_only() -> None:
    files = [path for path in (ROOT / "sigma").rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix != ".yml"] == []
    assert files


def test_pysigma_is_found_from_the_repository_root() -> None:
    for module in ("sigma.collection", "sigma.filters", "sigma.correlations", "sigma.processing.pipeline"):
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module} as m; print(m.__file__)"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert not done.stdout.startswith(str(ROOT / "sigma"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_fits_in_the_head(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 400


@pytest.mark.parametrize("name", ["defender", "elastic"])
def test_one_target_does_not_pay_for_the_others(name: str) -> None:
    code = f"from stagewatch.targets import load_target; load_target({name!r}); import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    others = {"splunk", "qradar", "sumo", "secops", "logscale"} - {name}
    assert not {f"stagewatch.targets.{other}" for other in others} & set(loaded.split())
    assert not [module for module in loaded.split() if module.startswith(("sigma.backends", "rich"))]


def test_no_work_at_import() -> None:
    code = "import stagewatch.cli, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [module for module in loaded.split() if module.split(".")[0] in ("sigma", "rich", "yaml")]
