"""Runs an expression of each dialect in Python's engine, which agrees with them but for the spelling below."""

from __future__ import annotations

import re

from stagewatch.regex import Dialect

_TOKEN = re.compile(r"\(\?-u:\\b\)|\\x\{([0-9A-F]+)\}|\\z|\\.|\[\^?|\]|\$|.", re.DOTALL)
_PREFIX = re.compile(r"\(\?([a-z]+)\)")


def found(text: str, value: str, dialect: Dialect, outer: str) -> bool:
    """Whether the expression holds for the value. ``outer`` are those of LogScale, or Lucene's ``i``.

    A dialect for both readings is read in both ways, and the two must not differ.
    """
    if dialect in (Dialect.LUCENE_WHOLE, Dialect.LUCENE_FOLDED):
        fold = dialect is Dialect.LUCENE_FOLDED and "i" in outer
        return re.fullmatch(_from_lucene(text, fold), value, re.DOTALL) is not None
    flags = outer.replace("d", "s") if dialect is Dialect.JITREX else ""
    if prefix := _PREFIX.match(text):
        flags, text = prefix[1], text[prefix.end() :]
        flags = flags.replace("d", "").replace("u", "")
    compiled = re.compile(_from_perl(text, lines="m" in flags), sum((getattr(re, f.upper()) for f in flags), re.ASCII))
    verdict = compiled.search(value) is not None
    if dialect in (Dialect.JAVA_WHOLE, Dialect.RE2_WHOLE):
        assert (compiled.fullmatch(value) is not None) is verdict, text
    return verdict


def _from_perl(text: str, lines: bool) -> str:
    def token(match: re.Match[str]) -> str:
        if match[1]:
            return re.escape(chr(int(match[1], 16)))
        return {r"(?-u:\b)": r"\b", r"\z": r"\Z", "$": "$" if lines else r"\Z"}.get(match[0], match[0])

    return _TOKEN.sub(token, text)


def _from_lucene(text: str, fold: bool) -> str:
    """Lucene's own operators read by its rules: no escapes but of one character, no anchors, groups unmarked.

    With ``fold``, ASCII letters outside classes match in any case, and nothing else does.
    """
    out: list[str] = []
    rest = iter(text)
    inside = False
    for char in rest:
        if char == "\\":
            out.append(re.escape(next(rest)))
        elif inside:
            inside = char != "]"
            out.append(f"\\{char}" if char in "[&~|" else char)
        elif char == "[":
            inside = True
            out.append(char)
        elif char in '"#@&<>~':
            raise AssertionError(f"unescaped operator {char}")
        elif fold and char.isascii() and char.isalpha():
            out.append(f"[{char.lower()}{char.upper()}]")
        else:
            out.append({"(": "(?:", "^": r"\^", "$": r"\$"}.get(char, char))
    return "".join(out)
