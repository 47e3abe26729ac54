"""Elasticsearch EQL: read by Elastic's parser, checked by Elastic's schema check, run by rules of Elastic's manual.

An EQL query does not name its indices, the rule around it does. So it is run on every event that is given, and a field
is known when any table of the schema has it, as Elasticsearch knows a field that any searched index maps.

Rules are those of the manual's pages "EQL syntax reference" and "EQL function reference", cited where they are applied.
Open questions, and how they are answered here so that a wrong query shows:

* What ``not f : "x"`` says of a document without ``f``. The manual is silent. By Elasticsearch's source it compiles to
  a ``must_not`` query, which would find the document; by Elastic's engine for Python it is null, which does not. Here
  it is null, so a query must ask ``?f == null or not ...`` to find such documents, which is right either way.
* Whether functions with ``~`` fold more letters than those of ASCII: here they do not.
* In which order sequences see events of the same time: here in the order in which they were given.
* Missing events (``![...]``) and samples are read and checked but not run.
* A value longer than a column's ``ignore_above`` is not found by Elasticsearch; columns here have no such limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema
from stagewatch.languages.eql_conditions import Conditions
from stagewatch.languages.eql_sequences import event_query, machine, rows
from stagewatch.languages.eql_syntax import Tree, accepted, field_of, literal_of, named, parsed, problem, vendor
from stagewatch.languages.regexes import Dialect

# Elastic Common Schema, "ECS Categorization Field: event.category". A category no document has is no error to
# Elasticsearch, which then finds nothing; here it is one.
CATEGORIES = (
    *("api", "authentication", "configuration", "database", "driver", "email", "file", "host", "iam"),
    *("intrusion_detection", "library", "malware", "network", "package", "process", "registry", "session"),
    *("threat", "vulnerability", "web"),
)

# "Field data types" -> the types that Elastic's check compares.
_TYPES = {
    **dict.fromkeys(("keyword", "constant_keyword", "wildcard", "text", "ip", "date", "version"), "string"),
    **dict.fromkeys(("long", "integer", "short", "byte", "double", "float", "unsigned_long"), "number"),
    "boolean": "boolean",
}
_TEXTS = frozenset({"keyword", "constant_keyword", "wildcard"})
_IDENTIFIER = re.compile(r"[_a-zA-Z]\w*", re.ASCII)


class Eql(Language):
    """Elasticsearch's Event Query Language."""

    name = "EQL"
    parser = "vendor"
    engine = "evaluator of Elastic's parse tree"

    def versions(self) -> Mapping[str, str]:
        try:
            package = {"eql": version("eql")}
        except PackageNotFoundError:
            return {}
        return {**package, "lark": version("lark"), **regexes.versions(Dialect.LUCENE)}

    def parse(self, query: str) -> list[Problem]:
        try:
            parsed(query)
        except QueryError as error:
            return list(error.problems)
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        try:
            tree = parsed(query)
        except QueryError as error:
            return list(error.problems)
        types = types_of(schema)
        return [*accepted(query, _vendor_schema(tree, types)), *_unsupported_fields(tree, types)]

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        problems = self.check(query, schema)
        if problems:
            raise QueryError(*problems)
        tree, conditions = parsed(query), Conditions(types_of(schema))
        base = tree.children[0].children[0]
        if base.data == "event_query":
            matches = event_query(base, conditions)
            hits = [position for position, event in enumerate(events) if matches(event)]
            hits.sort(key=lambda position: events[position].time)
            return Result(events=frozenset(_cut(tree, hits)))
        if base.data == "sequence":
            return Result(rows=tuple(_cut(tree, list(rows(machine(base, conditions), events)))))
        raise QueryError(problem(base, f"not run here: {base.data}"))


def types_of(schema: Schema) -> dict[str, str]:
    """Every column of every table, since an EQL query does not say which it searches."""
    return {column: kind for columns in schema.values() for column, kind in columns.items()}


def _vendor_schema(tree: Tree, types: Mapping[str, str]) -> Any:
    """The columns in the form of Elastic's check, which wants them nested and below a category each."""
    fields: dict[str, Any] = {}
    for column, kind in types.items():
        *above, last = column.split(".")
        inner = fields
        for name in above:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                break
        else:
            inner[last] = _TYPES.get(kind, "mixed")
    # what is no identifier is refused by the constructor, but not by the check
    plain = {name: inner for name, inner in fields.items() if _IDENTIFIER.fullmatch(name)}
    used = {str(part.children[0].children[0]) for part in tree.find_data("event_query")}
    schema = vendor().Schema(dict.fromkeys([name for name in CATEGORIES if name in used] or CATEGORIES[:1], plain))
    for known in schema.schema.values():
        known.update(fields)
    return schema


def _unsupported_fields(tree: Tree, types: Mapping[str, str]) -> Iterator[Problem]:
    """Sections "Text fields are not supported" and, for ``:``, ``like`` and ``regex``, "Can only be used to compare
    strings", which an address, a time or a number is not."""
    for part in tree.iter_subtrees_topdown():
        field = field_of(part)
        if field and types.get(field[0]) == "text":
            yield problem(part, f"EQL does not search text fields such as {field[0]}")
        if part.data == "string_predicate" and (subject := field_of(part.children[0])):
            kind = types.get(subject[0], "keyword")
            if kind not in _TEXTS:
                yield problem(part, f"{subject[0]} is no string but {kind}: {named(part, 'STRING_PREDICATE')[0]}")


def _cut(tree: Tree, hits: list[Any]) -> list[Any]:
    """The pipes ``head`` and ``tail`` ("EQL pipe reference")."""
    for part in tree.find_data("pipe"):
        count = next((literal_of(literal) for literal in part.find_data("literal")), 10)
        hits = hits[:count] if str(part.children[0].children[0]) == "head" else hits[-count:]
    return hits


LANGUAGE = Eql()
