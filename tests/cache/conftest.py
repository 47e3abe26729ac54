from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.cache import tools

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
name: one
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
level: low
"""

OTHER = RULE.replace("1111", "2222").replace("name: one", "name: two").replace("staged", "other")

CORRELATION = """\
title: Many of them
id: 33333333-3333-4333-8333-333333333333
correlation:
    type: event_count
    rules: [one]
    group-by: [ComputerName]
    timespan: 5m
    condition: {gte: 10}
level: medium
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a cache and a configuration of his own. Returns the folder of the cache."""
    monkeypatch.setenv("STAGEWATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "config"))
    monkeypatch.delenv("STAGEWATCH_NO_CACHE")
    monkeypatch.setattr(tools, "foreign_modules", list)  # else the tests themselves keep anything from being kept
    monkeypatch.setattr(tools, "tools", lambda: "c" * 64)
    return tmp_path / "cache"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in {"one": RULE, "two": OTHER, "many": CORRELATION}.items():
        (folder / f"{name}.yml").write_text(text)
    return folder
