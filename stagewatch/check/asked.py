"""What a rule asks, as a tree that knows for each part of it where it stands in the file.

The expression tree of a query has no places, and merges what the file says apart. Here each value is a leaf of its own;
:attr:`Node.expression` is the meaning of a part, in Sigma's own field names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionItem, ConditionNOT, ConditionSelector
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaLogSource

from stagewatch import expression as ex
from stagewatch.check.model import Checked, Place, Remark, Subject
from stagewatch.conditions import parsed, selected
from stagewatch.detections import value_of
from stagewatch.findings import Unsupported
from stagewatch.pack import PackFilter

Path = tuple[object, ...]
Join = Literal["and", "or", "not", "value"]


@dataclass(frozen=True, slots=True)
class Item:
    """A field with its modifiers and values, as one key of a detection has them."""

    detection: str
    field: str | None
    modifiers: tuple[str, ...]
    every: bool
    """Whether all values must hold (``|all``)."""
    path: Path


@dataclass(frozen=True)
class Node:
    """A part of what a rule asks. ``name`` is set where the part is a whole detection."""

    join: Join
    path: Path
    parts: tuple[Node, ...] = ()
    leaf: ex.Expression | None = None
    """What a value asks; None where only a pipeline can say it (a placeholder)."""
    item: Item | None = None
    written: Any = None
    """The value as the file has it."""
    name: str | None = None

    @cached_property
    def expression(self) -> ex.Expression | None:
        """What the part asks, or None where some of it is not known."""
        if self.join == "value":
            return self.leaf
        known = [part.expression for part in self.parts]
        terms = [term for term in known if term is not None]
        if len(terms) < len(known) or not terms:
            return None
        if self.join == "not":
            return ex.Not(terms[0])
        return ex.conjunction(*terms) if self.join == "and" else ex.disjunction(*terms)

    def walk(self) -> Iterator[Node]:
        """The part and all below it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def flat(self) -> Iterator[Node]:
        """The parts that this part joins, through parts that join in the same way."""
        for part in self.parts:
            if part.join == self.join:
                yield from part.flat()
            else:
                yield part


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule or a filter with what it asks. ``tree`` is what holds of the events that are found, or left out by it."""

    subject: Subject
    source: SigmaLogSource
    detections: Mapping[str, Node]
    """Every detection, named by the condition or not, in the order of the file."""
    conditions: tuple[str, ...]
    tree: Node
    is_filter: bool
    written: SigmaDetections
    """The detections and conditions as pySigma read them."""

    @property
    def section(self) -> str:
        """The key of the document below which the detections stand."""
        return "filter" if self.is_filter else "detection"

    def values(self) -> Iterator[Node]:
        """Every value of every detection."""
        for detection in self.detections.values():
            yield from (node for node in detection.walk() if node.join == "value")

    def place(self, node: Node) -> Place:
        """Where a part stands in the file."""
        return self.subject.places(*node.path)

    def remark(self, code: str, node: Node, message: str, hint: str = "", target: str | None = None) -> Remark:
        """A finding on a part of the rule."""
        return Remark(code, self.place(node), message, hint, target, self.subject.entry.source.stem)


_last: list[tuple[Checked, tuple[Asked, ...]]] = []


def asked_by(checked: Checked) -> tuple[Asked, ...]:
    """What every rule and filter asks, correlations left out. Worked out once for all checks of one run."""
    if not _last or _last[0][0] is not checked:
        _last[:] = [(checked, tuple(_all(checked)))]
    return _last[0][1]


def _all(checked: Checked) -> Iterator[Asked]:
    for subject in checked.subjects:
        entry = subject.entry
        if isinstance(entry, PackFilter):
            yield _asked(subject, entry.filter.filter, entry.filter.logsource, is_filter=True)
        elif not isinstance(entry.rule, SigmaCorrelationRule):
            yield _asked(subject, entry.rule.detection, entry.rule.logsource, is_filter=False)


def _asked(subject: Subject, detections: SigmaDetections, source: SigmaLogSource, *, is_filter: bool) -> Asked:
    section = "filter" if is_filter else "detection"
    definitions = subject.document[section]
    known = {
        name: _detection(detection, definitions[name], name, (section, name))
        for name, detection in detections.detections.items()
        if name in definitions  # what a filter or a pipeline has added stands in no file
    }
    conditions = tuple(condition.condition for condition in detections.parsed_condition)
    trees = [_condition(parsed(text), detections, known, (section, "condition")) for text in conditions]
    tree = trees[0] if len(trees) == 1 else Node("or", (section, "condition"), tuple(trees))
    return Asked(subject, source, known, conditions, tree, is_filter, detections)


def _condition(node: object, detections: SigmaDetections, known: Mapping[str, Node], path: Path) -> Node:
    match node:
        case ConditionSelector():
            named = tuple(known[name] for name in selected(node, detections) if name in known)
            return (
                named[0] if len(named) == 1 else Node("and" if node.cond_class is ConditionAND else "or", path, named)
            )
        case ConditionIdentifier():
            return known[node.identifier]
        case ConditionItem(args=args):
            parts = tuple(_condition(arg, detections, known, path) for arg in args)
            if isinstance(node, ConditionNOT):
                return Node("not", path, parts)
            return Node("and" if isinstance(node, ConditionAND) else "or", path, parts)
        case _:
            raise AssertionError(node)


def _detection(detection: SigmaDetection, definition: Any, name: str, path: Path, *, inner: bool = False) -> Node:
    """A detection beside its definition: pySigma makes of each key an item and of each part of a list a detection."""
    join: Join = "and" if detection.item_linking is ConditionAND else "or"
    parts: list[Node] = []
    if isinstance(definition, Mapping):
        for item, (key, values) in zip(detection.detection_items, definition.items(), strict=True):
            if isinstance(item, SigmaDetectionItem):
                parts.append(_item(item, values, Item(name, *_key(key), (*path, key))))
    elif isinstance(detection.detection_items[0], SigmaDetectionItem):
        parts.append(_item(detection.detection_items[0], definition, Item(name, None, (), False, path)))
    else:
        for index, one in enumerate(detection.detection_items):
            if isinstance(one, SigmaDetection):
                parts.append(_detection(one, definition[index], name, (*path, index), inner=True))
    own = None if inner else name
    if len(parts) == 1 and inner:
        return parts[0]
    return Node(join, path, tuple(parts), name=own)


def _key(key: str) -> tuple[str | None, tuple[str, ...], bool]:
    field, *modifiers = key.split("|")
    return field or None, tuple(modifiers), "all" in modifiers


def _item(item: SigmaDetectionItem, values: Any, told: Item) -> Node:
    written = values if isinstance(values, list) else [values]
    parts = []
    for index, value in enumerate(item.value):
        place = (*told.path, index) if isinstance(values, list) and len(item.value) == len(written) else told.path
        try:
            leaf: ex.Expression | None = _as_text(value_of(item, value))
        except Unsupported:
            leaf = None
        text = written[index] if len(item.value) == len(written) else None
        parts.append(Node("value", place, leaf=leaf, item=told, written=text))
    join: Join = "and" if item.value_linking is ConditionAND else "or"
    node = parts[0] if len(parts) == 1 else Node(join, told.path, tuple(parts), item=told)
    return Node("not", told.path, (node,), item=told) if item.negated else node


def _as_text(leaf: ex.Expression) -> ex.Expression:
    """A number that is asked for as such is its text, ``4663`` and ``'4663'``: so the translation takes it, too."""
    match leaf:
        case ex.Number(field, "==", value):
            return ex.Text(field, (ex.Glob.of(str(value)),))
        case _:
            return leaf
