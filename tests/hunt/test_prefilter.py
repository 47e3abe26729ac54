"""The cheap test before the rules: whatever a rule matches must pass it."""

from __future__ import annotations

import pytest

from stagewatch import expression as ex
from stagewatch.hunt.prefilter import MOST_WORDS, prefilter

ANY, ONE = ex.Wildcard.ANY, ex.Wildcard.ONE


def text(field: str, *globs: ex.Glob) -> ex.Text:
    return ex.Text(field, globs)


def contains(word: str) -> ex.Glob:
    return ex.Glob.of(ANY, word, ANY)


CMD, IMAGE = text("CommandLine", contains("Archive")), text("Image", ex.Glob.of(ANY, "\\rar.exe"))


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        ([CMD], text("CommandLine", contains("archive"))),
        ([text("Image", ex.Glob.of("C:\\", ANY, "longest", ONE, "x"))], text("Image", contains("longest"))),
        ([ex.And((CMD, IMAGE))], text("Image", contains("\\rar.exe"))),  # the longer word
        ([ex.And((CMD, ex.Not(IMAGE)))], text("CommandLine", contains("archive"))),
        ([ex.And((ex.Regex("CommandLine", "x"), IMAGE))], text("Image", contains("\\rar.exe"))),
        (
            [ex.Or((CMD, IMAGE))],
            ex.Or((text("CommandLine", contains("archive")), text("Image", contains("\\rar.exe")))),
        ),
        ([CMD, text("CommandLine", contains("zip "))], text("CommandLine", contains("archive"), contains("zip "))),
    ],
)
def test_each_rule_has_to_hold_one_of_its_words(expressions: list[ex.Expression], expected: ex.Expression) -> None:
    assert prefilter(expressions) == expected


@pytest.mark.parametrize(
    "expression",
    [
        ex.Not(CMD),
        ex.Regex("CommandLine", "archive"),
        ex.Number("Size", ">", 5),
        ex.Present("CommandLine"),
        ex.Keyword((contains("archive"),)),
        text("CommandLine", contains("ab")),  # too short to tell anything
        text("CommandLine", contains("Überweisung")),  # whose lower case is a matter of versions
        text("CommandLine", contains("archive"), ex.Glob.of(ANY)),
        ex.Or((CMD, ex.Not(IMAGE))),
    ],
)
def test_a_rule_that_can_do_without_words_leaves_nothing_to_test(expression: ex.Expression) -> None:
    assert prefilter([expression]) is None
    assert prefilter([CMD, expression]) is None


def test_too_many_words_are_no_cheap_test() -> None:
    words = [text("CommandLine", contains(f"word-{number}")) for number in range(MOST_WORDS + 1)]
    assert prefilter(words) is None
    assert prefilter(words[1:]) is not None
