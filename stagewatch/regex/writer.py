"""Writes the tree of a regular expression in a dialect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import groupby

from stagewatch.findings import Unsupported
from stagewatch.regex.automaton import effort
from stagewatch.regex.characters import complement, folded, has_case, members, variants
from stagewatch.regex.dialects import SYNTAX, Feature, Syntax
from stagewatch.regex.edges import surrounded, without_anchors
from stagewatch.regex.tree import (
    Atomic,
    Back,
    Boundary,
    Capture,
    Category,
    Chars,
    Choice,
    Conditional,
    Dot,
    Edge,
    Look,
    Mode,
    Node,
    OneOf,
    Repeat,
    Sequence,
    Span,
    choice,
    items,
    repeat,
    walk,
)


class Rank(IntEnum):
    """How tightly a piece of text holds together; a looser one is put into a group."""

    CHOICE = 0
    SEQUENCE = 1
    ATOM = 2


Piece = tuple[str, Rank]


def write(node: Node, syntax: Syntax, given: frozenset[str]) -> str:
    """The expression in a dialect. ``given`` are the flags that the caller sets outside the expression."""
    if syntax.whole:
        node = surrounded(node) if syntax.inline_flags else without_anchors(node, syntax.title)
    nodes = list(walk(node))
    if not syntax.inline_flags:
        text = Writer(syntax, given if syntax.outer_flags else frozenset(), nodes).text(node)
        _check_size(text, node, syntax)
        return text
    flags = frozenset(
        flag
        for flag, used in (
            ("i", _cases(node) == {True}),
            ("m", any(isinstance(n, Edge) and n.multiline for n in nodes)),
            ("s", syntax.always_dotall or any(isinstance(n, Dot) and n.newline for n in nodes)),
            (
                "u",
                syntax.unicode_flag
                and any(isinstance(n, Chars | OneOf) and n.fold and _beyond_ascii(n) for n in nodes),
            ),
        )
        if used
    )
    letters = "".join(syntax.line_flag if flag == "m" else flag for flag in sorted(flags))
    prefix = f"(?{letters})" if letters else ""
    return prefix + Writer(syntax, flags, nodes).text(node)


def _check_size(text: str, node: Node, syntax: Syntax) -> None:
    if syntax.most_characters is not None and len(text) > syntax.most_characters:
        raise Unsupported(
            f"the regular expression has {len(text)} characters in the syntax of {syntax.title}; "
            f"an index accepts {syntax.most_characters} (index.max_regex_length)"
        )
    if syntax.most_effort is not None and effort(node, syntax.most_effort) > syntax.most_effort:
        raise Unsupported(f"the regular expression is too complex for {syntax.title} (max_determinized_states)")


def _cases(node: Node) -> frozenset[bool]:
    """Whether the letters below a node match in any case: all, none, both, or nothing where there are no letters."""
    return frozenset(n.fold for n in walk(node) if isinstance(n, Chars | OneOf | Back) and _lettered(n))


def _lettered(node: Chars | OneOf | Back) -> bool:
    match node:
        case Chars(text=text):
            return has_case(text)
        case OneOf(spans=spans):
            return folded(spans) != spans
        case Back():
            return True


def _beyond_ascii(node: Chars | OneOf) -> bool:
    return not node.text.isascii() if isinstance(node, Chars) else any(high > 0x7F for _, high in node.spans)


_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\f": r"\f"}


def _escaped(character: str, reserved: frozenset[str], syntax: Syntax) -> str:
    """One literal character. What cannot be seen becomes an escape where the dialect has any."""
    if character in reserved:
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise Unsupported("the text has half of a surrogate pair, which no query can carry")
    if not syntax.escapes or code > 0xFFFF:
        return character
    if code > 0x7F:
        return syntax.wide_escape.format(code)
    return _NAMED.get(character, f"\\x{code:02X}")


@lru_cache(maxsize=len(SYNTAX))
def _escapes(reserved: frozenset[str]) -> dict[int, str]:
    """What ``str.translate`` needs to put a backslash before each reserved character."""
    return {ord(character): f"\\{character}" for character in reserved}


@dataclass(frozen=True)
class Writer:
    """Writes nodes. ``flags`` hold for the whole expression: those of the prefix, or those that the caller sets."""

    syntax: Syntax
    flags: frozenset[str]
    nodes: list[Node]
    known_cases: dict[int, frozenset[bool]] = field(default_factory=dict)
    """Of nodes by their identity: all live as long as ``nodes``."""

    def text(self, node: Node) -> str:
        """A whole expression."""
        return self.piece(node, "i" in self.flags)[0]

    def grouped(self, node: Node, fold: bool, least: Rank) -> str:
        """A node as part of something that binds as tightly as ``least``."""
        text, rank = self.piece(node, fold)
        return text if rank >= least else f"{self.syntax.group}{text})"

    def piece(self, node: Node, fold: bool) -> Piece:
        """A node where letters match in any case if ``fold``."""
        if self.syntax.inline_flags and not fold and self.needs_flag(node):
            return f"(?i:{self.piece(node, True)[0]})", Rank.ATOM
        match node:
            case Chars():
                return self.chars(node, fold)
            case OneOf():
                return self.one_of(node, fold)
            case Dot():
                return self.dot(node), Rank.ATOM
            case Edge():
                return self.edge(node), Rank.ATOM
            case Boundary(negated):
                self.require(Feature.NOT_BOUNDARY if negated else Feature.BOUNDARY)
                return (r"\B" if negated else self.syntax.boundary), Rank.ATOM
            case Sequence(parts):
                return self.sequence(parts, fold)
            case Choice(branches):
                return self.choice(branches, fold)
            case Repeat():
                return self.repeat(node, fold)
            case _:
                return self.special(node, fold), Rank.ATOM

    def needs_flag(self, node: Node) -> bool:
        """Whether all letters of the node, and there are some, match in any case."""
        cases = self.known_cases.get(id(node))
        if cases is None:
            cases = self.known_cases[id(node)] = _cases(node)
        return cases == {True}

    def require(self, feature: Feature) -> None:
        """Refuse a construct that the dialect lacks."""
        if feature not in self.syntax.features:
            raise Unsupported(f"the regular expression uses {feature.value}, which {self.syntax.title} lacks")

    def escape(self, text: str) -> str:
        """Literal text outside a class."""
        if text.isprintable():
            return text.translate(_escapes(self.syntax.reserved))
        return "".join(_escaped(character, self.syntax.reserved, self.syntax) for character in text)

    def must_expand(self, node: Chars | OneOf | Back, fold: bool) -> bool:
        """Whether both cases must be written out, because no flag can say it here."""
        if node.fold == fold or not _lettered(node):
            return False
        if fold:
            raise Unsupported(
                f"a part of the regular expression is case-sensitive under the flag i, which {self.syntax.title} lacks"
            )
        return True

    def is_left_alone(self, node: Chars | OneOf) -> bool:
        """Whether letters should match in any case, but the flag may not reach all of them."""
        reached = self.syntax.folds_beyond_ascii or not _beyond_ascii(node)
        return node.fold and not (self.syntax.folds_classes and reached)

    def chars(self, node: Chars, fold: bool) -> Piece:
        if self.must_expand(node, fold):
            text = "".join(map(self.both_cases, node.text))
        elif self.is_left_alone(node):
            text = "".join(self.escape(char) if char.isascii() else self.both_cases(char) for char in node.text)
        else:
            text = self.escape(node.text)
        return text, Rank.ATOM if len(node.text) == 1 else Rank.SEQUENCE

    def both_cases(self, character: str) -> str:
        cases = variants(character)
        return self.escape(character) if len(cases) == 1 else f"[{''.join(cases)}]"

    def one_of(self, node: OneOf, fold: bool) -> Piece:
        expand = self.must_expand(node, fold) or self.is_left_alone(node)
        spans = folded(node.spans) if expand else node.spans
        if not all(category in self.syntax.negated_categories for category in node.without):
            return self.complements(node, spans)
        if not spans and len(node.categories) == 1 and not node.without:
            category = node.categories[0]
            native = f"\\{category.value}"
            if node.negated and category in self.syntax.negated_categories:
                return native.upper(), Rank.ATOM
            if not node.negated and self.syntax.categories[category] == native:
                return native, Rank.ATOM
        return self.bracket(spans, node.categories, node.negated, node.without), Rank.ATOM

    def complements(self, node: OneOf, spans: tuple[Span, ...]) -> Piece:
        """A class with ``\\D``, ``\\W`` or ``\\S`` among others, in a dialect that lacks these."""
        if node.negated:
            return self.bracket(complement(members(node)), (), False), Rank.ATOM
        if not complement(members(node)):
            return self.dot(Dot(newline=True)), Rank.ATOM
        parts = [self.bracket((), (category,), True) for category in node.without]
        if spans or node.categories:
            parts.append(self.bracket(spans, node.categories, False))
        return "|".join(parts), Rank.CHOICE if len(parts) > 1 else Rank.ATOM

    def bracket(
        self,
        spans: Iterable[Span],
        categories: tuple[Category, ...],
        negated: bool,
        without: tuple[Category, ...] = (),
    ) -> str:
        inside = [self.span(*span) for span in spans]
        inside += [self.syntax.categories[category] for category in dict.fromkeys(categories)]
        inside += [f"\\{category.value.upper()}" for category in dict.fromkeys(without)]
        return f"[{'^' if negated else ''}{''.join(inside)}]"

    def span(self, low: int, high: int) -> str:
        """A range; where an escaped end would not be understood, that end stands for itself."""
        before = after = ""
        while not self.syntax.escaped_range_ends and low < high and chr(low) in self.syntax.reserved_in_class:
            before, low = before + self.class_character(low), low + 1
        while not self.syntax.escaped_range_ends and low < high and chr(high) in self.syntax.reserved_in_class:
            after, high = self.class_character(high) + after, high - 1
        last = f"-{self.class_character(high)}" if high > low else ""
        return f"{before}{self.class_character(low)}{last}{after}"

    def class_character(self, point: int) -> str:
        return _escaped(chr(point), self.syntax.reserved_in_class, self.syntax)

    def dot(self, node: Dot) -> str:
        if node.newline:
            return "." if self.syntax.whole or "s" in self.flags else r"[\s\S]"
        return r"[^\n]" if "s" in self.flags and self.syntax.escapes else self.syntax.dot

    def edge(self, node: Edge) -> str:
        if node.multiline:
            if "m" not in self.flags:
                raise Unsupported(f"the flag m inside a regular expression cannot be written for {self.syntax.title}")
            return "$" if node.end else self.syntax.line_start
        if node.end:
            return r"\z" if "m" in self.flags else self.syntax.end
        return r"\A" if "m" in self.flags else self.syntax.start

    def sequence(self, parts: tuple[Node, ...], fold: bool) -> Piece:
        """Neighbours that need the flag i share one group."""
        if self.syntax.inline_flags and not fold:
            runs = [(flagged, tuple(run)) for flagged, run in groupby(parts, key=self.needs_flag)]
            texts = [f"(?i:{self.join(run, True)})" if flagged else self.join(run, False) for flagged, run in runs]
            return "".join(texts), Rank.SEQUENCE
        return self.join(parts, fold), Rank.SEQUENCE

    def join(self, parts: tuple[Node, ...], fold: bool) -> str:
        return "".join(self.grouped(part, fold, Rank.SEQUENCE) for part in parts)

    def choice(self, branches: tuple[Node, ...], fold: bool) -> Piece:
        empty = [branch for branch in branches if not items(branch)]
        if not empty or self.syntax.empty_alternatives:
            return "|".join(self.grouped(branch, fold, Rank.CHOICE) for branch in branches), Rank.CHOICE
        rest = tuple(branch for branch in branches if items(branch))
        return self.piece(repeat(choice(*rest), 0, 1), fold)

    def repeat(self, node: Repeat, fold: bool) -> Piece:
        if node.mode is Mode.POSSESSIVE:
            self.require(Feature.POSSESSIVE)
        limit = self.syntax.most_repeats
        if limit is not None and _repeats(node) > limit:
            raise Unsupported(f"the regular expression repeats something more than {limit} times, the limit of RE2")
        lazy_lost = node.mode is Mode.LAZY and not self.syntax.lazy  # found or not found is the same either way
        suffix = "" if lazy_lost else node.mode.value
        return self.grouped(node.item, fold, Rank.ATOM) + _quantifier(node) + suffix, Rank.SEQUENCE

    def special(self, node: Node, fold: bool) -> str:
        """What only some dialects have."""
        match node:
            case Look(item, behind, negated):
                self.require(Feature.LOOK_BEHIND if behind else Feature.LOOK_AHEAD)
                return f"(?{'<' if behind else ''}{'!' if negated else '='}{self.piece(item, fold)[0]})"
            case Atomic(item):
                self.require(Feature.ATOMIC)
                return f"(?>{self.piece(item, fold)[0]})"
            case Capture(item):
                self.require(Feature.BACK_REFERENCE)
                return f"({self.piece(item, fold)[0]})"
            case Back(number):
                self.require(Feature.BACK_REFERENCE)
                self.must_expand(node, fold)
                return f"(?:\\{self.renumbered(number)})"
            case Conditional(number, yes, no):
                self.require(Feature.CONDITIONAL)
                branches = [self.grouped(branch, fold, Rank.SEQUENCE) for branch in (yes, no) if items(branch)]
                return f"(?({self.renumbered(number)}){'|'.join(branches)})"
            case _:
                raise AssertionError(node)

    def renumbered(self, number: int) -> int:
        """The place of a group among those that are still written as capturing groups."""
        return [node.number for node in self.nodes if isinstance(node, Capture)].index(number) + 1


def _quantifier(node: Repeat) -> str:
    match node.least, node.most:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case least, None:
            return f"{{{least},}}"
        case least, most:
            return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _repeats(node: Repeat) -> int:
    """How often the innermost item is repeated in the engine's program, nested counts multiplied."""
    count = max(node.least, node.most or 0, 1)
    return count * max((_repeats(inner) for inner in walk(node.item) if isinstance(inner, Repeat)), default=1)
