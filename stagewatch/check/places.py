"""Where the keys and values of a rule stand in its file.

Nothing is mapped beforehand: a path is followed through PyYAML's nodes when somebody asks. A file of a stranger may
hold aliases of aliases, of which a table of all paths would be endless.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from stagewatch.check.model import Place
from stagewatch.yamlsafe import compose

MERGE = "tag:yaml.org,2002:merge"


class Places:
    """The places in one document of a file. ``first`` is the line on which its content starts, from 1."""

    def __init__(self, path: str, text: str, first: int) -> None:
        self._path = path
        self._text = text
        self._first = first
        self._node: yaml.Node | None = None

    def __call__(self, *steps: object) -> Place:
        """The place of a key of a mapping or an item of a list; where it is not there, the nearest above it."""
        node = self._document()
        if node is None:
            return Place(self._path, self._first)
        mark = node.start_mark
        for step in steps:
            found = _step(node, step)
            if found is None:
                break
            mark, node = found
        return Place(self._path, mark.line + 1, mark.column + 1)

    def _document(self) -> yaml.Node | None:
        """The document's node. It was read once without complaint, so that it composes here as well."""
        if self._node is None:
            nodes = (node for node in compose(self._text) if node.start_mark.line + 1 == self._first)
            self._node = next(nodes, None)
        return self._node


def _step(node: yaml.Node, step: object) -> tuple[yaml.Mark, yaml.Node] | None:
    """Where a key or an index stands, and the node of its value."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in _pairs(node) if key.value == _text(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        item = node.value[step]
        return item.start_mark, item
    return None


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """A mapping's own keys and values, then those that it merges from elsewhere, one level deep."""
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            yield key, value
    for one in merged:
        if isinstance(one, yaml.MappingNode):
            yield from one.value


def _text(step: object) -> str:
    return "null" if step is None else str(step)
