"""Reads a rule's structure: the tree of its condition, and the line of each key and value.

The items of the rule are marked with their places, in memory: whatever a pipeline makes of one says where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionSelector,
)
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule

from stagewatch.check.model import Place
from stagewatch.check.places import Places
from stagewatch.conditions import parsed, selected
from stagewatch.explain.model import Group, Item, ItemLocation, ItemNode, Negated, Node
from stagewatch.findings import UsageError
from stagewatch.yamlsafe import YamlError, decoded, load_documents, read_raw

FILTERED = re.compile(r"_filt_[a-z]{10}_")
"""What pySigma puts before the names of a filter's detections in a rule."""

Shown = Callable[[Path], str]
"""How a file's path is printed."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file of Sigma: its documents as plain data with the lines on which they start."""

    shown: str
    text: str
    documents: tuple[tuple[int, Any], ...]

    def places(self, line: int) -> Places:
        """The places in the document that starts on a line."""
        return Places(self.shown, self.text, line)


@dataclass(frozen=True, slots=True)
class Described:
    """A rule with its structure. ``unused`` are items of detections that the condition does not name."""

    tree: Node
    items: tuple[Item, ...]
    unused: tuple[Item, ...]
    condition: Place
    title: Place


class Reader:
    """Reads the files of rules and filters, each once."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._texts: dict[Path, Text] = {}

    def text(self, path: Path) -> Text:
        """A file that was read as a rule before. Raises :class:`UsageError` where it cannot be read any more."""
        if path not in self._texts:
            try:
                text = decoded(read_raw(path))
                self._texts[path] = Text(self._shown(path), text, tuple(load_documents(text)))
            except YamlError as error:
                raise UsageError(f"{self._shown(path)}: {error}") from error
        return self._texts[path]

    def describe(self, rule: SigmaRule, line: int) -> Described:
        """The structure of a rule whose document starts on a line. Marks the rule's items with their places."""
        own = self._marked(rule, line)
        used: dict[int, SigmaDetection] = {}
        conditions = rule.detection.condition
        trees = [_tree(parsed(one), rule.detection, own, used) for one in conditions]
        tree = trees[0] if len(trees) == 1 else Group("any", tuple(trees))
        listed = [item for name, detection in rule.detection.detections.items() for item in own[name]]
        unused = [
            item
            for name, detection in rule.detection.detections.items()
            if id(detection) not in used
            for item in own[name]
        ]
        places = self.text(_path(rule)).places(line)
        return Described(tree, tuple(listed), tuple(unused), places("detection", "condition"), places("title"))

    def line_of(self, rule: SigmaRule) -> int:
        """The line on which a rule's document starts: that with its id, or its title where it has none."""
        documents = self.text(_path(rule)).documents
        for key, value in (("id", rule.id), ("title", rule.title)):
            for line, data in documents:
                if value is not None and isinstance(data, Mapping) and str(data.get(key)) == str(value):
                    return line
        return documents[0][0] if documents else 1

    def _marked(self, rule: SigmaRule, line: int) -> dict[str, list[Item]]:
        marked: dict[str, list[Item]] = {}
        for name, detection in rule.detection.detections.items():
            filtered = FILTERED.match(name)
            plain = name[filtered.end() :] if filtered else name
            path = _filter_path(detection) if filtered else _path(rule)
            text = self.text(path or _path(rule))
            first, section = self._document(text, plain) if filtered else (line, "detection")
            definition = _definition(text, first, section, plain)
            context = _Context(text.places(first), plain, path or _path(rule), filtered is not None)
            marked[name] = list(context.mark(detection, definition, (section, plain)))
        return marked

    @staticmethod
    def _document(text: Text, name: str) -> tuple[int, str]:
        """Where the filter stands that defines a detection."""
        for line, data in text.documents:
            if isinstance(data, Mapping) and name in (data.get("filter") or {}):
                return line, "filter"
        return 1, "filter"


