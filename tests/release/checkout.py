"""A small checkout for the tests: two rules, built, with everything that a release is made of."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from stagewatch.cli import main
from stagewatch.cli_versions import versions

ROOT = Path(__file__).resolve().parents[2]

ONE = """\
title: One <b>rule</b>
id: 11111111-1111-4111-8111-111111111111
status: test
description: Finds one.
author: A. Uthor
date: 2026-01-01
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
tags: [attack.collection, attack.t1074.001]
level: low
"""

TWO = ONE.replace("1111", "2222").replace("staged", "other").replace("One <b>rule</b>", "Another")

PYPROJECT = """\
[project]
dependencies = ["click", "pysigma", "PyYAML", "rich"]
[project.optional-dependencies]
release = ["cyclonedx-python-lib", "packaging", "semver"]
"""

PAGES = ("defender", "elastic", "falcon", "logscale", "qradar", "secops", "sentinel", "splunk", "sumo")


def checkout(folder: Path) -> Path:
    """A checkout in ``folder``, with ``dist/`` and ``versions.json`` as they have to be."""
    files = {
        "sigma/one.yml": ONE,
        "sigma/two.yml": TWO,
        "lists/places.yml": "{}\n",
        "pipelines/splunk.yml": "name: x\n",
        "docs/guides/one.md": "# One\n",
        "docs/targets/splunk.md": "# Splunk\n",
        "LICENSE": "MIT\n",
        "LICENSE.Detection.Rules.md": "DRL 1.1\n",
        "pyproject.toml": PYPROJECT,
        "requirements.lock": locked(),
        **{f"docs/import/{page}.md": f"# {page}\n" for page in PAGES},
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    rebuild(folder)
    return folder


def locked() -> str:
    """A lock of what is installed here."""
    lines = {f"{one.name}=={one.version} \\\n    --hash=sha256:{'0' * 64}\n" for one in metadata.distributions()}
    return "".join(sorted(lines))


def rebuild(root: Path) -> None:
    """Renew ``versions.json``, then ``dist/``."""
    assert versions.main(["--renew"], standalone_mode=False, obj=root) == 0
    assert main(["build"], root=root) == 0
