"""Why a value misses: the nearest pattern, and the first sign that differs."""

from __future__ import annotations

import time

import pytest

from stagewatch import expression as ex
from stagewatch.explain.near import fits, miss, shown

ANY, ONE = ex.Wildcard.ANY, ex.Wildcard.ONE


def text(*globs: ex.Glob, cased: bool = False) -> ex.Text:
    return ex.Text("Image", globs, cased)


@pytest.mark.parametrize(
    ("leaf", "value", "expected"),
    [
        (
            text(ex.Glob.of(ANY, r"\7z.exe"), ex.Glob.of(ANY, r"\rar.exe")),
            r"C:\7za.exe",
            (
                r"none of the 2 values fits 'C:\7za.exe'; "
                r"'\7z.exe' differs before '.exe': '\7z' is asked for, '7za' is there"
            ),
        ),
        (
            text(ex.Glob.of(ANY, "Windows\\Temp", ANY)),
            "C:\\windows\\tasks",
            (
                "'C:\\windows\\tasks' does not fit; "
                "'Windows\\Temp' differs at character 10: 'emp' is asked for, 'asks' is there"
            ),
        ),
        (
            text(ex.Glob.of("C:\\Users\\", ANY)),
            "C:\\Use",
            "'C:\\Use' does not fit; 'C:\\Users\\' differs at character 7: 'rs\\' is asked for, the value ends there",
        ),
        (
            text(ex.Glob.of("a.exe")),
            "a.exe.bak",
            "'a.exe.bak' does not fit; 'a.exe' is there, and more behind it: '.bak'",
        ),
        (text(ex.Glob.of("ABC"), cased=True), "abc", "'abc' does not fit; 'ABC' differs in case alone"),
        (text(ex.Glob.of("quite another")), "x", "'x' does not fit"),
        (text(ex.Glob.of("a", ANY, "b")), "x", "'x' does not fit"),
        (ex.Regex("Image", "a+"), "b", "'b' does not match"),
        (ex.Number("EventID", ">=", 5), 4, "'4' is not >= 5"),
        (ex.Cidr("Ip", ("10.0.0.0/8",)), "192.0.2.1", "'192.0.2.1' is in none of the networks"),
        (ex.Null("User"), "x", "it has the value 'x'"),
        (text(ex.Glob.of("c")), ["a", "b"], "'a' does not fit; 'b' does not fit"),
    ],
)
def test_what_is_said_of_a_miss(leaf: ex.Leaf, value: object, expected: str) -> None:
    assert miss(leaf, value) == expected


def test_a_value_is_shown_in_one_line_and_cut() -> None:
    assert shown("a\nb\x1b[31m") == r"'a\nb\x1b[31m'"
    assert len(shown("x" * 10_000)) < 200


@pytest.mark.parametrize(
    ("glob", "value", "cased", "expected"),
    [
        (ex.Glob.of(ANY, r"\7z.exe"), r"C:\7Z.exe", False, True),
        (ex.Glob.of(ANY, r"\7z.exe"), r"C:\7Z.exe", True, False),
        (ex.Glob.of("a", ONE, "c"), "abc", False, True),
        (ex.Glob.of("a", ONE, "c"), "ac", False, False),
        (ex.Glob.of(ANY, "b", ANY, "b", ANY), "xbyb", False, True),
        (ex.Glob.of(ANY, "b", ANY, "b", ANY), "xby", False, False),
        (ex.Glob.of(), "", False, True),
        (ex.Glob.of(), "x", False, False),
    ],
)
def test_whether_a_value_fits(glob: ex.Glob, value: str, cased: bool, expected: bool) -> None:
    assert fits(glob, value, cased) is expected


def test_long_values_and_lists_take_no_time() -> None:
    globs = tuple(ex.Glob.of(ANY, "a" * 200 + str(number), ANY) for number in range(2_000))
    started = time.monotonic()
    assert miss(text(*globs), "a" * 1_000_000).startswith("none of the 500 values")
    assert not fits(ex.Glob.of(ANY, "a", ANY, "a", ANY, "b"), "a" * 20_000, cased=False)
    assert time.monotonic() - started < 20
