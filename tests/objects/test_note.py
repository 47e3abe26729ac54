from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stagewatch.objects.note import clean, note, remarks
from tests.objects.samples import described, hostile_text, sample


def test_a_note_tells_all_that_the_description_has() -> None:
    rule = replace(sample("sumo", "proc"), degraded=("the field\nX is left out",))
    assert note(rule, "Mind the gap") == (
        "Detects an archiver that is given a password, in C:\\Temp\\.\n"
        '# A second line with `code`, "quotes", [brackets] and a trailing backslash \\\n\n'
        "Sigma rule 6f0a6a7e-3f0b-4a0e-9b3e-0a1f6d2b7c11, version 3, level high, "
        "log source windows/process_creation\n\n"
        "### Limits of this object\n\n"
        "- Sees less than the rule says: the field X is left out\n- Mind the gap\n\n"
        '### False positives\n\n- Backups: "nightly", 50% of hosts\n- Administrators\n\n'
        "### ATT&CK\n\n"
        "- T1074.001 Local Data Staging: https://attack.mitre.org/techniques/T1074/001/\n"
        "- T1560.001 Archive via Utility: https://attack.mitre.org/techniques/T1560/001/\n\n"
        "### References\n\n"
        "- https://attack.mitre.org/techniques/T1560/001/\n- https://example.org/a?b=c&d={{e}}#f\n\n"
        "### First five questions\n\n1. Which host? `Computer`\n\n"
        "### Confirms\n\n- An upload follows\n\n### Clears\n\n- The account is the backup's\n\n"
        "### Steps\n\n1. Secure the archive."
    )


def test_a_rule_that_says_little_has_a_short_note() -> None:
    rule = described(sample("secops", "file"), false_positives=(), references=(), techniques=(), guide=None, text="X")
    assert note(replace(rule, degraded=())) == (
        "X\n\nSigma rule 0b1c9a52-7b7a-4d0c-8a53-5b6f3a1c2d44, version 3, level informational, "
        "log source windows/file_event"
    )


def test_what_the_target_warns_of_is_told() -> None:
    assert any("overlapping windows" in remark for remark in remarks(sample("secops", "correlation")))


@given(hostile_text)
def test_clean_text_is_printable_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert all(line.isprintable() and line == line.rstrip() for line in cleaned.split("\n"))
    assert clean(cleaned) == cleaned


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_printable_text_is_not_changed(text: str) -> None:
    assert clean(text) == text
