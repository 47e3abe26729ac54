"""The whole answer: what was read, what each platform makes of it, and what matches."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch import __version__
from stagewatch import expression as ex
from stagewatch.conversion import Outcome, convert
from stagewatch.findings import Finding, StagewatchError, one_line
from stagewatch.matching import trace
from stagewatch.pack import Pack, PackRule, read_pack
from stagewatch.playground.condition import condition_tree
from stagewatch.playground.event import Given, read_event
from stagewatch.playground.lines import Lines, lines_of
from stagewatch.playground.parts import parts_of, respelled
from stagewatch.playground.problems import MAX_RULE, Unreadable, encoded
from stagewatch.targets import TARGETS, load_target
from stagewatch.targets.base import Target
from stagewatch.targets.duckdb import SOURCE_COLUMNS, asks_for_source
from stagewatch.yamlsafe import YamlError, load_documents

SCHEMA = 1

NAME = "rule.yml"

FILTER = "a filter only changes other rules; paste a rule"


def answer(rule_text: str, event_text: str) -> str:
    """What becomes of a rule, or of several, on every target, and which parts of each hold on the event, as JSON.

    ``problems`` say what is wrong with a text: ``where`` (``rule`` or ``event``), ``line`` from 1, ``message``. Each
    of ``rules`` has a ``targets`` entry a target. ``match`` tells whether the event is a hit; it is None without an
    event, and has a ``reason`` instead of parts where one event cannot tell.
    """
    logging.getLogger("sigma").setLevel(logging.ERROR)
    problems: list[dict[str, Any]] = []
    rules, given = _rules(rule_text, problems), _event(event_text, problems)
    data = {
        "event": None if given is None else {"source": _shown(given.source), "more": given.more},
        "generator": f"stagewatch {__version__}",
        "problems": problems,
        "rules": [_rule(entry, written, given) for entry, written in rules],
        "schema": SCHEMA,
    }
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


_Written = tuple[Mapping[str, Any], Lines]
"""A document of the text: its plain data, and the lines of that."""


def _rules(text: str, problems: list[dict[str, Any]]) -> list[tuple[PackRule, _Written]]:
    """The rules in the order of the text."""
    try:
        pack = _pack(encoded(text, MAX_RULE))
        problems += [_problem("rule", _said(one), one.line) for one in pack.findings]
        problems += [
            _problem("rule", "a filter changes other rules; paste a rule", one.source.line) for one in pack.filters
        ]
        if not pack.rules:
            return []
        plain = text.removeprefix("\ufeff")
        lines, documents = lines_of(plain), dict(load_documents(plain))
    except (Unreadable, YamlError) as error:
        problems.append(_problem("rule", str(error), error.line))
        return []
    found = [(one, (documents[one.source.line], lines[one.source.line])) for one in pack.rules]
    return sorted(found, key=lambda one: one[0].source.line)


def _pack(raw: bytes) -> Pack:
    """A pack is read from files, so the text is one for as long as that takes."""
    with tempfile.TemporaryDirectory(prefix="stagewatch-") as folder:
        path = Path(folder) / NAME
        path.write_bytes(raw)
        return read_pack([path])


def _said(finding: Finding) -> str:
    return "there is no rule in it" if finding.message == "holds no rule" else finding.message


def _event(text: str, problems: list[dict[str, Any]]) -> Given | None:
    try:
        return read_event(text)
    except Unreadable as error:
        problems.append(_problem("event", str(error), error.line))
        return None


def _problem(where: str, message: str, line: int | None) -> dict[str, Any]:
    return {"where": where, "line": line, "message": one_line(message)}


def _rule(entry: PackRule, written: _Written, given: Given | None) -> dict[str, Any]:
    rule = entry.rule
    kind = rule.type.name.lower() if isinstance(rule, SigmaCorrelationRule) else "rule"
    return {
        "kind": kind,
        "level": None if rule.level is None else rule.level.name.lower(),
        "line": entry.source.line,
        "match": None if given is None else _match(rule, written, given),
        "targets": [_on_target(entry, target) for target in _targets()],
        "title": rule.title,
    }


@cache
def _targets() -> tuple[Target, ...]:
    return tuple(map(load_target, TARGETS))


def _on_target(entry: PackRule, target: Target) -> dict[str, Any]:
    outcome = _outcome(entry, target)
    rendered = outcome.rendered
    files = rendered.files if rendered else {}
    return {
        "files": [{"suffix": suffix, "text": text} for suffix, text in files.items()],
        "reasons": list(outcome.reasons),
        "status": outcome.status,
        "target": target.name,
        "title": target.title,
        "warnings": list(rendered.warnings) if rendered else [],
        "window": rendered.window if rendered else None,
    }


def _outcome(entry: PackRule, target: Target) -> Outcome:
    try:
        return convert(entry.rule, target)
    except StagewatchError as error:
        return Outcome("failed", (one_line(str(error)),))
    except Exception as error:  # noqa: BLE001 - our own defect on one target must not take the others with it
        return Outcome(
            "failed", (one_line(f"a defect of Stagewatch, please report it: {type(error).__name__}: {error}"),)
        )


def _match(rule: SigmaRule | SigmaCorrelationRule, written: _Written, given: Given) -> dict[str, Any]:
    if isinstance(rule, SigmaCorrelationRule):
        return {"holds": None, "reason": "a correlation counts many events; one event cannot tell"}
    try:
        return _parts(rule, written, given)
    except StagewatchError as error:
        return {"holds": None, "reason": f"the rule cannot be tried on an event here: {error}"}


def _parts(rule: SigmaRule, written: _Written, given: Given) -> dict[str, Any]:
    """What holds. The log source counts where the event tells its own."""
    translator = next(target for target in _targets() if target.name == "duckdb").translator
    section, lines = written[0]["detection"], written[1]
    asked = ex.conjuncts(translator.translate(rule).expression)
    source = [term for term in asked if asks_for_source(term)]
    rest = [term for term in asked if not asks_for_source(term)]
    fits = all(_holds(term, given) for term in source) if given.source else None
    own = all(_holds(term, given) for term in rest)
    detections = parts_of(rule, section, lines, translator, given.row)
    known = {part["text"]: part["holds"] for part in detections}
    conditions = section["condition"] if isinstance(section["condition"], list) else [section["condition"]]
    return {
        "conditions": [
            {
                "line": lines.of(("detection", "condition", *((number,) if len(conditions) > 1 else ()))),
                "text": " ".join(condition.split()),
                "tree": condition_tree(condition, rule.detection, known),
            }
            for number, condition in enumerate(conditions)
        ],
        "detections": detections,
        "holds": own and fits is not False,
        "reason": None,
        "source": {
            "asked": _shown(tuple(getattr(rule.logsource, name) or "" for name in SOURCE_COLUMNS)),
            "found": _shown(given.source),
            "holds": fits,
            "line": lines.of(("logsource",)),
        },
    }


def _holds(term: ex.Expression, given: Given) -> bool:
    return trace(term, respelled(given.row, term)).holds


def _shown(source: tuple[str, ...]) -> str:
    return " / ".join(part for part in source if part)
