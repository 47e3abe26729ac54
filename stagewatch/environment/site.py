"""What a site may set for one platform, and the pySigma pipelines that it becomes.

Two pipelines stand around the one of the house. The first gives a Sigma field that the site keeps in a column of its
own a private name, which no mapping of the house knows; the second turns that into the column, sets the index or table
and adds the conditions on the log source. Both are ordinary pySigma, built of plain data, without external sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from sigma.processing.pipeline import ProcessingPipeline

from stagewatch.environment.sources import LogSource, known_source
from stagewatch.pipelines import house_pipeline
from stagewatch.tomlsafe import Node

_PRIVATE = "stagewatch_site:"
"""Before the name of a site's column while the house's pipeline runs: no field is called so."""

_WORD = r"[A-Za-z_]\w*"

COLUMNS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "defender": _WORD,
        "sentinel": _WORD,
        "splunk": rf"{_WORD}(?:[.-]\w+)*",
        "elastic": r"[A-Za-z_@]\w*(?:\.[A-Za-z_@]\w*)*",
        "qradar": r"[A-Za-z][\w .()/-]*",
        "sumo": rf"{_WORD}|fields\.[A-Za-z_][\w.-]*",
        "secops": r"[a-z]\w*(?:\.[a-z]\w*)+",
        "logscale": r"[#@]?[A-Za-z_][\w.]*",
    }.items()
}
"""Target -> the names of columns that its language writes without a question."""

INDEX = re.compile(r"[a-z0-9*.][a-z0-9*._-]*(?::[a-z0-9*.][a-z0-9*._-]*)?")
TABLE = re.compile(_WORD, re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
LOG_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """One platform's settings. ``fields`` and what stands by log source begin with what holds for all (None)."""

    target: str
    fields: Mapping[LogSource | None, Mapping[str, str]] = field(default_factory=dict)
    numeric_fields: tuple[str, ...] = ()
    macros: Mapping[str, str] = field(default_factory=dict)
    indices: Mapping[LogSource, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[LogSource, str] = field(default_factory=dict)
    log_source_types: Mapping[LogSource, int] = field(default_factory=dict)
    log_types: Mapping[LogSource, tuple[str, ...]] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict, compare=False)
    """Sigma field -> where the file names it first."""

    def before(self) -> ProcessingPipeline:
        """Goes before the house's pipeline. A field of one log source comes before the same of all."""
        items = [
            _item(f"site_field_{number}", source, type="field_name_mapping", mapping=_private(names))
            for number, (source, names) in enumerate(sorted(self.fields.items(), key=lambda pair: pair[0] is None))
        ]
        return _pipeline(f"before {self.target}", items)

    def after(self) -> ProcessingPipeline:
        """Goes behind the house's pipeline."""
        columns = {column for names in self.fields.values() for column in names.values()}
        items = list(self._conditions())
        if columns:
            public = {f"{_PRIVATE}{column}": column for column in sorted(columns)}
            items.insert(0, _item("site_columns", None, type="field_name_mapping", mapping=public))
        return _pipeline(f"after {self.target}", items, self._vars())

    def _conditions(self) -> Iterator[Item]:
        for source, patterns in self.indices.items():
            yield _item(f"site_index_{source}", source, type="set_state", key="index", val=", ".join(patterns))
        for source, table in self.tables.items():
            yield _item(f"site_table_{source}", source, type="set_state", key="table", val=table)
        for source, kinds in self.log_types.items():
            yield _adding(f"site_log_type_{source}", source, {"metadata.log_type": list(kinds)})
        if self.repositories:
            yield _adding("site_repositories", None, {"#repo|cased": list(self.repositories)})
        for source, number in self.log_source_types.items():
            yield from _log_source_type(source, number)

    def _vars(self) -> dict[str, Any]:
        """``vars`` replace the house's of the same name, so they hold those too."""
        if not self.numeric_fields:
            return {}
        return {"numeric_fields": [*house_pipeline(self.target).vars.get("numeric_fields", ()), *self.numeric_fields]}

    def columns_of(self, source: str) -> Mapping[str, str]:
        """Sigma field -> the site's column, in events of a log source called as objects call it."""
        scopes = sorted(self.fields.items(), key=lambda pair: pair[0] is not None)
        named = [names for scope, names in scopes if scope is None or str(scope) == source]
        return {name: column for names in named for name, column in names.items()}


def _private(names: Mapping[str, str]) -> dict[str, str]:
    return {sigma: f"{_PRIVATE}{column}" for sigma, column in names.items()}


def _item(identifier: str, source: LogSource | None, **settings: Any) -> Item:
    conditions = {} if source is None else {"rule_conditions": [source.condition()]}
    return {"id": identifier, **settings, **conditions}


def _adding(identifier: str, source: LogSource | None, conditions: Mapping[str, Any]) -> Item:
    return _item(identifier, source, type="add_condition", conditions=conditions)


