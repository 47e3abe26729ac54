"""Any text, through every modifier on strings, on every target: the query finds the event that holds it, and no other.

Left out, each with its reason:

- NUL and lone surrogates: no event log can hold them, Windows events being XML and Sysmon's strings ending at a NUL.
- A value that is nothing or ``-``: Sysmon writes the latter for the former, and platforms drop both.
- On Splunk ``&``, ``<`` and ``>``: the add-ons leave them in the field as XML has them (see ``differences.yml``).
- Events that are a hit or not depending on what counts as the other case of a letter, such as ``ß`` or ``ı``, or on
  which dashes ``windash`` takes for flags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stagewatch.targets import TARGETS
from tests.conformance.trial import tried
from tests.conformance.triples import DEFAULT_SOURCE, Case, Triple, document, native

NASTY = "\\\\\\\"''*?%_$^[](){}|/.+-#~@&<>=!;:,` \t\n\raBzZ019éÄßжЯ中😀"
"""What some language gives a meaning to, and letters of several kinds."""

CHARACTERS = st.one_of(
    st.sampled_from(NASTY), st.sampled_from(NASTY), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=10)
XML_SIGNS = re.compile("[&<>]")
DASHES = str.maketrans("/–—―", "----")


@dataclass(frozen=True)
class Form:
    """A way to write a value into a rule: the detection item's key and values, what is a hit, and when."""

    key: str
    values: Callable[[str], str | list[str]]
    hit: Callable[[str], str]
    holds: Callable[[str, str], bool]
    """Whether it holds of a value and of an event's, both as they are compared."""
    cased: bool = False
    dashes: bool = False


def escaped(text: str) -> str:
    """A value as Sigma's "Escaping" has it written, with every backslash doubled."""
    return re.sub(r"[\\*?]", r"\\\g<0>", text)


def patterned(value: str, text: str) -> bool:
    rest = text.removeprefix(value)
    return text.startswith(value) and len(rest) >= 2 and rest[1] == "q"


FORMS = {
    "plain": Form("", escaped, str, str.__eq__),
    "contains": Form("|contains", escaped, "pre {} post".format, lambda value, text: value in text),
    "startswith": Form("|startswith", escaped, "{} post".format, lambda value, text: text.startswith(value)),
    "endswith": Form("|endswith", escaped, "pre {}".format, lambda value, text: text.endswith(value)),
    "all": Form(
        "|contains|all",
        lambda value: [escaped(value), "qqq"],
        "pre qqq{}".format,
        lambda value, text: value in text and "qqq" in text,
    ),
    "cased": Form("|cased", escaped, str, str.__eq__, cased=True),
    "contains, cased": Form(
        "|contains|cased", escaped, "pre {} post".format, lambda value, text: value in text, cased=True
    ),
    "windash": Form("|windash|contains", escaped, "pre {} post".format, lambda value, text: value in text, dashes=True),
    "a list": Form("", lambda value: ["qqq", escaped(value)], str, lambda value, text: text in {value, "qqq"}),
    "a list of ends": Form(
        "|endswith",
        lambda value: ["qqq", escaped(value)],
        "pre {}".format,
        lambda value, text: text.endswith((value, "qqq")),
    ),
    "with wildcards": Form("", lambda value: f"{escaped(value)}?q*", "{}-q post".format, patterned),
    "a list with wildcards": Form(
        "",
        lambda value: ["xx*yy", f"{escaped(value)}?q*"],
        "{}-q post".format,
        lambda value, text: patterned(value, text) or re.fullmatch("xx.*yy", text, re.DOTALL) is not None,
    ),
}


@pytest.mark.parametrize("name", TARGETS)
@given(
    st.sampled_from(sorted(FORMS)),
    TEXTS,
    st.lists(st.tuples(st.sampled_from("cdi"), st.integers(0, 40), CHARACTERS), max_size=5),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_value_is_only_a_value(name: str, form: str, value: str, changes: list[tuple[str, int, str]]) -> None:
    way = FORMS[form]
    hit = way.hit(value)
    texts = dict.fromkeys([hit, swapped(hit), hit + "\n", "\n" + hit, *(changed(hit, *change) for change in changes)])
    expected = {text: verdict for text in texts if (verdict := holds(way, value, text, name)) is not None}
    assume(expected.get(hit) is True)
    detection = {"selection": {f"CommandLine{way.key}": way.values(value)}, "condition": "selection"}
    events = tuple(native(DEFAULT_SOURCE, number, {"CommandLine": text}) for number, text in enumerate(expected, 1))
    matching = frozenset(number for number, verdict in enumerate(expected.values()) if verdict)
    rule = document(form, DEFAULT_SOURCE, detection)
    cell = tried(Triple(f"literal: {form}", "literals", (rule,), (Case("events", events, matching),), ""), name)
    if cell.verdict == "unproven":
        pytest.skip(cell.reasons[0])
    shown = "\n".join(f"record {number}: {text!r}" for number, text in enumerate(expected, 1))
    assert cell.verdict == "ok", f"{detection['selection']}\n{shown}\n{cell}"


def swapped(text: str) -> str:
    """ASCII letters in the other case."""
    return "".join(char.swapcase() if char.isascii() else char for char in text)


def changed(text: str, kind: str, place: int, char: str) -> str:
    """One character changed, dropped or inserted."""
    place %= len(text)
    return text[:place] + ("" if kind == "d" else char) + text[place + (kind != "i") :]


def holds(way: Form, value: str, text: str, name: str) -> bool | None:
    """Whether an event is a hit, None where it is left out."""
    if text in {"", "-"} or (name == "splunk" and XML_SIGNS.search(text)):
        return None
    verdicts = {way.holds(fold(value), fold(text)) for fold in folds(way)}
    return verdicts.pop() if len(verdicts) == 1 else None


def folds(way: Form) -> list[Callable[[str], str]]:
    """The least and the most that may be taken for equal."""
    least, most = (str, str) if way.cased else (ascii_lower, str.casefold)
    if not way.dashes:
        return [least, most]
    return [least, lambda text: most(text).translate(DASHES)]


def ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)
