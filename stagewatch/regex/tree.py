"""A regular expression as a tree of small frozen nodes, each of which carries the flags that hold for it.

Python's own parser reads the pattern: pySigma has already checked every ``|re`` value with :mod:`re`, so what it
accepts here is what the rule's author could write. Its module is private, hence the only access is in this file.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from stagewatch.findings import Unsupported

# Why not a parser of our own: the escapes, classes and inline flags would have to agree with the check in pySigma
# in every corner. ``sre_parse``, the old public name of this module, is deprecated and warns.
_parser: Any = importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class Chars:
    """Literal text; in any case if ``fold``."""

    text: str
    fold: bool = False


class Category(Enum):
    """``\\d``, ``\\w`` and ``\\s``. They are ASCII in PCRE, which Sigma names, so they are ASCII everywhere."""

    DIGIT = "d"
    WORD = "w"
    SPACE = "s"


Span = tuple[int, int]
"""A range of code points, both ends included."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a class: inside any of the spans and categories, outside any of the categories ``without``.

    ``[a\\S]`` has a span, no category and SPACE in ``without``. ``negated`` turns the whole round.
    """

    spans: tuple[Span, ...]
    categories: tuple[Category, ...] = ()
    without: tuple[Category, ...] = ()
    negated: bool = False
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """Any one character; a newline too if ``newline``."""

    newline: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """The start or the end of the value, or of a line of it."""

    end: bool
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Boundary:
    """``\\b`` or, negated, ``\\B``."""

    negated: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other. Build it with :func:`sequence`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the branches. Build it with :func:`choice`."""

    branches: tuple[Node, ...]


class Mode(Enum):
    """How a repetition gives way; the value is the suffix in the syntax that all dialects with it share."""

    GREEDY = ""
    LAZY = "?"
    POSSESSIVE = "+"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The item ``least`` to ``most`` times, without an upper limit if ``most`` is None."""

    item: Node
    least: int
    most: int | None
    mode: Mode = Mode.GREEDY


@dataclass(frozen=True, slots=True)
class Capture:
    """A group that a back-reference or a condition names. All other groups leave no trace in the tree."""

    item: Node
    number: int


@dataclass(frozen=True, slots=True)
class Look:
    """A look-ahead or look-behind."""

    item: Node
    behind: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Atomic:
    """``(?>...)``."""

    item: Node


@dataclass(frozen=True, slots=True)
class Back:
    """What the numbered group has matched, again."""

    number: int
    fold: bool


@dataclass(frozen=True, slots=True)
class Conditional:
    """``(?(1)yes|no)``."""

    number: int
    yes: Node
    no: Node


Node = Chars | OneOf | Dot | Edge | Boundary | Sequence | Choice | Repeat | Capture | Look | Atomic | Back | Conditional

EMPTY = Sequence(())
ANYTHING = Repeat(Dot(newline=True), 0, None)


def items(node: Node) -> tuple[Node, ...]:
    """The node as a list of nodes that follow one another."""
    return node.items if isinstance(node, Sequence) else (node,)


def sequence(*nodes: Node) -> Node:
    """The nodes one after the other: sequences inside are opened, neighbouring texts joined."""
    flat: list[Node] = []
    for node in (inner for outer in nodes for inner in items(outer)):
        last = flat[-1] if flat else None
        if isinstance(node, Chars) and isinstance(last, Chars) and node.fold == last.fold:
            flat[-1] = Chars(last.text + node.text, node.fold)
        else:
            flat.append(node)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def choice(*nodes: Node) -> Node:
    """Any one of the nodes, each once."""
    branches = tuple(dict.fromkeys(nodes))
    return branches[0] if len(branches) == 1 else Choice(branches)


def repeat(item: Node, least: int, most: int | None, mode: Mode = Mode.GREEDY) -> Node:
    """The item repeated. A position once or often is the same, and some engines refuse to repeat it."""
    if most == 0 or not items(item):
        return EMPTY
    if isinstance(item, Edge | Boundary):
        return item if least else EMPTY
    return item if (least, most) == (1, 1) else Repeat(item, least, most, mode)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Sequence(parts) | Choice(parts):
            return parts
        case Repeat(item=item) | Capture(item=item) | Look(item=item) | Atomic(item=item):
            return (item,)
        case Conditional(_, yes, no):
            return (yes, no)
        case _:
            return ()


def needs_text(node: Node) -> bool:
    """Whether whatever the node matches has at least one character; False where that is not plain to see."""
    match node:
        case Chars(text=text):
            return bool(text)
        case OneOf() | Dot():
            return True
        case Sequence(parts):
            return any(map(needs_text, parts))
        case Choice(branches):
            return all(map(needs_text, branches))
        case Repeat(item=item, least=least):
            return least > 0 and needs_text(item)
        case Capture(item=item) | Atomic(item=item):
            return needs_text(item)
        case _:
            return False


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


@lru_cache(maxsize=1024)
def parse(pattern: str, flags: frozenset[str]) -> Node:
    """Read a pattern with the flags ``i``, ``m``, ``s``. Flags inside the pattern are honoured too."""
    given = sum((getattr(re, flag.upper()) for flag in flags), re.NOFLAG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set": Sigma means what Python does today
            parsed = _parser.parse(pattern, given)
    except (re.error, RecursionError, OverflowError) as error:
        raise Unsupported(f"the regular expression is not valid: {error}") from error
    return _Reader(frozenset(_references(parsed))).read(parsed, parsed.state.flags)


def _references(parsed: Any) -> Iterator[int]:
    """The numbers of the groups that the pattern refers back to."""
    for op, argument in parsed:
        name = str(op)
        if name == "GROUPREF":
            yield argument
        elif name == "GROUPREF_EXISTS":
            yield argument[0]
        for inner in _nested(argument):
            yield from _references(inner)


def _nested(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _nested(part)


_MODES = {"MAX_REPEAT": Mode.GREEDY, "MIN_REPEAT": Mode.LAZY, "POSSESSIVE_REPEAT": Mode.POSSESSIVE}


@dataclass(frozen=True)
class _Reader:
    """Turns the tree of Python's parser into ours; ``referenced`` are the groups whose text is needed."""

    referenced: frozenset[int]

    def read(self, parsed: Any, flags: int) -> Node:
        return sequence(*(self._node(str(op), argument, flags) for op, argument in parsed))

    def _node(self, name: str, argument: Any, flags: int) -> Node:
        fold = bool(flags & re.IGNORECASE)
        match name:
            case "LITERAL":
                return Chars(chr(argument), fold)
            case "NOT_LITERAL":
                return OneOf(((argument, argument),), negated=True, fold=fold)
            case "ANY":
                return Dot(bool(flags & re.DOTALL))
            case "IN":
                return _class(argument, fold)
            case "AT":
                return _position(str(argument), bool(flags & re.MULTILINE))
            case "BRANCH":
                return choice(*(self.read(branch, flags) for branch in argument[1]))
            case "SUBPATTERN":
                number, added, removed, inner = argument
                item = self.read(inner, (flags | added) & ~removed)
                return Capture(item, number) if number in self.referenced else item
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = argument
                limit = None if most == _parser.MAXREPEAT else int(most)
                return repeat(self.read(inner, flags), least, limit, _MODES[name])
            case "ASSERT" | "ASSERT_NOT":
                direction, inner = argument
                return Look(self.read(inner, flags), behind=direction < 0, negated=name == "ASSERT_NOT")
            case "ATOMIC_GROUP":
                return Atomic(self.read(argument, flags))
            case "GROUPREF":
                return Back(argument, fold)
            case "GROUPREF_EXISTS":
                number, yes, no = argument
                return Conditional(number, self.read(yes, flags), self.read(no, flags) if no else EMPTY)
            case "FAILURE":  # what newer Pythons make of (?!)
                return Look(EMPTY, behind=False, negated=True)
            case _:
                raise Unsupported(f"the regular expression uses an unknown construct ({name})")


