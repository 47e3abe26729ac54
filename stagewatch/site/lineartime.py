"""Regular expressions in linear time: the rules and events that a site is made of may be a stranger's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from stagewatch.findings import Unsupported


def search(pattern: str, text: str) -> re.Match[str] | None:
    """As :func:`re.search`. Raises :class:`Unsupported` for what RE2 does not know, such as a look-ahead."""
    found: re.Match[str] | None = _compiled(pattern).search(text)
    return found


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise Unsupported(f"the regular expression cannot be searched in linear time: {error}") from error
