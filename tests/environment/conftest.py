from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.environment import Environment, read_environment
from stagewatch.layout import read_layout
from tests.environment.site_pack import ROOT, Read


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The environment of a TOML text, beside the pack of the house."""

    def environment(text: str) -> Environment:
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return read_environment(path, read_layout(ROOT))

    return environment
