"""A git repository of rules that lives as long as a test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]

IDENTITY = {
    "GIT_AUTHOR_NAME": "Stagewatch",
    "GIT_AUTHOR_EMAIL": "stagewatch@example.com",
    "GIT_COMMITTER_NAME": "Stagewatch",
    "GIT_COMMITTER_EMAIL": "stagewatch@example.com",
    "GIT_AUTHOR_DATE": "2026-11-22T09:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-22T09:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""Fixed, so that a commit has the same hash on every machine."""


class Scratch:
    """A repository with a default branch ``main``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "core.autocrlf", "false")

    def git(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        answer = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**environment, **IDENTITY},
            check=True,
            capture_output=True,
            text=True,
        )
        return answer.stdout.strip()

    def commit(self, message: str = "A change") -> str:
        """Commit all that is there; the hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("checkout", "--quiet", "-b", name)

    def path(self, name: str) -> Path:
        return self.root / name

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text that stands in a file once."""
        path = self.path(name)
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    def take(self, stems: Iterable[str]) -> None:
        """Copy rules of our own pack with their fixtures and versions."""
        lock = json.loads((REPOSITORY / "versions.json").read_bytes())
        kept = {}
        for stem in stems:
            (rule,) = (REPOSITORY / "sigma").rglob(f"{stem}.yml")
            self.write(rule.relative_to(REPOSITORY).as_posix(), rule.read_bytes())
            shutil.copytree(REPOSITORY / "tests" / "rules" / stem, self.path(f"tests/rules/{stem}"))
            kept |= {identifier: {**one, "version": 1} for identifier, one in lock.items() if one["stem"] == stem}
        self.write("versions.json", json.dumps(kept, indent=2) + "\n")


RULE = """\
title: {title}
id: {identifier}
status: test
level: {level}
tags:
    - attack.collection
    - attack.t1074
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith:
            - '\\robocopy.exe'
            - '\\xcopy.exe'
        CommandLine|contains: 'Temp'
    condition: selection
"""

ID = "11111111-1111-4111-8111-111111111111"
STEM = "proc_creation_win_copy"
PATH = f"sigma/{STEM}.yml"
FIXTURE = f"tests/rules/{STEM}"


def rule(title: str = "Copy to Temp", identifier: str = ID, level: str = "medium") -> str:
    return RULE.format(title=title, identifier=identifier, level=level)


def event(name: str, image: str, command: str, record: int = 1, **fields: str) -> dict[str, Any]:
    """A process start of Sysmon."""
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 1,
                "TimeCreated": {"#attributes": {"SystemTime": f"2026-11-21T09:00:{record:02d}.000000Z"}},
                "EventRecordID": record,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "WS-1.corp.example",
            },
            "EventData": {"RuleName": name, "Image": image, "CommandLine": command, "User": "CORP\\jdoe", **fields},
        }
    }


ROBOCOPY = event("robocopy to Temp", "C:\\Windows\\System32\\Robocopy.exe", "robocopy C:\\x C:\\Temp\\y", 1)
XCOPY = event("xcopy to Temp", "C:\\Windows\\System32\\xcopy.exe", "xcopy C:\\x C:\\Temp\\y", 2)
ELSEWHERE = event("robocopy to D:", "C:\\Windows\\System32\\Robocopy.exe", "robocopy C:\\x D:\\y", 3)
RICHCOPY = event("RichCopy to Temp", "C:\\Tools\\RichCopy.exe", "richcopy C:\\x C:\\Temp\\y", 4)


def fixture(
    scratch: Scratch,
    matching: list[dict[str, Any]],
    others: list[dict[str, Any]],
    identifier: str = ID,
    stem: str = STEM,
    counts: tuple[int, int] | None = None,
) -> None:
    """Write a rule's fixture with a case of events that match and one of others."""
    folder = f"tests/rules/{stem}"
    expected, none = counts or (len(matching), 0)
    info = {
        "rule_metadata": [{"id": identifier}],
        "regression_tests_info": [
            {"name": "Attacks", "type": "json", "match_count": expected, "path": f"{folder}/match.json"},
            {"name": "Near misses", "type": "json", "match_count": none, "path": f"{folder}/no_match.json"},
        ],
    }
    scratch.write(f"{folder}/info.yml", yaml.safe_dump(info, sort_keys=False))
    scratch.write(f"{folder}/match.json", "\n".join(json.dumps(one) for one in matching))
    scratch.write(f"{folder}/no_match.json", "\n".join(json.dumps(one) for one in others))


def edited(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    path.write_text(json.dumps(change(json.loads(path.read_text())), indent=2) + "\n")
