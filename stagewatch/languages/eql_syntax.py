"""EQL's syntax: Elastic's own grammar and checks (PyPI ``eql``, AGPL), held to what Elasticsearch's manual describes.

The package reads both Elastic's languages of this name, Endgame's and Elasticsearch's. In its mode for Elasticsearch it
still accepts what the manual, "EQL syntax reference" and "EQL function reference", does not know; that is refused here.
Its syntax *tree* forgets whether an operator had its ``~`` and a field its ``?``, so what runs is its parse tree.

The package is imported when first used and never required: it is no dependency of this project, only of its proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

import yaml

from stagewatch.languages.base import Problem, QueryError

Tree = Any
"""A parse tree or a token of Lark, as Elastic's package makes it."""

# "EQL function reference"
FUNCTIONS = frozenset(
    {
        "add",
        "between",
        "cidrMatch",
        "concat",
        "divide",
        "endsWith",
        "indexOf",
        "length",
        "modulo",
        "multiply",
        "number",
        "startsWith",
        "string",
        "stringContains",
        "subtract",
        "substring",
    }
)
FUNCTIONS_WITHOUT_CASE = frozenset({"between", "endsWith", "indexOf", "startsWith", "stringContains"})

# "EQL syntax reference", "Differences from Endgame EQL syntax"
REFUSED = {
    "join": "Elasticsearch has no joins",
    "named_subquery": "Elasticsearch has no lineage of events",
    "method_chain": "Elasticsearch has no methods",
    "varpath": "Elasticsearch has no variables",
    "fork_param": "Elasticsearch has no fork",
    "sequence_alias": "Elasticsearch has no aliases of events",
}
PIPES = frozenset({"head", "tail"})  # "EQL pipe reference"
MOST_RUNS = 100

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}  # section "Escape characters in a string"
_ESCAPE = re.compile(r"\\(u\{[^}]*\}|.)", re.DOTALL)
_CODE = re.compile(r"u\{([0-9A-Fa-f]{2,8})\}")
_UNICODE = re.compile(r"\\\\|\\u\{[0-9A-Za-z]{2,8}\}")


@cache
def vendor() -> Any:
    """Elastic's package. It changes how PyYAML writes text and imports every module named ``eql_*``: both undone."""
    representers = dict(yaml.Dumper.yaml_representers)
    try:
        module = import_module("eql")
    except ImportError as error:
        raise QueryError(Problem("EQL is read by the package eql, which is not installed")) from error
    yaml.Dumper.yaml_representers = representers
    utils: Any = import_module("eql.utils")
    utils._loaded_plugins = True  # noqa: SLF001 - no other way to say "load none"
    return module


def accepted(query: str, schema: Any = None) -> list[Problem]:
    """What Elastic's parser has against a query, by a schema of its own where one is given.

    Its reader of ``\\u{...}`` fails on two in one string, so it is given other characters in their place.
    """
    module, parser = vendor(), import_module("eql.parser")
    text = _UNICODE.sub(lambda found: found[0] if found[0] == "\\\\" else "u" * len(found[0]), query)
    with ExitStack() as stack:
        for mode in (parser.elasticsearch_syntax, parser.allow_runs, parser.allow_negation, parser.allow_sample):
            stack.enter_context(mode)
        if schema is not None:
            stack.enter_context(schema)
        try:
            module.parse_query(text)
        except module.EqlParseError as error:
            return [Problem(error.error_msg, error.line + 1, error.column + 1)]
        except module.EqlError as error:
            return [Problem(str(error))]
    return []


@lru_cache(maxsize=64)
def parsed(query: str) -> Tree:
    """The parse tree. Raises :class:`QueryError` for what the vendor's parser or the manual refuses."""
    problems = accepted(query)
    if problems:
        raise QueryError(*problems)
    tree = import_module("eql.parser").lark_parser.parse(query, start="piped_query")
    problems = list(_unknown_to_elasticsearch(tree))
    if problems:
        raise QueryError(*problems)
    return tree


def problem(tree: Tree, message: str) -> Problem:
    """A problem where a part of the tree stands."""
    place = getattr(tree, "meta", tree)
    return Problem(message, getattr(place, "line", None), getattr(place, "column", None))


def named(tree: Tree, *names: str) -> list[Tree]:
    """The children of a tree that are trees or tokens of these names."""
    return [child for child in tree.children if getattr(child, "data", getattr(child, "type", None)) in names]


def _unknown_to_elasticsearch(tree: Tree) -> Iterator[Problem]:
    for part in reversed(list(tree.iter_subtrees_topdown())):
        if part.data in REFUSED:
            yield problem(part, REFUSED[part.data])
        elif part.data == "function_call":
            yield from _function(part)
        elif part.data == "string":
            yield from _string(part)
        elif part.data == "field" and re.search(r"\[\s*[0-9]+\s*\]$", part.children[0]):
            yield problem(part, "Elasticsearch has no positions in arrays")
        elif part.data == "pipe" and str(part.children[0].children[0]) not in PIPES:
            yield problem(part, f"Elasticsearch has the pipes {', '.join(sorted(PIPES))} only")
        elif part.data == "repeated_sequence" and int(part.children[-1]) > MOST_RUNS:
            yield problem(part, f"runs is at most {MOST_RUNS}")


def _function(part: Tree) -> Iterator[Problem]:
    name = str(part.children[0])
    plain = name.removesuffix("~")
    if plain not in FUNCTIONS:
        yield problem(part, f"Elasticsearch has no function {plain}")
    elif plain != name and plain not in FUNCTIONS_WITHOUT_CASE:
        yield problem(part, f"{plain} has no form without case")


def _string(part: Tree) -> Iterator[Problem]:
    try:
        text_of(part)
    except ValueError as error:
        yield problem(part, str(error))


def text_of(string: Tree) -> str:
    """The value of a string."""
    written = str(string.children[0])
    if written.startswith('"""'):
        return written[3:-3]
    return _ESCAPE.sub(_unescaped, written[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    code = _CODE.fullmatch(found[1])
    if code:
        return chr(int(code[1], 16))
    if found[1] not in _ESCAPES:
        raise ValueError(f"no escape sequence: \\{found[1]}")
    return _ESCAPES[found[1]]


def field_of(tree: Tree) -> tuple[str, bool] | None:
    """A field's name and whether it is optional; nothing where the tree is no field.

    A field's parts in backticks lose them; two in a row are one ("Escape a field name").
    """
    if tree.data == "field":
        written = str(tree.children[0])
    elif tree.data == "base_field":
        written = str(tree.children[0].children[0])
    else:
        return None
    parts = re.findall(r"`(?:[^`]|``)*`|[^.`]+", written.removeprefix("?"))
    names = [part[1:-1].replace("``", "`") if part.startswith("`") else part.strip() for part in parts]
    return ".".join(names), written.startswith("?")


def literal_of(tree: Tree) -> Any:
    """The value of a literal."""
    value = tree.children[0]
    match value.data:
        case "string":
            return text_of(value)
        case "boolean":
            return str(value.children[0]) == "true"
        case "number":
            written = str(value.children[-1])
            return int(written) if written.isdigit() else float(written)
    return None