def _path(rule: SigmaRule) -> Path:
    if rule.source is None:
        raise UsageError("the rule comes from no file, so that no line of it can be told")
    return rule.source.path


def _filter_path(detection: SigmaDetection) -> Path | None:
    for item in detection.detection_items:
        if item.source is not None:
            return item.source.path
    return None


def _definition(text: Text, line: int, section: str, name: str) -> Any:
    data = next((data for first, data in text.documents if first == line), None)
    part = data.get(section) if isinstance(data, Mapping) else None
    return part.get(name) if isinstance(part, Mapping) else None


class _Context:
    """Walks one detection and its definition side by side."""

    def __init__(self, places: Places, name: str, path: Path, filtered: bool) -> None:
        self.places, self.name, self.path, self.filtered = places, name, path, filtered
        self.count = 0

    def mark(self, detection: SigmaDetection, definition: Any, steps: tuple[object, ...]) -> Iterator[Item]:
        """Give every item of a detection its place."""
        keys = list(definition) if isinstance(definition, Mapping) else []
        for number, inner in enumerate(detection.detection_items):
            if isinstance(inner, SigmaDetection):
                listed = isinstance(definition, list) and number < len(definition)
                yield from self.mark(inner, definition[number] if listed else None, (*steps, number))
            elif keys:
                key = keys[number] if number < len(keys) else ""
                yield self._item(inner, key, definition.get(key), (*steps, key))
            else:
                yield self._item(inner, "", definition, steps)

    def _item(self, item: SigmaDetectionItem, key: str, value: Any, steps: tuple[object, ...]) -> Item:
        if isinstance(value, list):
            values = [self.places(*steps, index) for index in range(len(value))]
        else:
            values = [self.places(*steps)]
        place = self.places(*steps)
        paired = tuple(values) if len(values) == len(item.value) else ()
        made = Item(place, self.name, key, self.count, item, paired, self.filtered)
        self.count += 1
        item.source = ItemLocation(self.path, place.line, place.column, made)
        return made


def _tree(node: object, given: SigmaDetections, own: Mapping[str, list[Item]], used: dict[int, SigmaDetection]) -> Node:
    """The tree of a condition that has been checked when the rule was read."""
    match node:
        case ConditionSelector():
            named = [_named(name, given, own, used) for name in selected(node, given)]
            return (
                named[0]
                if len(named) == 1
                else Group("all" if node.cond_class is ConditionAND else "any", tuple(named))
            )
        case ConditionIdentifier():
            return _named(node.identifier, given, own, used)
        case ConditionNOT(args=[arg]):
            return Negated(_tree(arg, given, own, used))
        case ConditionItem(args=args):
            join = Group("all" if isinstance(node, ConditionAND) else "any", ())
            return Group(join.join, tuple(_flat(join.join, [_tree(arg, given, own, used) for arg in args])))
        case _:
            raise UsageError("the condition is empty")


def _flat(join: str, nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Group) and node.join == join and not node.name:
            yield from node.nodes
        else:
            yield node


def _named(name: str, given: SigmaDetections, own: Mapping[str, list[Item]], used: dict[int, SigmaDetection]) -> Node:
    detection = given.detections[name]
    used[id(detection)] = detection
    ahead = iter(own[name])
    plain = FILTERED.sub("", name, count=1) if FILTERED.match(name) else name
    made = _detection(detection, ahead)
    return (
        Group(made.join, made.nodes, plain)
        if isinstance(made, Group) and not made.name
        else Group("all", (made,), plain)
    )


def _detection(detection: SigmaDetection, ahead: Iterator[Item]) -> Node:
    nodes = tuple(
        _detection(inner, ahead) if isinstance(inner, SigmaDetection) else ItemNode(next(ahead))
        for inner in detection.detection_items
    )
    if len(nodes) == 1:
        return nodes[0]
    return Group("all" if detection.item_linking is ConditionAND else "any", nodes)
