"""Where the cache lies on this machine, and apart from it the secret that its entries are signed with.

As the XDG base directory specification says, https://specifications.freedesktop.org/basedir-spec/latest/; on Windows
below ``%LOCALAPPDATA%``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stagewatch.cache.errors import CacheError

FOLDER = "STAGEWATCH_CACHE"
"""The variable that names another folder for the cache."""


def cache_folder() -> Path:
    """The folder of the cache, whether it is there or not."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).absolute()
    return _base("XDG_CACHE_HOME", ".cache") / "stagewatch"


def secret_file() -> Path:
    """The secret does not lie in the cache: whoever hands over a cache must not hand over what it is believed for."""
    return _base("XDG_CONFIG_HOME", ".config") / "stagewatch" / "cache.secret"


def _base(variable: str, beside_home: str) -> Path:
    if sys.platform == "win32":
        named = os.environ.get("LOCALAPPDATA")
    else:
        named = os.environ.get(variable)
    if named and Path(named).is_absolute():  # the specification: relative ones are to be ignored
        return Path(named)
    try:
        return Path.home() / beside_home
    except RuntimeError as error:
        raise CacheError("nothing says where the user's folders are") from error
