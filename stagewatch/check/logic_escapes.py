"""Values that Sigma reads otherwise than they look: escaped wildcards, doubled backslashes, white space at an end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sigma.rule import SigmaLogSource

from stagewatch import expression as ex
from stagewatch.check import fields
from stagewatch.check.asked import Node, asked_by
from stagewatch.check.model import Check, Checked, Code, Remark
from stagewatch.check.wording import shown

CODES = (
    Code(
        "SW212",
        "A backslash takes a wildcard's meaning away",
        "error",
        "In Sigma \\* is a star and \\? a question mark, so that neither the folder's backslash nor the wildcard is "
        "left.",
        "Write \\\\* for a backslash and a wildcard.",
    ),
    Code(
        "SW213",
        "Two backslashes are read as one",
        "warning",
        "In Sigma \\\\ is one backslash. A path on a share that begins with two is never found by its start, and a "
        "folder of that name is found wherever it is.",
        "Write four backslashes (or \\\\\\) where two are meant.",
    ),
    Code(
        "SW214",
        "A value begins or ends with white space",
        "warning",
        "The value is compared with its white space, which the field hardly ever holds there.",
        "Remove the white space, or use |contains.",
    ),
)

_LOST = re.compile(r"(?<![\\])\\([*?])")
"""A wildcard behind one backslash."""

_IN_PATH = re.compile(r"[\\:].*[\w)%$}]$|^[a-z]:$|^%\w+%$", re.IGNORECASE | re.DOTALL)
"""Text before the backslash that makes it a folder's end: more of a path, and a name."""

_UNC = re.compile(r"""(?:^|[\s"'=,;(])\\\\(?![\\*?])[^\\\s"']+\\(?!\\)""")
"""Two backslashes, a name and one backslash: the start of a path on a share, by somebody who escapes no backslash."""

_EXTENDED = re.compile(r"\\\\\?\\(?!\\)")
"""What Windows puts before a long path, unescaped."""


def values(checked: Checked) -> Iterator[Remark]:
    """Each value that does not say what it seems to."""
    for asked in asked_by(checked):
        for value in asked.values():
            if isinstance(value.written, str) and isinstance(value.leaf, ex.Text | ex.Keyword):
                for code, message, hint in _of_value(value, value.written, asked.source):
                    yield asked.remark(code, value, f"{shown(value)} {message}", hint)


def _of_value(value: Node, written: str, source: SigmaLogSource) -> Iterator[tuple[str, str, str]]:
    lost = next((found for found in _LOST.finditer(written) if _is_folder(written, found, value, source)), None)
    if lost is not None:
        name = "star" if lost[1] == "*" else "question mark"
        right = f"{written[max(0, lost.start() - 10) : lost.start()]}\\\\{lost[1]}"
        yield (
            "SW212",
            f"asks for a {name} without a backslash before it",
            f"Write '…{right}' for a wildcard below a folder.",
        )
    match value.leaf:
        case ex.Text(field, (glob,), _):
            if _EXTENDED.match(written) and not isinstance(glob.parts[0], ex.Wildcard):
                yield (
                    "SW213",
                    "never begins a path: its \\\\? is one backslash and any one character",
                    "Write '\\\\\\\\\\?\\…'.",
                )
            elif _UNC.search(written):
                yield "SW213", "holds one backslash where a share's path has two", "Write '\\\\\\\\server\\share'."
            if field not in fields.FREE_TEXTS and "useragent" not in field.lower().replace("-", "").replace("_", ""):
                yield from _spaces(field, glob)


def _is_folder(written: str, found: re.Match[str], value: Node, source: SigmaLogSource) -> bool:
    """Whether the backslash was meant to end a folder's name."""
    if value.item is not None and value.item.field in fields.PATHS and fields.is_windows(source):
        return True  # where no name can hold either sign
    return bool(_IN_PATH.search(_LOST.sub("", written[: found.start()])))


def _spaces(field: str, glob: ex.Glob) -> Iterator[tuple[str, str, str]]:
    """White space at an end of the value that is bound to the field's own end."""
    first, last = (glob.parts[0], glob.parts[-1]) if glob.parts else ("", "")
    if not glob.literal.strip():
        return
    if isinstance(first, str) and first[:1].isspace():
        yield "SW214", f"begins with white space, and {field} hardly ever does", ""
    elif isinstance(last, str) and last[-1:].isspace():
        yield "SW214", f"ends with white space, and {field} hardly ever does", ""


CHECKS: tuple[Check, ...] = (values,)
