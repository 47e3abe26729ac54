"""Three rules that change only when somebody changes them here, and what their objects must be, byte for byte.

``python -m tests.objects.samples`` writes the expected files anew; the difference is for a reviewer to read.
"""

from __future__ import annotations

import logging
import string
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

from hypothesis import strategies as st
from sigma.rule import SigmaRule

from stagewatch.conversion import convert
from stagewatch.objects.base import Deployable, Objects
from stagewatch.objects.description import describe
from stagewatch.objects.guide import read_guide
from stagewatch.pack import read_pack
from stagewatch.targets import load_target

SAMPLES = Path(__file__).with_name("samples")
EXPECTED = Path(__file__).with_name("expected")
VERSION = "1.2.3"
"""Stands for Stagewatch's own version, which changes with each release."""


@cache
def samples(target: str) -> tuple[Deployable, ...]:
    """The sample rules as the target converts them, by their stems."""
    logging.getLogger("sigma").setLevel(logging.ERROR)
    converter, found = load_target(target), []
    for entry in read_pack([SAMPLES]).rules:
        outcome = convert(entry.rule, converter)
        assert outcome.rendered is not None, (target, entry.source.stem, outcome.reasons)
        description = describe(entry, version=3, guide=read_guide(SAMPLES, entry.source.stem))
        found.append(Deployable(description, outcome.rendered, outcome.reasons))
    return tuple(sorted(found, key=lambda one: one.description.stem))


def sample(target: str, stem: str) -> Deployable:
    """The one sample whose stem begins so."""
    (found,) = [one for one in samples(target) if one.description.stem.startswith(stem)]
    return found


def expected(target: str) -> Mapping[str, bytes]:
    """Path below ``dist/<target>/`` -> content."""
    folder = EXPECTED / target
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def described(rule: Deployable, **changes: object) -> Deployable:
    """The rule with another description."""
    return replace(rule, description=replace(rule.description, **changes))  # type: ignore[arg-type]


MARKS = ["{{x}}", "{{{", "}}", "$e", "${CID}", "%s", "[x", "]]", "\\", '"', "'", "`", "```", "/*", "*/", "//", "#",
         "- ", ": ", "\n", "\r\n", "\t", "\n\n  condition:\n", "\n\n  events:\n", "rule x {", "<b>", "|", "&", "\x00",
         "\x85", "\u2028", "é", "\U0001f600", "null", "yes", "1e3"]  # fmt: skip

hostile_text = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=8)), max_size=8).map("".join)
"""Text as a rule may hold it, with what has a meaning in one of the formats."""

hostile_value = st.lists(
    st.one_of(st.sampled_from([mark for mark in MARKS if mark.isprintable()]), st.text(string.printable, max_size=6)),
    min_size=1,
    max_size=6,
).map("".join)


@st.composite
def hostile_descriptions(draw: st.DrawFn, rule: Deployable) -> Deployable:
    """The rule with any title, text, author, false positives, references and reasons."""
    changed = described(
        rule,
        title=draw(hostile_text),
        text=draw(hostile_text),
        author=draw(hostile_text),
        false_positives=tuple(draw(st.lists(hostile_text, max_size=2))),
        references=tuple(draw(st.lists(hostile_text, max_size=2))),
    )
    return replace(changed, degraded=tuple(draw(st.lists(hostile_text, max_size=2))))


def of_value(target: str, value: str) -> Deployable | None:
    """A rule that asks for the value in a command line; None where the target cannot say it."""
    data = {
        "title": "Value",
        "id": "9d3c7f1a-2b4e-4f6a-8c0d-1e2f3a4b5c6d",
        "logsource": {"product": "windows", "category": "process_creation"},
        "detection": {
            "selection": {"CommandLine|contains": value.replace("*", "").replace("?", "")},
            "condition": "selection",
        },
    }
    outcome = convert(SigmaRule.from_dict(data), load_target(target))
    return None if outcome.rendered is None else replace(sample(target, "proc"), rendered=outcome.rendered)


def made(target: str) -> Objects:
    """The objects of the samples, of :data:`VERSION`."""
    module = import_module(f"stagewatch.objects.{target}")
    real = getattr(module, "__version__", None)
    try:
        if real is not None:
            module.__version__ = VERSION
        result: Objects = module.objects(samples(target))
    finally:
        if real is not None:
            module.__version__ = real
    return result


def main() -> None:
    for target in sys.argv[1:]:
        folder = EXPECTED / target
        for path, content in made(target).files.items():
            if not path.endswith(".zip"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)


if __name__ == "__main__":
    main()
