"""The three reports of docs/review/: an honest change, a harmful one and a cosmetic one, to rules of our own pack.

``python -m tests.diff.examples`` writes them; a test holds them equal to what ``diff`` gives.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewatch.cli import main
from tests.diff.scratch import REPOSITORY, Scratch

FOLDER = REPOSITORY / "docs" / "review"

STEM = "proc_creation_win_susp_archiver_password"
RULE = f"sigma/process_creation/{STEM}.yml"
FIXTURE = f"tests/rules/{STEM}"
OTHERS = (
    "proc_creation_win_susp_archiver_password_staging_directory",
    "proc_creation_win_susp_archiver_staging_directory",
    "proc_creation_win_robocopy_xcopy_staging_directory",
    "file_event_win_split_archive_volume",
    "correlation_win_split_archive_volumes",
)


def honest(scratch: Scratch) -> None:
    """NanaZip, a fork of 7-Zip, joins the archivers, with events of its own."""
    scratch.replace(
        RULE, "              - '\\7zz.exe'\n", "              - '\\7zz.exe'\n              - '\\NanaZipC.exe'\n"
    )
    scratch.replace(RULE, "              - '7zr.exe'\n", "              - '7zr.exe'\n              - 'NanaZipC.exe'\n")
    scratch.replace(
        RULE, "    Detects 7-Zip, RAR or WinZip creating", "    Detects 7-Zip, NanaZip, RAR or WinZip creating"
    )
    events = list(_events(scratch.path(f"{FIXTURE}/match.json")))
    new = [
        _like(events[0], "NanaZip", Image="C:\\Program Files\\WindowsApps\\NanaZip\\NanaZipC.exe",
              OriginalFileName="NanaZipC.exe", CommandLine="NanaZipC.exe a -pS3cret D:\\o.7z D:\\x"),
        _like(events[0], "NanaZip, renamed with version information", Image="C:\\Users\\Public\\n.exe",
              OriginalFileName="NanaZipC.exe", CommandLine="n.exe a -pblue o.dat D:\\x"),
    ]  # fmt: skip
    _write(scratch.path(f"{FIXTURE}/match.json"), [*events, *new])
    count = len(events)
    scratch.replace(f"{FIXTURE}/info.yml", f"match_count: {count}\n", f"match_count: {count + 2}\n")
    others = list(_events(scratch.path(f"{FIXTURE}/no_match.json")))
    unpacks = _like(events[0], "NanaZip unpacks", Image="C:\\Program Files\\WindowsApps\\NanaZip\\NanaZipC.exe",
                    OriginalFileName="NanaZipC.exe", CommandLine="NanaZipC.exe x -pS3cret D:\\o.7z")  # fmt: skip
    _write(scratch.path(f"{FIXTURE}/no_match.json"), [*others, unpacks])
    assert main(["--root", str(scratch.root), "versions", "--renew"]) == 0


def harmful(scratch: Scratch) -> None:
    """A filter "for backup scripts" leaves out whatever a shell starts."""
    scratch.replace(
        RULE,
        "    condition: all of selection_add_* or",
        "    filter_optional_backup_scripts:\n"
        "        ParentImage|endswith:\n"
        "            - '\\cmd.exe'\n"
        "            - '\\powershell.exe'\n"
        "    condition: (all of selection_add_* and not 1 of filter_optional_*) or",
    )
    scratch.replace(RULE, "modified: 2026-11-22", "modified: 2026-11-23")
    assert main(["--root", str(scratch.root), "versions", "--renew"]) == 0


def cosmetic(scratch: Scratch) -> None:
    """Values in another order, a detection with a better name, other quotes, a comment, a date."""
    scratch.replace(
        RULE,
        "              - '\\7z.exe'\n              - '\\7za.exe'\n",
        "              - '\\7za.exe'\n              - '\\7z.exe'\n",
    )
    scratch.replace(
        RULE,
        "    selection_winzip_tools:",
        "    # WinZip, with its own window and on the command line\n    selection_winzip_img:",
    )
    scratch.replace(RULE, "'Command line RAR'", '"Command line RAR"')
    scratch.replace(RULE, "modified: 2026-11-22", "modified: 2026-11-23")


EXAMPLES: Mapping[str, Callable[[Scratch], None]] = {"honest": honest, "harmful": harmful, "cosmetic": cosmetic}


def prepared(folder: Path, name: str) -> Scratch:
    """A repository whose branch makes the change of an example."""
    scratch = Scratch(folder)
    scratch.take([STEM, *OTHERS])
    scratch.commit("Rules")
    scratch.branch(name)
    EXAMPLES[name](scratch)
    scratch.commit(name)
    return scratch


def report(folder: Path, name: str, form: str = "markdown") -> str:
    """What ``diff`` says of an example."""
    scratch = prepared(folder, name)
    out = folder.with_suffix(".report")
    main(["--root", str(scratch.root), "diff", "--format", form, "--output", str(out)])
    return out.read_text(encoding="utf-8")


def _events(path: Path) -> Iterator[dict[str, Any]]:
    decoder, text, place = json.JSONDecoder(), path.read_text(encoding="utf-8").strip(), 0
    while place < len(text):
        found, place = decoder.raw_decode(text, place)
        yield from found if isinstance(found, list) else [found]
        while place < len(text) and text[place].isspace():
            place += 1


def _like(event: dict[str, Any], name: str, **fields: str) -> dict[str, Any]:
    made = copy.deepcopy(event)
    made["Event"]["EventData"] |= {"RuleName": name, **fields}
    return made


def _write(path: Path, events: list[dict[str, Any]]) -> None:
    path.write_text("\n".join(json.dumps(event, indent=2) for event in events) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or EXAMPLES:
        with tempfile.TemporaryDirectory() as scratch_folder:
            (FOLDER / f"{name}.md").write_text(
                report(Path(scratch_folder) / "rules", name), encoding="utf-8", newline="\n"
            )
