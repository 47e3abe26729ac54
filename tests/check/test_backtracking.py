"""What is said to keep an engine busy does: measured with Python's own, which backtracks."""

from __future__ import annotations

import re
import time

import pytest

from stagewatch.check import loops
from stagewatch.check.backtracking import Slow, slow
from stagewatch.regex.tree import parse

EXPONENTIAL = [
    r"(a*)*b",
    r"(a+)+$",
    r"^(\w+\s?)*$",
    r"(a|aa)+$",
    r"(x+x+)+y",
    r"(a?b?)*c",
    r"([a-z]+)*=",
    r"(?:[^\"]|\\.)*\"",
    r"\b(\w+)+\b!",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?=(a+)+b)",
    r"cmd(?:.*\)){1,}.*x",
]

POLYNOMIAL = [
    (r"^.*.*=", 2),
    (r"^\s*\s+x", 2),
    (r"^.*cmd.*echo.*x", 3),
    (r"^a.*b.*c.*d.*e", 4),
]

HARMLESS = [
    r"(a+)+",
    r"(\w+\s)*$",
    r"^(\w+\s)*$",
    r"a*b*c",
    r"(?>(a+)+)b",
    r"(?:a++)+b",
    r"(?:[^\"\\]|\\.)*\"",
    r"((a|b)*c)*d",
    r"(a|a)*b",
    r"\{.*\{.*\{.*\{",
    r"\s+\w+\s+x",
    r"^(\"[^\"]*\"|[^\s\"]+)(\s+(\"-[^\"]*\"|-[^\s\"]*(\"[^\"]*\")?))*\s+x",
    r"a{1,64}a{1,64}b",
    r"(a)(?(1)b|c)",
    r"",
]


def found(pattern: str) -> Slow | None:
    return slow(parse(pattern, frozenset()))


def seconds(pattern: str, text: str) -> float:
    started = time.process_time()
    assert re.compile(pattern).search(text) is None
    return time.process_time() - started


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_an_exponential_expression_takes_much_longer_for_a_little_more(pattern: str) -> None:
    one = found(pattern)
    assert one is not None
    assert one.degree is None
    times, took = 4, 0.0
    while took < 0.005:
        times += 1
        took = seconds(pattern, one.text(times) + "\0\n")
        assert times < 40, "no text of forty repetitions keeps it busy"
    assert seconds(pattern, one.text(times + 2) + "\0\n") > 2 * took


@pytest.mark.parametrize(("pattern", "degree"), POLYNOMIAL)
def test_a_polynomial_expression_grows_with_its_power(pattern: str, degree: int) -> None:
    one = found(pattern)
    assert one is not None
    assert one.degree == degree
    times, took = 8, 0.0
    while took < 0.01:
        times = times * 5 // 4
        took = seconds(pattern, one.text(times) + "\0\n")
        assert times < 100_000, "no long text keeps it busy"
    assert seconds(pattern, one.text(2 * times) + "\0\n") > 2 ** (degree - 0.7) * took


@pytest.mark.parametrize("pattern", HARMLESS)
def test_nothing_is_said_of_a_harmless_expression(pattern: str) -> None:
    assert found(pattern) is None


def test_letters_of_either_case_are_the_same_where_the_flag_says_so() -> None:
    assert slow(parse("(ab|AB)+c", frozenset("i"))) is not None
    assert slow(parse("(ab|AB)+c", frozenset())) is None


def test_a_very_large_expression_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST_PLACES", 3)
    assert found("(ab*)*cd") is None


def test_an_expression_of_a_stranger_takes_no_time() -> None:
    pattern = "(" + "|".join(f"[a-{chr(98 + number % 24)}]+x{number}" for number in range(400)) + ")*$"
    started = time.process_time()
    found(pattern)
    assert time.process_time() - started < 5
