"""On which lines of a YAML text its values stand."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from stagewatch.yamlsafe import compose

Path = tuple[str | int, ...]
"""Keys and positions from the document downwards."""


class Lines:
    """The lines of one document, from 1."""

    def __init__(self, known: Mapping[Path, int]) -> None:
        self._known = known

    def of(self, path: Path) -> int | None:
        """The line on which a value stands, or what it stands in where that is not known, as with a merged key."""
        return next((self._known[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self._known), None)


def lines_of(text: str) -> dict[int, Lines]:
    """The documents of a stream by the line on which each starts. Raises :class:`stagewatch.yamlsafe.YamlError`."""
    found = {}
    for node in compose(text):
        known: dict[Path, int] = {}
        _walk(node, (), node.start_mark.line + 1, known)
        found[node.start_mark.line + 1] = Lines(known)
    return found


def _walk(node: yaml.Node, path: Path, line: int, known: dict[Path, int]) -> None:
    """Depth, size and aliases of the text are bounded, and so is this."""
    known[path] = line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                _walk(value, (*path, key.value), key.start_mark.line + 1, known)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _walk(value, (*path, position), value.start_mark.line + 1, known)
