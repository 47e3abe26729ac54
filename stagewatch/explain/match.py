"""Runs each part of a rule on events, on each platform's record of them, with the platform's own engine.

A part is run alone: the rule with this one item, through the same pipelines, renderer and engine. The verdict that the
parts give together must be that of the whole query. Where it is not, the explanation is wrong and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sigma.conditions import ConditionAND
from sigma.rule import SigmaDetection, SigmaDetections, SigmaRule

from stagewatch import expression as ex
from stagewatch.detections import copy_rule
from stagewatch.explain.model import Group, Item, ItemLocation, ItemNode, Negated, Node, items
from stagewatch.explain.pipelines import PipelinePlaces, Step
from stagewatch.findings import StagewatchError, Unsupported
from stagewatch.lacking import WITHOUT
from stagewatch.languages import load_language
from stagewatch.languages.base import Event, QueryError
from stagewatch.prove import PARTS
from stagewatch.targets.base import Rendered, Target
from stagewatch.telemetry import Telemetry, load_telemetry
from stagewatch.telemetry.native import Native
from stagewatch.translation import Query


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the platform that a part reads, and what the record holds in it."""

    name: str
    value: object = None
    present: bool = False
    computed: str = ""
    """How the query makes the field, where it is none of the record's."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the log source that a pipeline added, and whether the record meets it."""

    text: str
    met: bool
    steps: tuple[Step, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one item on one record. ``met`` is None where it could not be asked."""

    met: bool | None
    columns: tuple[Column, ...] = ()
    leaves: tuple[ex.Leaf, ...] = ()
    """What the item is on this platform."""
    reason: str = ""
    """Why it could not be asked, or can never be met here."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of an event. ``source_met``: it is of the log source; ``composed``: what the parts say together."""

    source: str
    conditions: tuple[Condition, ...]
    in_table: bool
    source_met: bool
    answers: Mapping[Item, Answer]
    composed: bool
    whole: bool

    @property
    def agrees(self) -> bool:
        """Whether the parts and the whole query say the same."""
        return self.composed == self.whole


@dataclass(frozen=True, slots=True)
class Verdict:
    """An event on one platform. ``reason`` says why there are no records to look at."""

    target: str
    hit: bool | None
    records: tuple[Seen, ...] = ()
    reason: str = ""
    reads: str = ""
    """The table or index that the query reads, where the pipeline names one."""

    @property
    def told(self) -> Seen | None:
        """The record that tells most: one that is hit, else the one of which most is met."""
        if not self.records:
            return None
        return max(self.records, key=lambda seen: (seen.whole, seen.source_met, _met(seen)))

    @property
    def agrees(self) -> bool:
        """Whether parts and whole query agree on every record."""
        return all(seen.agrees for seen in self.records)


def _met(seen: Seen) -> int:
    return sum(answer.met is True for answer in seen.answers.values())


@dataclass(slots=True)
class Platform:
    """A target with what runs its queries. ``missing`` names a package that would be needed."""

    target: Target
    places: PipelinePlaces
    telemetry: Telemetry = field(init=False)

    def __post_init__(self) -> None:
        self.telemetry = load_telemetry(self.target.name)

    def verdicts(self, rule: SigmaRule, tree: Node, natives: Sequence[Native]) -> list[Verdict]:
        """What becomes of each event. Raises :class:`ModuleNotFoundError` where no engine is installed."""
        records: list[Event] = []
        owners: list[int] = []
        for position, native in enumerate(natives):
            for record in self.telemetry.events(native):
                records.append(record)
                owners.append(position)
        try:
            seen, reads = _Trial(self, rule, tree, records).seen()
        except (StagewatchError, QueryError) as error:
            return [Verdict(self.target.name, None, reason=str(error))] * len(natives)
        return [
            self._verdict([one for one, owner in zip(seen, owners, strict=True) if owner == position], reads)
            for position in range(len(natives))
        ]

    def _verdict(self, seen: list[Seen], reads: str) -> Verdict:
        if not seen:
            return Verdict(self.target.name, False, reason="the platform keeps no record of this event", reads=reads)
        return Verdict(self.target.name, any(one.whole for one in seen), tuple(seen), reads=reads)

    def hits(self, query: Query, records: Sequence[Event]) -> frozenset[int]:
        """The positions of the records that a query finds."""
        return self.found(self.target.render(query), records)

    def found(self, rendered: Rendered, records: Sequence[Event]) -> frozenset[int]:
        """The positions of the records that a rendered query finds."""
        return run(rendered, records, self.telemetry)

    def rows(self, rendered: Rendered, natives: Sequence[Native]) -> list[Mapping[str, object]]:
        """The rows that a correlation gives on all the events together."""
        records = [record for native in natives for record in self.telemetry.events(native)]
        whole = (pair for pair in rendered.files.items() if not pair[0].endswith(PARTS))
        suffix, text = next(whole)
        return list(load_language(suffix).run(text, records, self.telemetry.schema).rows)


def run(rendered: Rendered, records: Sequence[Event], telemetry: Telemetry) -> frozenset[int]:
    """The positions of the records that a query on single events finds."""
    if not records:
        return frozenset()
    suffix, text = next(iter(rendered.files.items()))  # the whole query comes before its bare filter
    return load_language(suffix).run(text, records, telemetry.schema).events


class _Trial:
    """One rule on one platform's records."""

    def __init__(self, platform: Platform, rule: SigmaRule, tree: Node, records: list[Event]) -> None:
        self.platform, self.rule, self.tree, self.records = platform, rule, tree, records
        self.whole = platform.target.translator.translate(rule)  # what is unsupported here is said at once
        self.rendered = platform.target.render(self.whole)
        self.source, _ = _split(self.whole.expression)

    def seen(self) -> tuple[list[Seen], str]:
        """Every record in order, and what the query reads."""
        everywhere = frozenset(range(len(self.records)))
        hit = self.platform.found(self.rendered, self.records)
        queries = dict(self._queries())
        met = {item: self._positions(query) for item, query in queries.items() if isinstance(query, Query)}
        in_table = self._in_table(queries, everywhere)
        conditions = [(term, self._positions(self._alone(term)) or frozenset()) for term in self.source]
        of_source = in_table
        for _, positions in conditions:
            of_source &= positions
        seen: list[Seen] = []
        for place, record in enumerate(self.records):
            answers = {
                item: self._answer(query, met.get(item), place, place in in_table) for item, query in queries.items()
            }
            composed = place in of_source and holds(self.tree, answers)
            told = tuple(self._condition(term, place in positions, record) for term, positions in conditions)
            seen.append(
                Seen(record.source, told, place in in_table, place in of_source, answers, composed, place in hit)
            )
        return seen, _reads(self.whole)

    def _queries(self) -> Iterator[tuple[Item, Query | str]]:
        """Each item alone, without the conditions on the log source; or why there is no such query."""
        for item in dict.fromkeys(items(self.tree)):
            try:
                translated = self.platform.target.translator.translate(_only(self.rule, item))
                _, own = _split(translated.expression)
                query = replace(translated, expression=ex.conjunction(*own))
                self.platform.target.render(query)
                yield item, query
            except Unsupported as reason:
                yield item, str(reason).removesuffix(WITHOUT)

    def _positions(self, query: Query) -> frozenset[int] | None:
        """Where a query hits; None where it cannot be said or run."""
        try:
            return self.platform.hits(query, self.records)
        except (StagewatchError, QueryError):
            return None

    def _alone(self, term: ex.Expression) -> Query:
        return replace(self.whole, expression=term)

    def _in_table(self, queries: Mapping[Item, Query | str], everywhere: frozenset[int]) -> frozenset[int]:
        """The records in the table that the query reads: there either a condition holds or its opposite does."""
        asked = [ex.conjunction(*self.source)] if self.source else []
        asked += [query.expression for query in queries.values() if isinstance(query, Query)]
        for expression in asked:
            yes, no = self._positions(self._alone(expression)), self._positions(self._alone(ex.Not(expression)))
            if yes is not None and no is not None:
                return yes | no
        return everywhere

    def _answer(self, query: Query | str, met: frozenset[int] | None, place: int, in_table: bool) -> Answer:
        if isinstance(query, str):
            return Answer(False, reason=query)
        leaves = tuple(dict.fromkeys(ex.leaves(self.platform.target.asked(query))))
        columns = self._columns(ex.conjunction(*leaves), self.records[place])
        if met is None:
            return Answer(None, columns, leaves, "this part cannot be run alone here")
        return Answer(place in met if in_table else None, columns, leaves)

    def _condition(self, term: ex.Expression, met: bool, record: Event) -> Condition:
        origins = [origin for leaf in ex.leaves(term) for origin in leaf.origins]
        names = ex.fields(term)
        first = names[0] if names else None
        finals = frozenset(names)
        steps = dict.fromkeys(
            step for one in origins for step in self.platform.places.steps(one.applied, first, finals)
        )
        return Condition(_plain(term), met, tuple(steps), self._columns(term, record))

    def _columns(self, expression: ex.Expression, record: Event) -> tuple[Column, ...]:
        computed = self.whole.state.get("columns") or {}
        return tuple(_column(name, record, computed) for name in ex.fields(expression))


def _column(name: str, record: Event, computed: Mapping[str, str]) -> Column:
    """A column of a record; some languages do not tell names apart by case."""
    own = record.record
    spelled = name if name in own else next((key for key in own if key.lower() == name.lower()), None)
    if spelled is not None:
        return Column(name, own[spelled], own[spelled] is not None)
    return Column(name, computed=str(computed.get(name, "")))


def _only(rule: SigmaRule, item: Item) -> SigmaRule:
    """The rule, whose condition asks for one item alone. The others stay: pipelines look at what a rule has."""
    probe = copy_rule(rule)
    name = "part"
    while name in probe.detection.detections:
        name += "_"
    detections = {**probe.detection.detections, name: SigmaDetection([item.of], item_linking=ConditionAND)}
    probe.detection = SigmaDetections(detections, [name], rule.detection.source)
    return probe


def _split(expression: ex.Expression) -> tuple[tuple[ex.Expression, ...], tuple[ex.Expression, ...]]:
    """The terms that pipelines added, on the log source, and those of the rule."""
    terms = expression.terms if isinstance(expression, ex.And) else (expression,)
    added = tuple(term for term in terms if not _is_of_rule(term))
    return added, tuple(term for term in terms if _is_of_rule(term))


def _is_of_rule(term: ex.Expression) -> bool:
    return any(isinstance(origin.source, ItemLocation) for leaf in ex.leaves(term) for origin in leaf.origins)


def holds(node: Node, answers: Mapping[Item, Answer]) -> bool:
    """What the tree says where each item says what it says; what could not be asked is not met."""
    match node:
        case ItemNode(item):
            return answers[item].met is True
        case Group("all", nodes):
            return all(holds(one, answers) for one in nodes)
        case Group(_, nodes):
            return any(holds(one, answers) for one in nodes)
        case Negated(inner):
            return not holds(inner, answers)


def _reads(query: Query) -> str:
    """What the pipeline calls the place that the query reads."""
    for key in ("table", "index", "search_macro", "record"):
        if isinstance(query.state.get(key), str):
            return str(query.state[key])
    return ""


def _plain(term: ex.Expression) -> str:
    """A condition that a pipeline added, in Sigma's manner."""
    match term:
        case ex.And(terms):
            return " and ".join(map(_plain, terms))
        case ex.Or(terms):
            return f"({' or '.join(map(_plain, terms))})"
        case ex.Not(inner):
            return f"not {_plain(inner)}"
        case ex.Text(name, globs):
            return f"{name} = {' or '.join(str(glob) for glob in globs)}"
        case ex.Number(name, op, value):
            return f"{name} {'=' if op == '==' else op} {value}"
        case ex.Regex(name, pattern):
            return f"{name} matches {pattern}"
        case ex.Keyword(globs):
            return f"keyword {' or '.join(map(str, globs))}"
        case ex.Cidr(name, networks):
            return f"{name} in {' or '.join(networks)}"
        case ex.Boolean(name, value):
            return f"{name} is {str(value).lower()}"
        case ex.Present(name):
            return f"{name} is present"
        case ex.Null(name):
            return f"{name} is absent or empty"
        case ex.FieldRef(name, other):
            return f"{name} like {other}"
