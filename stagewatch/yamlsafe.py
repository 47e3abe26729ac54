"""YAML from strangers, read safely: plain data only, no duplicate keys, bounded in size and depth.

Duplicate keys are refused because a second ``selection:`` would win without a word and change what a rule means.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML without libyaml: the same result, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

from stagewatch.findings import StagewatchError

MAX_BYTES = 1_048_576
"""A rule or pipeline file is text for people; the largest public Sigma rule has about 60 kB."""

MAX_DEPTH = 32
"""Nesting levels of mappings and lists; Sigma rules use fewer than ten."""

MAX_ALIASES = 64
"""Aliases in one file: enough for anchors of lists, too few for exponential growth."""


class YamlError(StagewatchError):
    """A file that is not acceptable YAML."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """``line`` and ``column`` count from 1, None where they are not known."""
        super().__init__(message)
        self.line = line
        self.column = column


class _StrictLoader(_Loader):
    """``CSafeLoader`` that refuses duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise YamlError("a mapping key must be plain text", _line(key_node.start_mark))
            if key in seen:
                raise YamlError(f"duplicate key {key!r}", _line(key_node.start_mark))
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_documents(text: str) -> list[tuple[int, Any]]:
    """Parse every document of a YAML stream.

    Returns pairs of the line (from 1) on which the document's content starts and its plain data; empty documents
    are left out. Raises :class:`YamlError` for anything that is not acceptable.
    """
    _check_bounds(text)
    documents: list[tuple[int, Any]] = []
    loader = _StrictLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            data = loader.construct_document(node)
            if data is not None:
                documents.append((_line(node.start_mark) or 1, data))
    except yaml.YAMLError as error:
        raise _described(error, text) from error
    except (AttributeError, KeyError, TypeError) as error:  # PyYAML's constructors rely on the form of a tag's text
        raise YamlError("not valid YAML: a value does not fit its tag") from error
    except (ValueError, OverflowError) as error:  # a scalar that YAML types as a date or number but that is none
        raise YamlError(f"not valid YAML: {error}") from error
    finally:
        loader.dispose()
    return documents


def compose(text: str) -> list[yaml.Node]:
    """The documents of a YAML stream as PyYAML's nodes, whose marks tell where each value stands.

    Raises :class:`YamlError` for anything that is not acceptable.
    """
    load_documents(text)
    return [node for node in yaml.compose_all(text, _StrictLoader) if node is not None]


def _check_bounds(text: str) -> None:
    """Refuse deep nesting and alias bombs before anything is constructed."""
    depth = aliases = 0
    loader = _Loader(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise YamlError(f"nested deeper than {MAX_DEPTH} levels", _line(event.start_mark))
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                aliases += 1
                if aliases > MAX_ALIASES:
                    raise YamlError(f"more than {MAX_ALIASES} aliases", _line(event.start_mark))
    except yaml.YAMLError as error:
        raise _described(error, text) from error
    finally:
        loader.dispose()


def _line(mark: Any) -> int | None:
    """The line, from 1, of PyYAML's mark (None where it has none)."""
    return None if mark is None else int(mark.line) + 1


def _described(error: yaml.YAMLError, text: str) -> YamlError:
    """PyYAML's error as one line and its place."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return YamlError(f"not valid YAML: {error.problem}", _line(mark), None if mark is None else mark.column + 1)
    line = None
    if isinstance(error, ReaderError):  # a character that YAML does not allow
        line = text.encode()[: error.position].count(b"\n") + 1
    return YamlError(f"not valid YAML: {str(error).splitlines()[0]}", line)


def read_documents(path: Path) -> list[tuple[int, Any]]:
    """Read a YAML file as :func:`load_documents` does. Raises :class:`YamlError` also where :func:`read_raw` does."""
    return load_documents(decoded(read_raw(path)))


def read_raw(path: Path) -> bytes:
    """The content of a file, at most :data:`MAX_BYTES` long.

    Raises :class:`YamlError` for a file that cannot be read, is too large or is no text.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlError(f"cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise YamlError(f"larger than {MAX_BYTES} bytes")
    if b"\0" in raw:
        raise YamlError("not a text file")
    return raw


def decoded(raw: bytes) -> str:
    """UTF-8 text, without a byte order mark. Raises :class:`YamlError` with the line of the first wrong byte."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError(f"not UTF-8 text: byte {error.start}", raw[: error.start].count(b"\n") + 1) from error
