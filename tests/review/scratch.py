"""A rule repository that is not laid out as ours, with a history of pull requests: what the reviews are tried on.

The rules and events are written for this test. Commits have fixed names and times, so that their hashes are the same
on every machine.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

CONFIGURATION = """\
rules = ["detections/windows"]
fixtures = "qa"
dist = "queries"
targets = ["sentinel", "splunk", "elastic"]

[[check.exclude]]
code = "SW128"
rules = ["file_event_win_*"]
reason = "These words are agreed with our analysts"
"""

RULE = """\
title: {title}
id: {id}
status: test
description: {description}
references:
    - https://example.org/research/{page}
author: Example Detection Team
date: 2026-03-02
tags:
    - attack.{tactic}
    - attack.{technique}
logsource:
    category: {category}
    product: windows
detection:
{detection}
falsepositives:
    - {false_positives}
level: {level}
regression_tests_path: qa/{stem}/info.yml
"""

RULES = {
    "proc_creation_win_rundll32_temporary_folder": {
        "title": "Rundll32 Loading From Temporary Folder",
        "id": "2f0a4a52-60c4-4f0e-9d2e-6b6f1b2d3a01",
        "description": "Detects rundll32 that loads a library from a folder to which every user may write.",
        "page": "T1218/011",
        "tactic": "stealth",
        "technique": "t1218.011",
        "category": "process_creation",
        "false_positives": "Installers that unpack themselves",
        "level": "medium",
        "detection": r"""
    selection_image:
        Image|endswith: '\rundll32.exe'
    selection_folder:
        CommandLine|contains:
            - '\AppData\Local\Temp\'
            - '\Windows\Temp\'
    condition: all of selection_*""",
    },
    "proc_creation_win_schtasks_user_folder": {
        "title": "Scheduled Task With Program in User Folder",
        "id": "2f0a4a52-60c4-4f0e-9d2e-6b6f1b2d3a02",
        "description": "Detects a scheduled task being made whose program lies in a folder of a user.",
        "page": "T1053/005",
        "tactic": "persistence",
        "technique": "t1053.005",
        "category": "process_creation",
        "false_positives": "Programs that users install for themselves",
        "level": "high",
        "detection": r"""
    selection_create:
        Image|endswith: '\schtasks.exe'
        CommandLine|contains: ' /create '
    selection_folder:
        CommandLine|contains:
            - '\AppData\Roaming\'
            - '\Users\Public\'
    condition: all of selection_*""",
    },
    "proc_creation_win_net_domain_admins": {
        "title": "Domain Administrators Listed by Net",
        "id": "2f0a4a52-60c4-4f0e-9d2e-6b6f1b2d3a03",
        "description": "Detects net or net1 listing the members of the group of domain administrators.",
        "page": "T1069/002",
        "tactic": "discovery",
        "technique": "t1069.002",
        "category": "process_creation",
        "false_positives": "Administrators at work",
        "level": "low",
        "detection": r"""
    selection_image:
        Image|endswith:
            - '\net.exe'
            - '\net1.exe'
    selection_group:
        CommandLine|contains|all:
            - ' group '
            - 'domain admins'
    condition: all of selection_*""",
    },
    "proc_creation_win_bitsadmin_transfer": {
        "title": "File Transfer by Bitsadmin",
        "id": "2f0a4a52-60c4-4f0e-9d2e-6b6f1b2d3a04",
        "description": "Detects bitsadmin fetching or sending a file over HTTP.",
        "page": "T1197",
        "tactic": "persistence",
        "technique": "t1197",
        "category": "process_creation",
        "false_positives": "Old scripts of software distribution",
        "level": "medium",
        "detection": r"""
    selection:
        Image|endswith: '\bitsadmin.exe'
        CommandLine|contains|all:
            - ' /transfer '
            - 'http'
    condition: selection""",
    },
    "file_event_win_startup_folder_script": {
        "title": "Script Written to Startup Folder",
        "id": "2f0a4a52-60c4-4f0e-9d2e-6b6f1b2d3a05",
        "description": "Detects a script being written to the folder whose files run when a user logs on.",
        "page": "T1547/001",
        "tactic": "persistence",
        "technique": "t1547.001",
        "category": "file_event",
        "false_positives": "Logon scripts of administrators",
        "level": "high",
        "detection": r"""
    selection:
        TargetFilename|contains: '\Start Menu\Programs\Startup\'
        TargetFilename|endswith:
            - '.bat'
            - '.js'
            - '.vbs'
    condition: selection""",
    },
}

INFO = """\
id: {id}
description: Synthetic events.
date: 2026-03-02
author: Example Detection Team
rule_metadata:
    - id: {rule}
      title: {title}
