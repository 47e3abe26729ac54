from __future__ import annotations

import re
from pathlib import Path

import pytest

from stagewatch.findings import UsageError
from stagewatch.tomlsafe import MAX_BYTES, Node, dotted, line_of, read


def node(text: str, tmp_path: Path) -> Node:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return read(path)


TEXT = """\
# head
name = "x"

[a]
list = [
  "one", # [b]
  "two",
]
inline = {c = 1, "d/e" = 2}

[a.b]
f = 1
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("name",), 2),
        (("a",), 4),
        (("a", "list"), 5),
        (("a", "inline", "c"), 9),
        (("a", "inline", "d/e"), 9),
        (("a", "b"), 11),
        (("a", "b", "f"), 12),
        (("a", "b", "g"), None),
        ((), None),
    ],
)
def test_the_line_on_which_a_key_stands(keys: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, keys) == line


def test_no_line_is_looked_for_in_a_very_long_file() -> None:
    assert line_of("\n" * 2_000 + "a = 1\n", ("a",)) is None


def test_keys_that_are_no_bare_ones_are_quoted() -> None:
    assert dotted(("targets", "elastic", "windows/security")) == 'targets.elastic."windows/security"'


def test_an_error_tells_file_line_and_key(tmp_path: Path) -> None:
    wrong = node(TEXT, tmp_path).table()["a"].table()["inline"].table()["c"]
    with pytest.raises(UsageError, match=r"site\.toml:9: a\.inline\.c: must be a text in quotes, not a number"):
        wrong.string()


def test_an_unknown_key_is_told_with_what_may_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"site\.toml:1: filter: unknown key; did you mean filters\?"):
        node("filter = []", tmp_path).table(("filters", "rules"))


VALUES = {
    "string": ("1", "true", "[]", "{}", '""', '" a"', '"a\\nb"', "1979-05-27", "1.5"),
    "strings": ('"a"', "[]", "[1]", '["a", "a"]', '[""]', "{}"),
    "boolean": ("1", '"true"', "[]"),
    "seconds": ("300", '"5"', '"5min"', '"4m"', '"25h"', '"-5m"', '"1.5h"', "true"),
    "integer": ("0", "101", "1.0", '"5"', "true"),
    "choice": ('"c"', "1", '"A"'),
    "table": ("1", "[]", '"a"'),
}
ARGUMENTS: dict[str, tuple[object, ...]] = {"seconds": ("5m", "1d"), "integer": (1, 100), "choice": (("a", "b"), "x")}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in VALUES.items() for value in values])
def test_a_value_of_another_type_or_out_of_bounds_is_refused(kind: str, value: str, tmp_path: Path) -> None:
    entry = node(f"k = {value}", tmp_path).table()["k"]
    with pytest.raises(UsageError, match=r"^\S+site\.toml:1: k: "):
        getattr(entry, kind)(*ARGUMENTS.get(kind, ()))


def test_values_that_fit(tmp_path: Path) -> None:
    entries = node('s = "a b"\nl = ["a", "b"]\nb = true\nd = "2h"\ni = 100\nc = "b"', tmp_path).table()
    assert entries["s"].string() == "a b"
    assert entries["l"].strings(re.compile("[ab]")) == ("a", "b")
    assert entries["b"].boolean() is True
    assert entries["d"].seconds("5m", "1d") == 7200
    assert entries["i"].integer(1, 100) == 100
    assert entries["c"].choice(("a", "b"), "x") == "b"


def test_a_form_is_asked_of_every_text_of_a_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"k: 'c' is not a letter"):
        node('k = ["a", "c"]', tmp_path).table()["k"].strings(re.compile("[ab]"), "a letter")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "not valid TOML"),
        (b"a = 1\na = 2", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"#" * (MAX_BYTES + 1), "larger than 256 kB"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
    ],
)
def test_a_file_that_is_no_toml(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"site\.toml: cannot be read: No such file"):
        read(tmp_path / "site.toml")
