"""Reading the lists: what is wrong with one is told and leaves the others unharmed."""

from pathlib import Path

import pytest

from stagewatch.findings import Finding, UsageError
from stagewatch.lists.model import Lists, read_lists

GOOD = """\
places:
  description: Where data is staged
  attack: StagingDirectoryList
  forms:
    path: {keys: [TargetFilename|contains, ObjectName|contains]}
    argument: {regex: behind a drive letter}
  entries:
    - path: [':\\A\\', ':\\B\\']
      argument: 'a|b'
      reason: A group staged there
    - argument: 'c'
      reason: Another one did
"""


def lists_of(folder: Path, text: str) -> tuple[Lists, list[str]]:
    (folder / "a.yml").write_text(text)
    findings: list[Finding] = []
    return read_lists(folder, findings), [str(finding).partition(":")[2] for finding in findings]


def test_a_form_holds_the_entries_that_have_it_in_order(tmp_path: Path) -> None:
    lists, findings = lists_of(tmp_path, GOOD)
    assert findings == []
    path, argument = lists.named["places"].forms
    assert (path.name, path.values, path.is_regex) == ("path", (":\\A\\", ":\\B\\"), False)
    assert path.keys == {"TargetFilename|contains", "ObjectName|contains"}
    assert (argument.name, argument.values, argument.is_regex) == ("argument", ("a|b", "c"), True)
    assert lists.named["places"].attack == "StagingDirectoryList"


def test_thresholds_stand_beside_the_lists(tmp_path: Path) -> None:
    text = "thresholds:\n  correlation_x:\n    timespan: 10m\n    gte: 3\n    reason: The data says so\n"
    lists, findings = lists_of(tmp_path, GOOD + text)
    assert findings == []
    assert (lists.thresholds["correlation_x"].timespan, lists.thresholds["correlation_x"].condition) == (
        "10m",
        {"gte": 3},
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("      reason: Another one did\n", ""), "it lacks 'reason'"),
        (("reason: Another one did", "reason: ''"), "entry 2 gives no reason"),
        (("argument: 'c'", "argumen: 'c'"), "entry 2 has the form argumen, which the list does not declare"),
        (("argument: 'c'", "argument: '('"), "missing )"),
        (("argument: 'c'", "argument: 7"), "7 is no text"),
        (("argument: 'c'", "argument: 'a|b'"), "the form argument holds a value twice"),
        (("regex: behind a drive letter", "rexeg: x"), "the form argument must say keys or regex"),
        (("  attack:", "  attak:"), "the key attak is not known"),
        (("StagingDirectoryList", "FolderList"), "FolderList is no mutable element of ATT&CK's analytics"),
        (("places:", "Places:"), "a name has small letters"),
        (("places:", "staging__places:"), "a name has small letters"),
        (("  description: Where data is staged\n", ""), "it lacks 'description'"),
    ],
)
def test_what_is_wrong_with_a_list_is_told(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    other = "others:\n  description: Fine\n  forms: {path: {keys: [Image]}}\n  entries: [{path: x, reason: because}]\n"
    lists, findings = lists_of(tmp_path, GOOD.replace(*change) + other)
    assert list(lists.named) == ["others"]
    assert len(findings) == 1
    assert message in findings[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thresholds: {c: {timespan: 10m, gte: 3}}\n", "it lacks 'reason'"),
        ("thresholds: {c: {timespan: 10m, gte: many, reason: none given}}\n", "invalid literal for int"),
        ("thresholds: {c: {timespan: 10m, at_least: 3, reason: none given}}\n", "the key at_least is not known"),
        (
            "thresholds: {c: {timespan: 1m, attack: [TimeWindow, Span], reason: none given}}\n",
            "Span is no mutable element",
        ),
        ("- a\n", "not a file of lists"),
        ("a: [\n", "not valid YAML"),
        ("a: 7\n", "the list a cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    _, findings = lists_of(tmp_path, text)
    assert len(findings) == 1
    assert message in findings[0]


def test_a_list_in_two_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(GOOD)
    lists, findings = lists_of(tmp_path, GOOD)
    assert "places is listed twice" in findings[0]
    assert list(lists.named) == ["places"]


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of lists"):
        read_lists(tmp_path / "none", [])
