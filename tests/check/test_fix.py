"""What ``--fix`` mends, and that it leaves every other byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewatch.check.fix import fix
from stagewatch.check.run import read, run
from stagewatch.layout import CheckSettings, Exclusion, read_layout
from tests.check.samples import RULE, rule, text, write
from tests.check.samples_attack import tagged
from tests.check.samples_beside import LISTS, listed

FILE = f"sigma/{RULE}"


def mend(root: Path, content: str | bytes, settings: CheckSettings = CheckSettings()) -> tuple[bytes, list[str]]:  # noqa: B008
    """The file after ``--fix``, and what was told."""
    write({FILE: content}, root)
    told = fix(read(read_layout(root)), settings)
    return (root / FILE).read_bytes(), told


CASES = [
    pytest.param(text() + "\n\n", text(), "SW093", id="blank lines at the end"),
    pytest.param(text().rstrip("\n"), text(), "SW093", id="no line end at the end"),
    pytest.param(text().replace("\n", "\r\n"), text(), "SW092", id="line ends of Windows"),
    pytest.param("\ufeff" + text(), text(), "SW092", id="a byte order mark"),
    pytest.param(text() + "# said  \t\n", text() + "# said\n", "SW091", id="white space behind a comment"),
    pytest.param(
        text(description="|  \n    One \n    two\n").replace("|  ", "|") + "license: a \n",
        text(description="|\n    One \n    two\n") + "license: a\n",
        "SW091",
        id="white space outside of a value of several lines",
    ),
    pytest.param(
        text(date="2026/11/01 # the day").replace("level:", "level:   "),
        text(date="2026-11-01 # the day").replace("level:", "level:   "),
        "SW013",
        id="a date with slashes",
    ),
    pytest.param(text(modified="'2026/1/2'"), text(modified="2026-01-02"), "SW013", id="a date in quotes"),
    pytest.param(
        text(tags=tagged("attack.t1074", "attack.collection", "attack.t1074", "attack.t1074")),
        text(tags=tagged("attack.t1074", "attack.collection")),
        "SW106",
        id="a tag three times",
    ),
    pytest.param(
        text(references=tagged("https://a.example/#x", "https://a.example/#x")),
        text(references=tagged("https://a.example/#x")),
        "SW105",
        id="a reference twice",
    ),
]


@pytest.mark.parametrize(("before", "after", "code"), CASES)
def test_what_is_mechanical_is_mended_and_told(before: str, after: str, code: str, tmp_path: Path) -> None:
    content, told = mend(tmp_path, before)
    assert content.decode() == after
    assert [line.split(": ")[:2] for line in told] == [[f"mended {FILE}", code]]


@pytest.mark.parametrize(("before", "after", "code"), CASES)
def test_mending_twice_is_mending_once_and_leaves_no_such_finding(
    before: str, after: str, code: str, tmp_path: Path
) -> None:
    mend(tmp_path, before)
    checked = read(read_layout(tmp_path))
    assert fix(checked, CheckSettings()) == []
    assert run(checked, CheckSettings(select=(code,))).remarks == ()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(text(), id="nothing to mend"),
        pytest.param(text(description="|\n    One \n    two \n"), id="white space that a value holds"),
        pytest.param(text(description='"One \n      two"\n'), id="white space in a folded value"),
        pytest.param(text(tags="\n    - attack.t1074\n    - attack.t1074 # why"), id="a repeated tag with a comment"),
        pytest.param(text(tags="[attack.t1074, attack.t1074]"), id="a repeated tag in a list on one line"),
        pytest.param(text(date="2026/13/01"), id="a date that is none"),
        pytest.param(
            text(description=None) + "description: |\n    One\n    two", id="a value that a line end would change"
        ),
        pytest.param("title: [\n", id="no YAML"),
    ],
)
def test_what_is_not_sure_is_left_to_a_person(content: str, tmp_path: Path) -> None:
    assert mend(tmp_path, content) == (content.encode(), [])


def test_a_rule_is_renewed_from_its_list_and_nothing_else_changes(tmp_path: Path) -> None:
    drifted = str(listed("elsewhere")[FILE]) + "# a comment   # of ours\n"
    write({"lists/places.yml": LISTS}, tmp_path)
    content, told = mend(tmp_path, drifted)
    assert content.decode() == drifted.replace("elsewhere", "staging-directory")
    assert told == [f"mended {FILE}: SW421: values as the lists have them"]


def test_lists_that_cannot_be_read_renew_nothing(tmp_path: Path) -> None:
    drifted = str(listed("elsewhere")[FILE])
    write({"lists/places.yml": LISTS, "lists/z.yml": "- a\n"}, tmp_path)
    assert mend(tmp_path, drifted) == (drifted.encode(), [])


@pytest.mark.parametrize(
    "settings",
    [
        CheckSettings(ignore=("SW093",)),
        CheckSettings(select=("SW091",)),
        CheckSettings(exclude=(Exclusion("SW093", (FILE,), "so be it"),)),
    ],
    ids=["ignored", "not selected", "excluded"],
)
def test_what_is_switched_off_is_not_mended(settings: CheckSettings, tmp_path: Path) -> None:
    content = text().rstrip("\n")
    assert mend(tmp_path, content, settings) == (content.encode(), [])


def test_the_file_that_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    write({"elsewhere/a.txt": text().rstrip("\n"), **rule("b_other.yml", id=None)}, tmp_path)
    (tmp_path / "sigma/a_link.yml").symlink_to(tmp_path / "elsewhere/a.txt")
    assert fix(read(read_layout(tmp_path)), CheckSettings()) == []
    assert (tmp_path / "sigma/a_link.yml").is_symlink()
