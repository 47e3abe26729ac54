"""LogScale's regular expressions: what its engine v1 accepts, written for Java's engine.

JitRex, the engine of "Regular Expression Syntax", is not to be had. "Regular Expression Syntax Patterns" lists what it
supports, with ASCII classes, ``\\A``, ``\\z``, look-ahead and ``\\Q..\\E`` as Java has them, and every item of
"Unsupported Regular Expression Patterns" is one of Java's. So the pattern is held against the two pages, what they do
not support is refused, and Java's semantics answer. Two things differ and are rewritten: a flag inside a pattern covers
only the branch in which it stands ("LogScale Regular Expression Engines"), and the flag ``d`` is what others call ``s``
("Regular Expression Flags").
"""

from __future__ import annotations

from functools import lru_cache

from stagewatch.languages.base import Problem, QueryError

FLAGS = {"i": "i", "m": "m", "d": "s"}
"""LogScale's flags and Java's. ``g`` and ``F`` do not belong in the subset."""

_SIMPLE = frozenset("tnrfadDsSwW")
_ANCHORS = frozenset("bBAZz")
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")
_GROUPS = ("(?:", "(?=", "(?!")
_REFUSED_GROUPS = {
    "(?<=": "look-behind",
    "(?<!": "look-behind",
    "(?>": "an atomic group",
    "(?<": "a named group (it would make a field)",
    "(?P": "a named group (it would make a field)",
}


@lru_cache(maxsize=1024)
def for_java(pattern: str, flags: str) -> tuple[str, str]:
    """The pattern and the flags for Java. Raises :class:`QueryError` on what LogScale does not support."""
    unknown = sorted(set(flags) - set(FLAGS))
    if unknown:
        raise QueryError(Problem(f"unknown flag {unknown[0]!r} of a regular expression"))
    # "Regular Expression Flags" turns "m" on for regex() and is silent on /.../, which "Appendix A" calls similar:
    # lines are the reading under which a pattern that means the whole value by ^ and $ fails.
    return _Reader(pattern).read(), "".join(sorted({FLAGS[flag] for flag in flags} | {"m"}))


class _Reader:
    """Walks over a pattern once and writes it for Java."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.out: list[str] = []
        self.opened = [0]
        """For each open group, the flag groups that end with the present branch."""
        self.repeated = ""
        """The quantifier that ends right before, if any."""
        self.atom = False
        """Whether there is something before that can be repeated."""

    def read(self) -> str:
        while self.position < len(self.pattern):
            before, self.repeated = self.repeated, ""
            character = self.pattern[self.position]
            if character == "\\":
                self.out.append(self._escape(in_class=False))
            elif character == "[":
                self._class()
            elif character == "(":
                self._group()
            elif character in "|)":
                self._branch_end(character)
            elif character in "*+?{":
                self._quantifier(character, before)
                continue
            else:
                self._take(1)
            self.atom = character not in "(|"
        if len(self.opened) > 1:
            raise self._refused("a group without an end")
        return "".join(self.out) + ")" * self.opened[0]

    def _take(self, length: int) -> None:
        self.out.append(self.pattern[self.position : self.position + length])
        self.position += length

    def _refused(self, what: str) -> QueryError:
        return QueryError(Problem(f"LogScale's regular expressions do not support {what}: /{self.pattern}/"))

    def _escape(self, *, in_class: bool) -> str:
        start, rest = self.position, self.pattern[self.position + 1 :]
        first = rest[:1]
        length = 2
        if first == "Q":
            end = rest.find("\\E")
            quoted = rest[1:] if end < 0 else rest[1:end]
            self.position = len(self.pattern) if end < 0 else start + 1 + end + 2
            return "".join(c if c.isalnum() or ord(c) > 127 else f"\\{c}" for c in quoted)
        if first == "x" and set(rest[1:3]) <= _HEX and len(rest) >= 3:
            length = 4
        elif first == "u" and set(rest[1:5]) <= _HEX and len(rest) >= 5:
            length = 6
        elif first == "0" and rest[1:2] and rest[1] in _OCTAL:
            digits = 1
            while digits < 3 and rest[1 + digits : 2 + digits] and rest[1 + digits] in _OCTAL:
                digits += 1
            length = 2 + digits
        elif first == "c" and rest[1:2].isalpha():
            length = 3
        elif not (first in _SIMPLE or (first in _ANCHORS and not in_class) or (first and not first.isalnum())):
            raise self._refused(f"\\{first}" if first else "a backslash at the end")
        self.position += length
        return self.pattern[start : self.position]

    def _class(self) -> None:
        """Sets in sets and intersections are unsupported; an empty set has no meaning that the pages tell."""
        self._take(2 if self.pattern.startswith("[^", self.position) else 1)
        start = self.position
        while True:
            character = self.pattern[self.position : self.position + 1]
            if not character:
                raise self._refused("a character class without an end")
            if character == "]":
                break
            if character == "[" or self.pattern.startswith("&&", self.position):
                raise self._refused(f"{character!r} in a character class")
            if character == "\\":
                self.out.append(self._escape(in_class=True))
            else:
                self._take(1)
        if self.position == start:
            raise self._refused("an empty character class")
        self._take(1)

    def _group(self) -> None:
        rest = self.pattern[self.position :]
        if not rest.startswith("(?"):
            self.out.append("(?:")  # "Works as a non-capturing group."
            self.position += 1
            self.opened.append(0)
            return
        if rest.startswith(_GROUPS):
            self._take(3)
            self.opened.append(0)
            return
        for prefix, what in _REFUSED_GROUPS.items():
            if rest.startswith(prefix):
                raise self._refused(what)
        end = next((i for i, c in enumerate(rest) if c in ":)" and i > 1), -1)
        flags = rest[2:end] if end > 0 else ""
        if not flags or not set(flags) <= set(FLAGS):
            raise self._refused(f"the group {rest[:4]!r}")
        self.out.append(f"(?{''.join(FLAGS[flag] for flag in flags)}:")
        self.position += end + 1
        if rest[end] == ":":
            self.opened.append(0)
        else:
            self.opened[-1] += 1

    def _branch_end(self, character: str) -> None:
        self.out.append(")" * self.opened[-1])
        self.opened[-1] = 0
        if character == ")":
            if len(self.opened) == 1:
                raise self._refused("a parenthesis that closes nothing")
            self.opened.pop()
        self._take(1)

    def _quantifier(self, character: str, before: str) -> None:
        if before:
            if character == "?" and before != "+":
                self._take(1)
                return
            raise self._refused(f"{before}{character}")
        if not self.atom:
            raise self._refused(f"{character!r} after nothing")
        length = 1
        if character == "{":
            end = self.pattern.find("}", self.position)
            low, _, high = self.pattern[self.position + 1 : max(end, 0)].partition(",")
            if end < 0 or not low.isdecimal() or not (high.isdecimal() or not high):
                raise self._refused("a brace that is no number of repetitions")
            length = end + 1 - self.position
        self.repeated = character
        self._take(length)