def _position(name: str, multiline: bool) -> Node:
    """``$`` is the very end of the value here, not also the place before a final newline."""
    match name:
        case "AT_BEGINNING" | "AT_END":
            return Edge(end=name == "AT_END", multiline=multiline)
        case "AT_BEGINNING_STRING" | "AT_END_STRING":
            return Edge(end=name == "AT_END_STRING")
        case "AT_BOUNDARY" | "AT_NON_BOUNDARY":
            return Boundary(negated=name == "AT_NON_BOUNDARY")
        case _:
            raise Unsupported(f"the regular expression uses an unknown position ({name})")


_CATEGORIES = {"DIGIT": Category.DIGIT, "WORD": Category.WORD, "SPACE": Category.SPACE}


def _class(members: Any, fold: bool) -> Node:
    spans: list[Span] = []
    categories: list[Category] = []
    without: list[Category] = []
    negated = False
    for op, argument in members:
        match str(op):
            case "NEGATE":
                negated = True
            case "LITERAL":
                spans.append((argument, argument))
            case "RANGE":
                spans.append((int(argument[0]), int(argument[1])))
            case "CATEGORY":
                name = str(argument).removeprefix("CATEGORY_")
                target = without if name.startswith("NOT_") else categories
                target.append(_CATEGORIES[name.removeprefix("NOT_")])
            case other:
                raise Unsupported(f"the regular expression uses an unknown kind of class ({other})")
    if not spans and not categories and len(without) == 1:  # \S is [^\s], [^\S] is \s
        return OneOf((), tuple(without), negated=not negated, fold=fold)
    return OneOf(tuple(spans), tuple(categories), tuple(without), negated, fold)