regression_tests_info:
    - name: What must be hit
      type: json
      provider: Microsoft-Windows-Sysmon
      match_count: {count}
      path: qa/{stem}/hit.json
    - name: What must not be hit
      type: json
      provider: Microsoft-Windows-Sysmon
      match_count: 0
      path: qa/{stem}/miss.json
"""

SYSTEM32 = "C:\\Windows\\System32\\"
STARTUP = "C:\\Users\\amy\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"

HITS: dict[str, list[tuple[str, ...]]] = {
    "proc_creation_win_rundll32_temporary_folder": [
        ("dropped library", f"{SYSTEM32}rundll32.exe", "rundll32.exe C:\\Users\\amy\\AppData\\Local\\Temp\\a.dll,Run"),
    ],
    "proc_creation_win_schtasks_user_folder": [
        (
            "task of a dropper",
            f"{SYSTEM32}schtasks.exe",
            "schtasks /create /tn Update /tr C:\\Users\\Public\\update.exe /sc onlogon",
        ),
    ],
    "proc_creation_win_net_domain_admins": [
        ("asked by net", f"{SYSTEM32}net.exe", 'net group "Domain Admins" /domain'),
        ("asked by net1", f"{SYSTEM32}net1.exe", 'net1 group "domain admins" /domain'),
    ],
    "proc_creation_win_bitsadmin_transfer": [
        (
            "fetches a program",
            f"{SYSTEM32}bitsadmin.exe",
            "bitsadmin /transfer job https://example.org/a.exe C:\\Windows\\Temp\\a.exe",
        ),
    ],
    "file_event_win_startup_folder_script": [
        ("script of a dropper", f"{SYSTEM32}wscript.exe", f"{STARTUP}run.vbs"),
    ],
}

MISSES: dict[str, list[tuple[str, ...]]] = {
    "proc_creation_win_rundll32_temporary_folder": [
        ("library of Windows", f"{SYSTEM32}rundll32.exe", "rundll32.exe shell32.dll,Control_RunDLL"),
    ],
    "proc_creation_win_schtasks_user_folder": [
        ("tasks are listed", f"{SYSTEM32}schtasks.exe", "schtasks /query /tn \\Users\\Public\\x"),
    ],
    "proc_creation_win_net_domain_admins": [
        ("another group", f"{SYSTEM32}net.exe", 'net group "Domain Users" /domain'),
    ],
    "proc_creation_win_bitsadmin_transfer": [
        ("jobs are listed", f"{SYSTEM32}bitsadmin.exe", "bitsadmin /list /allusers"),
    ],
    "file_event_win_startup_folder_script": [
        ("settings of the folder", f"{SYSTEM32}explorer.exe", f"{STARTUP}desktop.ini"),
    ],
}


def event(stem: str, number: int, label: str, image: str, told: str) -> dict[str, object]:
    """A record of Sysmon: a process that starts, or a file that is made."""
    made = stem.startswith("file_event")
    data = {
        "RuleName": label,
        "UtcTime": f"2026-03-02 09:00:{number:02}.000",
        "ProcessId": 4000 + number,
        "Image": image,
        "User": "EXAMPLE\\amy",
    }
    if made:
        data |= {"TargetFilename": told, "CreationUtcTime": data["UtcTime"]}
    else:
        data |= {
            "CommandLine": told,
            "CurrentDirectory": "C:\\Users\\amy\\",
            "OriginalFileName": image.rpartition("\\")[2],
            "ParentImage": f"{SYSTEM32}cmd.exe",
            "ParentCommandLine": "cmd.exe",
        }
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 11 if made else 1,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-02T09:00:{number:02}.000000Z"}},
        "EventRecordID": 1000 + number,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WS-01.example.org",
    }
    return {"Event": {"System": system, "EventData": data}}


def write_rule(root: Path, stem: str, **changed: str) -> Path:
    """A rule file, with some parts otherwise."""
    path = root / "detections" / "windows" / f"{stem}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {**RULES[stem], **changed}
    parts["detection"] = parts["detection"].strip("\n")
    path.write_text(RULE.format(stem=stem, **parts), encoding="utf-8")
    return path


def write_fixture(root: Path, stem: str, hits: list[tuple[str, ...]], misses: list[tuple[str, ...]]) -> None:
    """A rule's events, in the form of SigmaHQ's regression tests."""
    folder = root / "qa" / stem
    folder.mkdir(parents=True, exist_ok=True)
    rule = RULES[stem]
    info = INFO.format(
        id=rule["id"].replace("3a", "4b"), rule=rule["id"], title=rule["title"], stem=stem, count=len(hits)
    )
    (folder / "info.yml").write_text(info, encoding="utf-8")
    for name, events in (("hit", hits), ("miss", misses)):
        records = [event(stem, number, *one) for number, one in enumerate(events, start=20 * (name == "miss"))]
        text = "".join(json.dumps(record, indent=2) + "\n" for record in records)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> str:
    """Run git as somebody who has no settings of their own."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()}
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", **who}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "core.autocrlf=false", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


