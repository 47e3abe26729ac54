"""Regular expressions inside quotes: characters that must not stand there as they are."""

from __future__ import annotations

import re


def spell(pattern: str, characters: str) -> str:
    r"""The pattern with each of ``characters``, escaped or not, written as ``\xHH``.

    For dialects in which ``\xHH`` is the character itself, inside and outside of brackets: Java, RE2.
    """

    def replace(match: re.Match[str]) -> str:
        text = match.group()
        return f"\\x{ord(text[-1]):02x}" if text[-1] in characters else text

    return re.sub(rf"\\.|[{re.escape(characters)}]", replace, pattern, flags=re.DOTALL)
