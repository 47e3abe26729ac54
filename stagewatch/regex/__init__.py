"""Regular expressions of Sigma, and Sigma's wildcards, in the regular-expression dialect of each platform.

The meaning of a Sigma ``|re`` value is that of PCRE with ASCII classes: a search, sensitive to case unless ``i`` is
set. One choice is ours: ``$`` is the end of the value (with ``m``, of a line), not also the place before a final
newline, because not every dialect can say the latter.
"""

from __future__ import annotations

import re
from functools import lru_cache

from stagewatch import expression as ex
from stagewatch.regex.dialects import SYNTAX, Dialect
from stagewatch.regex.tree import ANYTHING, Chars, Dot, Edge, Node, choice, needs_text, parse, sequence
from stagewatch.regex.writer import write

__all__ = ["Dialect", "from_globs", "globs_match_empty", "jitrex_flags", "matches_empty", "translate"]


@lru_cache(maxsize=4096)
def translate(pattern: str, flags: frozenset[ex.RegexFlag], dialect: Dialect) -> str:
    """A Sigma ``|re`` pattern in a dialect; raises Unsupported where the dialect lacks a construct.

    The result carries its flags with it, except for JITREX: there the caller adds :func:`jitrex_flags`.
    """
    return write(parse(pattern, flags), SYNTAX[dialect], flags)


_JITREX = {"i": "i", "m": "m", "s": "d"}


def jitrex_flags(flags: frozenset[ex.RegexFlag]) -> str:
    """Sigma's flags as LogScale writes them behind ``/pattern/``: there ``d`` lets the dot match a newline."""
    return "".join(_JITREX[flag] for flag in sorted(flags))


@lru_cache(maxsize=4096)
def from_globs(globs: tuple[ex.Glob, ...], dialect: Dialect, *, cased: bool) -> str:
    """A pattern that holds exactly when the whole value matches one of the Sigma wildcard patterns.

    For JITREX the caller adds the flags ``d`` and, unless ``cased``, ``i``.
    """
    groups: dict[tuple[bool, bool], list[Node]] = {}
    for glob in globs:
        if glob.shape is ex.Shape.PRESENT:
            groups = {(True, False): [sequence()]}
            break
        parts = glob.parts
        open_start, open_end = (bool(parts) and parts[place] is ex.Wildcard.ANY for place in (0, -1))
        inner = parts[int(open_start) : len(parts) - int(open_end)]
        body = sequence(*(_glob_part(part, cased) for part in inner))
        groups.setdefault((not open_start, not open_end), []).append(body)
    node = choice(*(_bound(start, end, choice(*bodies)) for (start, end), bodies in groups.items()))
    given = frozenset({"s"} if cased else {"i", "s"})
    return write(node, SYNTAX[dialect], given)


def _glob_part(part: str | ex.Wildcard, cased: bool) -> Node:
    if isinstance(part, str):
        return Chars(part, fold=not cased)
    return ANYTHING if part is ex.Wildcard.ANY else Dot(newline=True)


def _bound(start: bool, end: bool, body: Node) -> Node:
    return sequence(*((Edge(end=False),) if start else ()), body, *((Edge(end=True),) if end else ()))


def matches_empty(pattern: str, flags: frozenset[ex.RegexFlag]) -> bool:
    """Whether the pattern is found in the empty text.

    A language that reads a lacking field as "" needs a test for the field's presence beside such a pattern.
    """
    if needs_text(parse(pattern, flags)):
        return False
    given = sum((getattr(re, flag.upper()) for flag in flags), re.NOFLAG)
    return re.search(pattern, "", given) is not None or r"\B" in pattern  # which Python alone does not find there


def globs_match_empty(globs: tuple[ex.Glob, ...]) -> bool:
    """Whether one of the wildcard patterns matches the empty text: ``''`` or ``*``."""
    return any(all(part is ex.Wildcard.ANY for part in glob.parts) for glob in globs)