_WHO = {"NAME": "Amy Example", "EMAIL": "amy@example.org", "DATE": "2026-03-02T10:00:00Z"}


def repository(root: Path) -> Path:
    """The repository: five rules with fixtures on ``main``, and a branch for each pull request."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "stagewatch.toml").write_text(CONFIGURATION, encoding="utf-8")
    for stem in RULES:
        write_rule(root, stem)
        write_fixture(root, stem, HITS[stem], MISSES[stem])
    git(root, "init", "--quiet")
    commit(root, "Rules")
    for name, change in CHANGES.items():
        git(root, "switch", "--quiet", "--create", name, "main")
        change(root)
        commit(root, name)
    git(root, "switch", "--quiet", "main")
    return root


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def _honest(root: Path) -> None:
    """One more folder, with an event that shows why."""
    stem = "proc_creation_win_rundll32_temporary_folder"
    folder = "            - '\\Windows\\Temp\\'"
    wider = RULES[stem]["detection"].replace(folder, f"            - '\\Users\\Public\\'\n{folder}")
    write_rule(root, stem, detection=wider)
    more = ("shared folder", f"{SYSTEM32}rundll32.exe", "rundll32.exe C:\\Users\\Public\\Music\\b.dll,Start")
    write_fixture(root, stem, [*HITS[stem], more], MISSES[stem])


def _harmful(root: Path) -> None:
    """A filter against noise that swallows the attack: droppers ask the command interpreter too."""
    stem = "proc_creation_win_schtasks_user_folder"
    narrowed = RULES[stem]["detection"].replace(
        "    condition: all of selection_*",
        "    filter_main_interpreter:\n        ParentImage|endswith: '\\cmd.exe'\n"
        "    condition: all of selection_* and not 1 of filter_main_*",
    )
    write_rule(root, stem, detection=narrowed)


def _cosmetic(root: Path) -> None:
    """Another order, other quotes and a comment."""
    stem = "proc_creation_win_net_domain_admins"
    path = root / "detections" / "windows" / f"{stem}.yml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "            - '\\net.exe'\n            - '\\net1.exe'", "            - \\net1.exe\n            - \\net.exe"
    )
    path.write_text(text.replace("detection:\n", "# both names of the tool\ndetection:\n"), encoding="utf-8")


CHANGES = {"honest": _honest, "harmful": _harmful, "cosmetic": _cosmetic}
