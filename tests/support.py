"""Helpers for tests in the idiom *rule in, exact query out*."""

from __future__ import annotations

import textwrap
from functools import cache

import yaml
from sigma.collection import SigmaCollection

from stagewatch.conversion import Outcome, convert
from stagewatch.targets import load_target
from stagewatch.targets.base import Target

ROW = """
title: Test
status: test
logsource: {{category: {category}, product: {product}}}
detection:
{detection}
"""


@cache
def target(name: str) -> Target:
    """One instance of each target for the whole test run."""
    return load_target(name)


def outcomes(name: str, text: str) -> list[Outcome]:
    """Convert every rule of a YAML stream for a target, in the stream's order, correlations last."""
    documents = list(yaml.safe_load_all(textwrap.dedent(text)))
    collection = SigmaCollection.from_dicts(documents)
    return [convert(rule, target(name)) for rule in collection.rules]


def query(name: str, text: str) -> str:
    """The query of the last rule of a YAML stream, which must convert (``ok`` or ``degraded``)."""
    outcome = outcomes(name, text)[-1]
    assert outcome.rendered is not None, outcome
    return next(iter(outcome.rendered.files.values()))


def rule(detection: str, *, category: str = "process_creation", product: str = "windows") -> str:
    """A rule around the text of a detection section (``selection: ...`` and ``condition: ...``)."""
    body = textwrap.indent(textwrap.dedent(detection).strip("\n"), "    ")
    return ROW.format(category=category, product=product, detection=body)


def convert_detection(
    name: str, detection: str, *, category: str = "process_creation", product: str = "windows"
) -> str:
    """The query for a detection section on a log source."""
    return query(name, rule(detection, category=category, product=product))


def reasons(
    name: str, detection: str, *, category: str = "process_creation", product: str = "windows"
) -> tuple[str, ...]:
    """The reasons why a detection section is degraded or unsupported on a target."""
    return outcomes(name, rule(detection, category=category, product=product))[-1].reasons
