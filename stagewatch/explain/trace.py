"""Leads each part of a target's query back to what made it: the rule, a pipeline, or the target itself.

The query is written once as always and once with signs around each condition (:mod:`stagewatch.targets.marks`). A
part is claimed only where both are the same text, so what is told of it stands in the query.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from stagewatch import expression as ex
from stagewatch.conversion import Outcome, convert
from stagewatch.explain.model import Item, ItemLocation
from stagewatch.explain.pipelines import PipelinePlaces, Step
from stagewatch.findings import StagewatchError, one_line
from stagewatch.lacking import LackingField
from stagewatch.targets.base import Target
from stagewatch.targets.marks import Marks, Said, Span, marked, spans
from stagewatch.translation import Query

Kind = Literal["rule", "pipeline", "target"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a query, from ``start`` to ``end``, and what made it.

    ``items`` are the detection items that it says, several where they were merged; ``steps`` what the pipelines did.
    ``reason`` says why the target writes what no rule and no pipeline asked for.
    """

    text: str
    start: int
    end: int
    kind: Kind
    items: tuple[Item, ...] = ()
    steps: tuple[Step, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """One query file of a rule on a target. ``problem`` says why nothing could be located."""

    suffix: str
    text: str
    parts: tuple[Part, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A detection item that stands in no query of the target, and why."""

    item: Item
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A rule on one target."""

    target: str
    title: str
    outcome: Outcome
    queries: tuple[Traced, ...] = ()
    absent: tuple[Absent, ...] = ()
    lost: tuple[Item, ...] = field(default=())
    """Items that must stand in the query and could not be located."""


def trace(
    rule: SigmaRule | SigmaCorrelationRule,
    target: Target,
    places: PipelinePlaces,
    listed: Sequence[Item],
    unused: Sequence[Item] = (),
) -> Trace:
    """Trace a rule whose items, those of its base rules for a correlation, are marked with their places.

    ``unused`` are those of ``listed`` that the condition does not name.
    """
    queries: list[Query] = []
    try:
        outcome = convert(rule, target)
    except StagewatchError as error:
        outcome = Outcome("failed", (one_line(str(error)),))
    if outcome.rendered is None:
        reason = f"{outcome.status} here: {'; '.join(outcome.reasons)}"
        return Trace(target.name, target.title, outcome, absent=tuple(Absent(item, reason) for item in listed))
    marks, texts = _again(rule, target)
    state: dict[str, tuple[Any, Step | None]] = {}
    for base in _bases(rule):
        query = target.translator.translate(base)
        queries.append(query)
        applied = frozenset(target.translator.pipeline.applied_ids)
        for key, value in query.state.items():
            state.setdefault(key, (value, places.of_state(applied, key)))
    writer = _Writer(target, places, state)
    traced = tuple(
        writer.traced(suffix, text, marks, texts.get(suffix))
        for suffix, text in outcome.rendered.files.items()
        if not suffix.endswith(".json")
    )
    found = {item for query in traced for part in query.parts for item in part.items}
    dropped = {item for query in queries for branch in query.dropped for item in _items_of(branch)}
    absent: list[Absent] = []
    lost: list[Item] = []
    for item in listed:
        if item in found:
            continue
        if item in unused:
            absent.append(Absent(item, "the condition does not use this detection"))
        elif item in dropped:
            absent.append(Absent(item, _dropped_reason(item, queries)))
        else:
            lost.append(item)
    return Trace(target.name, target.title, outcome, traced, tuple(absent), tuple(lost))


def _again(rule: SigmaRule | SigmaCorrelationRule, target: Target) -> tuple[Marks, Mapping[str, str]]:
    """The same conversion with signs. Where they make a query too long for its platform, there is none."""
    with marked() as marks:
        rendered = convert(rule, target).rendered
    return marks, rendered.files if rendered else {}


def _bases(rule: SigmaRule | SigmaCorrelationRule) -> Iterator[SigmaRule]:
    if isinstance(rule, SigmaRule):
        yield rule
        return
    for reference in rule.rules or []:
        if isinstance(reference.rule, SigmaRule):
            yield reference.rule


def items_of(origins: Iterable[ex.Origin]) -> tuple[Item, ...]:
    """The marked items among origins, each once."""
    found = (origin.source for origin in origins if isinstance(origin.source, ItemLocation))
    return tuple(dict.fromkeys(location.item for location in found if location.item is not None))


def origins_of(expression: ex.Expression) -> tuple[ex.Origin, ...]:
    """The origins of all leaves, each once."""
    return tuple(dict.fromkeys(origin for leaf in ex.leaves(expression) for origin in leaf.origins))


def _items_of(expression: ex.Expression) -> tuple[Item, ...]:
    return items_of(origins_of(expression))


def _dropped_reason(item: Item, queries: Sequence[Query]) -> str:
    for query in queries:
        for branch in query.dropped:
            if item in _items_of(branch):
                lacking = dict.fromkeys(name for name in ex.fields(branch) if isinstance(name, LackingField))
                return f"left out: the platform's events carry no {', '.join(lacking)}"
    return "left out"


_STRUCTURE = re.compile(r"(?:[\s()|&!,;`]|\b(?:and|or|not|where|coalesce|false|is|null)\b)*", re.IGNORECASE)
"""Text that joins conditions and says nothing by itself."""

_SHORTEST = 3
"""Characters of a state's value that is looked for in a query; a shorter one would be found by chance."""


class _Writer:
    """Takes the queries of one rule apart."""

    def __init__(self, target: Target, places: PipelinePlaces, state: Mapping[str, tuple[Any, Step | None]]) -> None:
        self.target, self.places = target, places
        self.told = [(text, step) for key, (value, step) in state.items() if step is not None for text in _texts(value)]

    def traced(self, suffix: str, text: str, marks: Marks, signed: str | None) -> Traced:
        """One query file."""
        found = None if signed is None else spans(marks, signed, text)
        if found is None:
            return Traced(suffix, text, (), "the query reads otherwise when its parts are marked, so none is located")
        parts = sorted(self._parts(found, text), key=lambda part: (part.start, part.end))
        return Traced(suffix, text, tuple(self._filled(parts, text)))

    def _parts(self, found: list[Span], text: str) -> Iterator[Part]:
        """The smallest pieces of which it is known what they say; a condition with others inside is taken apart."""
        at = 0
        while at < len(found):
            span = found[at]
            behind = at + 1
            while behind < len(found) and found[behind].end <= span.end:
                behind += 1
            inner = found[at + 1 : behind]
            if _is_whole(span.said, inner):
                said = dict.fromkeys(one for mark in (span, *inner) for one in origins_of(mark.said.term))
                yield self._part(span.start, span.end, text, tuple(said), span, inner)
            else:
                yield from self._parts(inner, text)
                told = {origin for one in inner for origin in origins_of(one.said.term)}
                rest = [origin for origin in origins_of(span.said.term) if origin not in told]
                if rest:
                    yield self._part(span.start, span.end, text, rest, span, [])
            at = behind

    def _part(
        self, start: int, end: int, text: str, origins: Sequence[ex.Origin], span: Span, inner: list[Span]
    ) -> Part:
        found = items_of(origins)
        steps = dict.fromkeys(step for origin in origins for step in self._steps(origin, span.said.term))
        reason = _guarded(span, inner, text)
        if not origins:
            return Part(text[start:end], start, end, "target", reason=_reason(span.said.by, "present"))
        return Part(text[start:end], start, end, "rule" if found else "pipeline", found, tuple(steps), reason)

    def _steps(self, origin: ex.Origin, term: ex.Expression) -> list[Step]:
        if isinstance(origin.source, ItemLocation) and origin.source.item is not None:
            name = origin.source.item.sigma_field
        else:
            name = next(iter(ex.fields(term)), None)
        steps = self.places.steps(origin.applied, name, frozenset(ex.fields(term)))
        domains = self.target.translator.qualified_names
        for name in ex.fields(term):
            if name in domains or name in domains.values():
                key = next(one for one in domains if name in (one, domains[one]))
                what = f"{key} and {domains[key]} hold name and domain"
                steps.append(Step(self.places.variable("qualified_names", key), "qualified_names", what))
        return steps

    def _filled(self, parts: list[Part], text: str) -> Iterator[Part]:
        """The parts, and between them what says more than how they are joined."""
        at = 0
        for part in parts:
            if part.start > at:
                yield from self._between(at, part.start, text)
            yield part
            at = max(at, part.end)
        yield from self._between(at, len(text), text)

    def _between(self, start: int, end: int, text: str) -> Iterator[Part]:
        if _STRUCTURE.fullmatch(text, start, end):
            return
        for value, step in self.told:
            place = text.find(value, start, end)
            if place >= 0 and _stands_alone(text, place, place + len(value)):
                yield from self._between(start, place, text)
                yield Part(value, place, place + len(value), "pipeline", (), (step,))
                yield from self._between(place + len(value), end, text)
                return
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        yield Part(text[start:end], start, end, "target", reason=_module_reason(self.target))


def _is_whole(said: Said, inner: list[Span]) -> bool:
    term = said.term.term if isinstance(said.term, ex.Not) else said.term
    return not inner or not isinstance(term, ex.And | ex.Or | ex.Not)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, behind = text[start - 1 : start], text[end : end + 1]
    return not ((before.isalnum() or before == "_") and text[start].isalnum()) and not (
        (behind.isalnum() or behind == "_") and text[end - 1].isalnum()
    )


def _texts(value: object) -> Iterator[str]:
    """The texts in a state's value that a query may hold, the longest first."""
    match value:
        case str():
            found = [value, *(part.strip() for part in value.split(","))] if "," in value else [value]
        case Mapping():
            found = [str(one) for one in value.values()]
        case list() | tuple():
            found = [str(one) for one in value]
        case _:
            found = []
    yield from sorted((text for text in dict.fromkeys(found) if len(text) >= _SHORTEST), key=len, reverse=True)


def _guarded(span: Span, inner: list[Span], text: str) -> str:
    """Why a negated condition has more around it than a NOT."""
    if not isinstance(span.said.term, ex.Not) or not inner:
        return ""
    around = text[span.start : inner[0].start] + text[inner[-1].end : span.end]
    if _STRUCTURE.fullmatch(around):
        return ""
    return f"with {_shortened(text[span.start : inner[0].start])}: {_reason(span.said.by, 'negation')}"


def _shortened(text: str) -> str:
    bare = " ".join(text.split())
    return f"`{bare}`" if len(bare) <= 60 else f"`{bare[:57]}...`"


def _reason(renderer: type, method: str) -> str:
    """What a renderer says of how it writes something: the first words of its own docstring."""
    for holder in (vars(renderer).get(method), renderer):
        said = inspect.getdoc(holder) if holder is not None else None
        if said:
            return f"{_first_sentence(said)} ({_module(renderer)})"
    return f"written by {_module(renderer)}"


def _module_reason(target: Target) -> str:
    said = inspect.getdoc(vars(type(target)).get("render")) or inspect.getdoc(type(target)) or target.title
    return f"{_first_sentence(said)} ({_module(type(target))})"


def _module(kind: type) -> str:
    return f"{kind.__module__.replace('.', '/')}.py"


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=[A-Z`])", paragraph)[0].replace("``", "`")
