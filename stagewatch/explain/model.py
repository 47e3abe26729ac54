"""A rule as its author wrote it: detections and condition as a tree, each item with its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sigma.exceptions import SigmaRuleLocation
from sigma.rule import SigmaDetectionItem

from stagewatch.check.model import Place


@dataclass(frozen=True, slots=True)
class Item:
    """One detection item: a field with its modifiers, and its values. Two are equal where they stand in one place."""

    place: Place
    """Of the key; of the first value where there is no key."""
    detection: str
    """The name of the detection that it stands in."""
    key: str
    """As it is written, such as ``Image|endswith``; empty for keywords."""
    ordinal: int
    """Its place among the items of the detection, from 0: two may stand on one line."""
    of: SigmaDetectionItem = field(compare=False, repr=False)
    values: tuple[Place, ...] = field(default=(), compare=False)
    """Where each value stands, in the order of ``of.value``; empty where values and lines cannot be paired."""
    filtered: bool = False
    """Whether a Sigma filter brought it."""

    @property
    def sigma_field(self) -> str | None:
        """Sigma's name of the field."""
        return self.of.field

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line, 0 where none is known."""
        known = [place.line for place in (self.place, *self.values) if place.line is not None]
        return (min(known), max(known)) if known else (0, 0)


@dataclass(frozen=True, slots=True)
class ItemNode:
    """An item as a leaf of the tree."""

    item: Item


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that must all hold, or of which one must. ``name`` is a detection's where the group is one."""

    join: Literal["all", "any"]
    nodes: tuple[Node, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Negated:
    """A node that must not hold."""

    node: Node


Node = ItemNode | Group | Negated


@dataclass
class ItemLocation(SigmaRuleLocation):
    """What a marked detection item carries as its source, through pipelines and into expressions."""

    item: Item | None = None


def items(node: Node) -> Iterator[Item]:
    """The items of a tree, left to right; one that the condition names twice comes twice."""
    match node:
        case ItemNode(item):
            yield item
        case Group(nodes=nodes):
            for one in nodes:
                yield from items(one)
        case Negated(inner):
            yield from items(inner)


def detections(node: Node) -> Iterator[str]:
    """The names of the detections of a tree, left to right."""
    if isinstance(node, Group):
        if node.name:
            yield node.name
        for one in node.nodes:
            yield from detections(one)
    elif isinstance(node, Negated):
        yield from detections(node.node)
