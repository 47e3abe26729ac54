"""Which parts of a rule hold on an event: each detection, each of its fields, each of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetection, SigmaDetections, SigmaRule

from stagewatch import expression as ex
from stagewatch.detections import copy_rule
from stagewatch.findings import BREAKDOWNS
from stagewatch.matching import Span, partial, trace
from stagewatch.playground.event import Row
from stagewatch.playground.lines import Lines, Path
from stagewatch.translation import Translator

NOT_DETECTIONS = ("condition", "timeframe")

LONGEST = 600
"""Characters of a value that are told."""

BEFORE = 120
"""Characters told before the first match where that lies far behind the beginning of a value."""


@dataclass(slots=True)
class _Part:
    """A part of a rule as it is written. ``mark`` is the name under which it is asked alone, None where it is not."""

    kind: str
    text: str
    path: Path
    mark: str | None
    parts: list[_Part] = field(default_factory=list)


@dataclass(slots=True)
class _Asked:
    """The parts that are asked alone, as detections of one rule, so that a pipeline is applied once for all."""

    detections: dict[str, SigmaDetection] = field(default_factory=dict)

    def add(self, definition: Any) -> str | None:
        try:
            detection = SigmaDetection.from_definition(definition)
        except (SigmaError, *BREAKDOWNS):  # a value that makes sense only beside the others
            return None
        mark = f"part{len(self.detections)}"
        self.detections[mark] = detection
        return mark


def parts_of(
    rule: SigmaRule, section: Mapping[str, Any], lines: Lines, translator: Translator, row: Row
) -> list[dict[str, Any]]:
    """The detections of a rule, whose ``detection`` is ``section``, as plain data.

    Raises :class:`stagewatch.findings.Unsupported` where the rule cannot be asked.
    """
    asked = _Asked()
    parts = [
        _detection(name, definition, ("detection", name), asked)
        for name, definition in section.items()
        if name not in NOT_DETECTIONS
    ]
    split = copy_rule(rule)
    split.detection = SigmaDetections(asked.detections, [next(iter(asked.detections))])
    told = _Teller(translator.translate_detections(split), row, lines)
    return [told.plain(part) for part in parts]


def _detection(name: str, definition: Any, path: Path, asked: _Asked) -> _Part:
    return _Part("detection", name, path, asked.add(definition), list(_below(definition, path, asked)))


def _below(definition: Any, path: Path, asked: _Asked) -> Iterator[_Part]:
    """The parts of a definition: fields of a mapping, alternatives of a list."""
    if isinstance(definition, Mapping):
        for key, value in definition.items():
            yield _field(str(key), value, (*path, str(key)), asked)
    elif isinstance(definition, list) and any(isinstance(one, Mapping | list) for one in definition):
        for position, one in enumerate(definition):
            place = (*path, position)
            yield _Part("alternative", "", place, asked.add(one), list(_below(one, place, asked)))
    else:
        yield from _values(None, definition, path, asked)


def _field(key: str, value: Any, path: Path, asked: _Asked) -> _Part:
    parts = list(_values(key, value, path, asked)) if isinstance(value, list) else []
    return _Part("field", _written(key, value), path, asked.add({key: value}), parts)


def _written(key: str, value: Any) -> str:
    return key if isinstance(value, list) else f"{key}: {_scalar(value)}"


def _values(key: str | None, value: Any, path: Path, asked: _Asked) -> Iterator[_Part]:
    """Each value on its own. ``all`` joins several, so a single one goes without it."""
    alone = None if key is None else "|".join(part for part in key.split("|") if part != "all")
    for position, one in enumerate(value if isinstance(value, list) else [value]):
        mark = asked.add([one] if alone is None else {alone: one})
        yield _Part("value", _scalar(one), (*path, position), mark)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class _Teller:
    expressions: Mapping[str, ex.Expression]
    row: Row
    lines: Lines

    def plain(self, part: _Part) -> dict[str, Any]:
        asked = self.expressions.get(part.mark) if part.mark else None
        below = [self.plain(one) for one in part.parts]
        data: dict[str, Any] = {"kind": part.kind, "line": self.lines.of(part.path), "text": part.text, "parts": below}
        if asked is None:
            return {**data, "holds": None, "found": []}
        row = respelled(self.row, asked)
        traced = trace(asked, row)
        marks = traced.marks if traced.holds else partial(asked, row)
        has_own = part.kind == "field" or (part.kind == "value" and not ex.fields(asked))
        return {**data, "holds": traced.holds, "found": _found(asked, row, marks) if has_own else []}


def respelled(row: Row, asked: ex.Expression) -> Row:
    """The event with the names that an expression has for its fields: in the table, case tells none apart."""
    spelled = {name.lower(): name for name in row}
    known = {name: row[spelled[name.lower()]] for name in ex.fields(asked) if name.lower() in spelled}
    return {**row, **known}


def _found(asked: ex.Expression, row: Row, marks: Mapping[str, Sequence[Span]]) -> list[dict[str, Any]]:
    """The fields that are asked with what the event has there; a keyword's are those in which it is."""
    return [_value(name, row.get(name), marks.get(name, ())) for name in dict.fromkeys((*ex.fields(asked), *marks))]


def _value(name: str, value: str | None, spans: Sequence[Span]) -> dict[str, Any]:
    """A value, of a long one what is around the first match. Places count the characters of what is told."""
    if value is None:
        return {"field": name, "value": None, "spans": [], "cut": False}
    begin = max(0, spans[0][0] - BEFORE) if spans and spans[0][0] > LONGEST - BEFORE else 0
    end = min(len(value), begin + LONGEST)
    shown = [[max(start, begin) - begin, min(stop, end) - begin] for start, stop in spans if start < end]
    return {"field": name, "value": value[begin:end], "spans": shown, "cut": begin > 0 or end < len(value)}