def _log_source_type(source: LogSource, number: int) -> Iterator[Item]:
    """In place of the number that the house asks for; where it asks for none, one more condition."""
    if not source.asks_for("devicetype"):
        yield _adding(f"site_log_source_type_{source}", source, {"devicetype": number})
        return
    only = {"field_name_conditions": [{"type": "include_fields", "fields": ["devicetype"]}]}
    steps: list[dict[str, Any]] = [
        {"type": "convert_type", "target_type": "str"},
        {"type": "replace_string", "regex": "^.*$", "replacement": str(number)},
        {"type": "convert_type", "target_type": "num"},
    ]
    for place, step in enumerate(steps):
        yield _item(f"site_log_source_type_{source}_{place}", source, **step, **only)


def _pipeline(name: str, items: list[Item], variables: dict[str, Any] | None = None) -> ProcessingPipeline:
    definition = {"name": f"Site, {name}", "transformations": [dict(item) for item in items], "vars": variables or {}}
    return ProcessingPipeline.from_dict(definition, allow_external_sources=False)


def read_site(target: str, node: Node) -> Site:
    """The settings of a target. Raises :class:`UsageError` for what the target does not take."""
    taken = (*SETTINGS[target], "fields", "numeric_fields")
    entries = node.table()
    for key, entry in entries.items():
        if key not in taken and any(key in keys for keys in SETTINGS.values()):
            raise entry.error(f"cannot be set for {target}; it takes {', '.join(sorted(taken))}")
    node.table(taken)
    values: dict[str, Any] = {key: _READERS[key](target, entry) for key, entry in entries.items()}
    return Site(target, **values, nodes=_named_fields(entries["fields"]) if "fields" in entries else {})


def _fields(target: str, node: Node) -> Mapping[LogSource | None, Mapping[str, str]]:
    found: dict[LogSource | None, dict[str, str]] = {}
    for key, entry in node.table().items():
        if isinstance(entry.value, dict):
            source = known_source(target, key, entry)
            found[source] = {name: _column(target, one) for name, one in entry.table().items()}
        else:
            found.setdefault(None, {})[key] = _column(target, entry)
    return found


def _named_fields(node: Node) -> dict[str, Node]:
    named: dict[str, Node] = {}
    for key, entry in node.table().items():
        for name, one in (entry.table() if isinstance(entry.value, dict) else {key: entry}).items():
            named.setdefault(name, one)
    return named


def _column(target: str, node: Node) -> str:
    return node.string(COLUMNS[target], f"the name of a column that {target} can read")


def _columns(target: str, node: Node) -> tuple[str, ...]:
    return node.strings(COLUMNS[target], f"the name of a column that {target} can read")


def _macros(_target: str, node: Node) -> Mapping[str, str]:
    from stagewatch.objects.splunk_sources import MACROS  # of one target alone

    return {name: _macro(entry) for name, entry in node.table(MACROS, "macro").items()}


def _macro(node: Node) -> str:
    """A definition that stays one operand wherever it is pasted, as Splunk pastes macros as text."""
    definition = node.string()
    bare = _QUOTED.sub("", definition)
    depth = list(accumulate({"(": 1, ")": -1}.get(char, 0) for char in bare))
    one = bare.startswith("(") and depth[-1] == 0 and 0 not in depth[:-1]
    if not one or any(char in bare for char in '"`\\'):
        raise node.error(f"{definition} must stand in one pair of parentheses, without backticks and open quotes")
    return definition


def _by_source(read: Callable[[Node], Any]) -> Callable[[str, Node], Mapping[LogSource, Any]]:
    def of(target: str, node: Node) -> Mapping[LogSource, Any]:
        return {known_source(target, key, entry): read(entry) for key, entry in node.table().items()}

    return of


_READERS: Mapping[str, Callable[[str, Node], Any]] = {
    "fields": _fields,
    "numeric_fields": _columns,
    "macros": _macros,
    "indices": _by_source(lambda node: node.strings(INDEX, "an index pattern")),
    "tables": _by_source(lambda node: node.string(TABLE, "the name of a table")),
    "log_source_types": _by_source(lambda node: node.integer(1, 1_000_000)),
    "log_types": _by_source(lambda node: node.strings(LOG_TYPE, "a log type such as WINDOWS_SYSMON")),
    "repositories": lambda _, node: node.strings(REPOSITORY, "the name of a repository"),
}

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "defender": (),
    "sentinel": ("tables",),
    "splunk": ("macros",),
    "elastic": ("indices",),
    "qradar": ("log_source_types",),
    "sumo": (),
    "secops": ("log_types",),
    "logscale": ("repositories",),
}
"""Target -> what it takes besides ``fields`` and ``numeric_fields``. DuckDB takes nothing: its tables are a hunt's."""
