"""Microsoft's parser and binder of KQL, ``@kusto/language-service-next``, in a V8 of ``mini-racer``.

The package's two files are kept beside this module (``kusto/README.md``); ``kusto/driver.js`` asks them.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import lzma
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from stagewatch.languages.base import Problem, QueryError, Schema
from stagewatch.languages.regexes import Dialect, groups
from stagewatch.languages.regexes import versions as regex_versions

VERSION = "12.4.1"

ORIGINALS = (
    ("bridge.min.js", 1_024_468, "5edc505e5634daf2922197797740180d587d15b5f0f505c95ad7b5dd6b5daae8"),
    ("Kusto.Language.Bridge.min.js", 4_212_425, "3a96a4ac1bff095ba49d6606e7d591f5d00519b529c51a6850032f62b0960a86"),
)
"""The package's files that are kept, one after the other in one archive: name, bytes, SHA-256."""

GROUPS = 16
"""``matches-regex-operator.md``: "The maximum number of regex groups is 16.\""""

BROWSER = """
var window = globalThis, self = globalThis, console = { log() {}, error() {}, warn() {}, debug() {} };
var document = { addEventListener() {}, createElement() { return {}; } };
function addEventListener() {}
"""
"""What the service expects to find around it."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A query as Microsoft's binder sees it, and written anew for the engine where nothing is wrong with it.

    ``events``: whether each row that it gives is a row of a table, told by the column ``_position`` that it then keeps.
    """

    problems: tuple[Problem, ...]
    events: bool = False
    query: str = ""


def versions() -> dict[str, str]:
    """What reads queries, and the version of each."""
    return {
        "@kusto/language-service-next": VERSION,
        "mini-racer": version("mini-racer"),
        **regex_versions(Dialect.RUST),
    }


def schema_key(schema: Schema) -> str:
    """What tells one schema from another, and where it is given again."""
    return json.dumps({table: dict(columns) for table, columns in schema.items()})


def schema_of(key: str) -> Schema:
    """The schema that :func:`schema_key` gave this for."""
    schema: Schema = json.loads(key)
    return schema


@lru_cache(maxsize=1024)
def syntax(query: str) -> tuple[Problem, ...]:
    """What is wrong with a query whatever the schema, and with its regular expressions, which the parser skips."""
    found = json.loads(_service().call("parse", query))
    return (*(Problem(*problem) for problem in found["problems"]), *_refused(found["regexes"]))


@lru_cache(maxsize=1024)
def analyse(query: str, schema: str) -> Analysis:
    """Bind a query to a schema, given as :func:`schema_key` gives it."""
    _define(schema)
    found = json.loads(_service().call("analyse", query, _name(schema)))
    return Analysis(tuple(Problem(*problem) for problem in found["problems"]), found["events"], found["query"])


def _refused(regexes: list[tuple[str, int, int]]) -> list[Problem]:
    """What Kusto has against regular expressions: their syntax is that of Rust's crate (``regex.md``)."""
    problems: list[Problem] = []
    for pattern, line, column in regexes:
        try:
            found = groups(pattern)
        except QueryError as error:
            problems += (Problem(problem.message, line, column) for problem in error.problems)
        else:
            if found > GROUPS:
                problems.append(Problem(f"the regular expression has {found} groups, more than {GROUPS}", line, column))
    return problems


@cache
def _define(schema: str) -> None:
    _service().call("define", _name(schema), schema_of(schema))


def _name(schema: str) -> str:
    return hashlib.sha256(schema.encode()).hexdigest()


@cache
def _service() -> Any:
    context = import_module("py_mini_racer").MiniRacer()
    atexit.register(context.close)  # left to the end of the interpreter, its threads may wait for each other forever
    folder = files("stagewatch.languages") / "kusto"
    content = lzma.decompress((folder / f"language-service-{VERSION}.js.xz").read_bytes())
    context.eval(BROWSER)
    start = 0
    for name, size, digest in ORIGINALS:
        source = content[start : start + size]
        if hashlib.sha256(source).hexdigest() != digest:
            raise ImportError(f"the kept copy of {name} of {VERSION} is not the package's", name=name)
        context.eval(source.decode("utf-8-sig"))
        start += size
    context.eval((folder / "driver.js").read_text("utf-8"))
    return context
