"""The search of the pack's own site: what people look for is found, in an index that loads at once."""

from __future__ import annotations

import json

import pytest

from stagewatch.site.searchindex import PATH

LARGEST = 1_000_000
"""Bytes of the index, which a browser loads when somebody begins to search."""


def pages_with(index: dict[str, object], word: str) -> set[str]:
    """The pages that the index has for a whole word."""
    words, found, pages = str(index["words"]).split(), str(index["found"]).split(), index["pages"]
    assert isinstance(pages, list)
    numbers, at = set(), 0
    for posting in found[words.index(word)].split(",") if word in words else ():
        at += int(posting.rstrip("th"))
        numbers.add(at)
    return {pages[number][0] for number in numbers}


@pytest.fixture(scope="module")
def index(pack_site: dict[str, bytes]) -> dict[str, object]:
    script = pack_site[PATH].decode()
    found: dict[str, object] = json.loads(script.partition("=")[2])
    return found


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("robocopy", "rules/proc_creation_win_robocopy_xcopy_unc_path.html"),  # commands
        ("wevtutil", "rules/proc_creation_win_wevtutil_export_staging_directory.html"),
        ("compress-archive", "rules/posh_ps_archive_staging_directory.html"),
        ("targetfilename", "rules/file_event_win_susp_archive_in_staging_directory.html"),  # fields
        ("accessmask", "rules/win_security_share_file_written.html"),
        ("toddycat", "techniques/T1074.002.html"),  # actors
        ("gallium", "techniques/T1074.001.html"),
        ("t1560.001", "rules/proc_creation_win_renamed_archiver.html"),  # techniques
        ("auditpol", "docs/telemetry.html"),  # documents
        ("filter_win_installers", "docs/filters.html"),
        ("5145", "rules/win_security_share_file_written.html"),
    ],
)
def test_what_people_look_for_is_found(index: dict[str, object], word: str, page: str) -> None:
    assert page in pages_with(index, word)


def test_a_word_that_is_nowhere_is_not_found(index: dict[str, object]) -> None:
    assert pages_with(index, "nowhereatall") == set()


def test_the_index_is_small(pack_site: dict[str, bytes]) -> None:
    assert len(pack_site[PATH]) < LARGEST
