"""The query languages of the platforms: parse, check against a schema, run on events. Knows nothing of Sigma.

Nothing here imports :mod:`stagewatch.targets` or :mod:`stagewatch.regex`: a proof that shares code with what it proves
proves nothing.
"""

from __future__ import annotations

from importlib import import_module

from stagewatch.languages.base import Language

MODULES = {
    ".kql": "kql",
    ".spl": "spl",
    ".eql": "eql",
    ".esql": "esql",
    ".aql": "aql",
    ".cse": "cse",
    ".json": "cse",
    ".yaral": "yaral",
    ".cql": "cql",
    ".sql": "sql",
}
"""The end of a query file's name -> the module of its language."""


def load_language(suffix: str) -> Language:
    """The language of a query file, by the end of its name (``.where.aql`` is AQL)."""
    language: Language = import_module(f"{__name__}.{MODULES['.' + suffix.rpartition('.')[2]]}").LANGUAGE
    return language
