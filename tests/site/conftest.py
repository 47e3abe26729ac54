"""Sites for the tests: one of a small repository with hostile text in it, and once that of the pack."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stagewatch.cli import main
from stagewatch.findings import Finding
from stagewatch.layout import read_layout
from stagewatch.site.collect import collect
from stagewatch.site.engine import read_engine
from stagewatch.site.generate import generate
from stagewatch.site.model import Model

ROOT = Path(__file__).resolve().parents[2]

HOSTILE = " ".join([
    "</code></pre><script>alert(1)</script> {{ config }} {% x %} ![i](http://evil.example/i.png) [l](javascript:x)",
    '``` === "Tab" <img src=http://evil.example/x onerror=alert(1)> @@0@@ &lt;b&gt; **b** `c`',
])  # fmt: skip

RULE = """\
title: Copy to staging directory
id: 11111111-1111-4111-8111-111111111111
name: copy_to_staging
status: test
description: |
    Detects a copy of files to a staging directory.
    ATT&CK detection strategy and analytic: DET0261 (AN0724).
author: Somebody
date: 2026-01-02
references: ['https://example.com/a', 'javascript:alert(1)']
tags: [attack.collection, attack.t1074, attack.t1074.001]
logsource: {category: process_creation, product: windows}
detection:
    selection_tool: {Image|endswith: '\\robocopy.exe'}
    selection_place: {CommandLine|contains: '\\Temp\\'}
    filter_main_backup: {ParentImage|endswith: '\\backup.exe'}
    condition: all of selection_* and not 1 of filter_main_*
falsepositives: ['Backups & scripts']
level: high
"""

ODD = f"""\
title: {json.dumps("Odd " + HOSTILE)}
id: 22222222-2222-4222-8222-222222222222
description: {json.dumps(HOSTILE)}
author: {json.dumps(HOSTILE)}
references: [{json.dumps("https://example.com/" + HOSTILE)}]
tags: [attack.t1074]
logsource: {{category: process_creation, product: windows}}
detection:
    selection: {{CommandLine|contains: {json.dumps(HOSTILE)}}}
    condition: selection
falsepositives: [{json.dumps(HOSTILE)}]
level: medium
"""

JOINED = """\
title: Many copies
id: 33333333-3333-4333-8333-333333333333
tags: [attack.t1074.001]
correlation:
    type: event_count
    rules: [copy_to_staging]
    group-by: [Computer]
    timespan: 5m
    condition: {gte: 2}
level: critical
"""

FILTER = """\
title: No backups
id: 44444444-4444-4444-8444-444444444444
description: Leaves out backups.
logsource: {category: process_creation, product: windows}
filter:
    rules: [11111111-1111-4111-8111-111111111111]
    selection: {User: backup}
    condition: not selection
"""

GUIDE = f"""\
# Copy to staging directory

`copy` · level high

## Goal
Find copies. See `odd` and [the targets](../targets/splunk.md), [gone](../gone.md).

{HOSTILE}

## False positives
- Backups

### Tuning
- Leave out `odd` hosts

## Response

### First five questions
1. What?

### Hunting
```yaml
title: Wide
```
"""


def event(
    command: str, *, image: str = "C:\\Windows\\robocopy.exe", parent: str = "C:\\a.exe", second: int = 0
) -> object:
    """A process start as Sysmon tells it."""
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 1,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "HOST-1",
                "TimeCreated": {"#attributes": {"SystemTime": f"2026-01-01T00:00:{second:02}Z"}},
            },
            "EventData": {"Image": image, "CommandLine": command, "ParentImage": parent, "User": "CORP\\jdoe"},
        }
    }


def fixture(folder: Path, identifier: str, hits: dict[str, object], misses: dict[str, object], **keys: object) -> None:
    """The fixture of a rule; events by their labels."""
    folder.mkdir(parents=True)
    tests = []
    for name, events in (("hits", hits), ("misses", misses)):
        (folder / f"{name}.json").write_text(json.dumps(list(events.values())))
        count = (1 if keys else len(hits)) if name == "hits" else 0
        test = {"name": name, "type": "json", "path": f"{name}.json", "match_count": count, "labels": list(events)}
        tests.append({**test, **(keys if name == "hits" else {})})
    told = {"rule_metadata": [{"id": identifier}], "regression_tests_info": tests}
    (folder / "info.yml").write_text(json.dumps(told))


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two rules, a correlation and a filter, built for two targets and DuckDB."""
    root = tmp_path_factory.mktemp("repository")
    for name, text in (
        ("sigma/rules/copy.yml", RULE),
        ("sigma/rules/odd.yml", ODD),
        ("sigma/correlation/many.yml", JOINED),
        ("sigma/filters/nobackup.yml", FILTER),
        ("docs/guides/copy.md", GUIDE),
        ("docs/targets/splunk.md", "# Splunk\n"),
        ("docs/targets/sub.txt", "no document"),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    staged = event("robocopy D:\\x C:\\Windows\\Temp\\y")
    fixture(
        root / "tests/rules/copy",
        "11111111-1111-4111-8111-111111111111",
        {"to Temp": staged, "renamed": event("robocopy a C:\\Temp\\b")},
        {"elsewhere": event("robocopy D:\\x E:\\y"), "another tool": event("a", image="C:\\b.exe"),
         "by the backup": event("robocopy D:\\x C:\\Temp\\y", parent="C:\\backup.exe")},
    )  # fmt: skip
    fixture(
        root / "tests/rules/odd",
        "22222222-2222-4222-8222-222222222222",
        {HOSTILE: event(f"x {HOSTILE} y")},
        {f"no {HOSTILE}": event("plain")},
    )
    fixture(
        root / "tests/rules/many",
        "33333333-3333-4333-8333-333333333333",
        {"first": staged, "second": event("robocopy D:\\x C:\\Temp\\z", second=30)},
        {"one": staged},
        groups=[["HOST-1"]],
    )
    arguments = [part for name in ("splunk", "defender", "duckdb") for part in ("--target", name)]
    assert main(["build", *arguments], root) == 0
    return root


@pytest.fixture(scope="session")
def model(repository: Path) -> Model:
    findings: list[Finding] = []
    found = collect(read_layout(repository), findings)
    assert findings == []
    return found


@pytest.fixture(scope="session")
def site(model: Model) -> dict[str, bytes]:
    """The files of the small repository's site."""
    return generate(model)


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A copy of the small repository to change."""
    return Path(shutil.copytree(repository, tmp_path / "copied"))


@pytest.fixture(scope="session")
def pack_model() -> Model:
    findings: list[Finding] = []
    found = collect(read_layout(ROOT), findings, read_engine(None))
    assert findings == []
    return found


@pytest.fixture(scope="session")
def pack_site(pack_model: Model) -> dict[str, bytes]:
    """The files of the pack's site, made once."""
    return generate(pack_model)
