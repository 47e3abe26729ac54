"""What a site sets without touching rules or pipelines: one TOML file, checked whole before anything is built.

``lists`` changes values and thresholds in the rules' texts, ``sources`` and ``site`` make pipelines of what a platform
calls things, ``rules`` holds levels, schedules and switches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewatch.environment.rules import Defaults, RuleSettings, read_defaults, read_rule
from stagewatch.findings import Finding, UsageError
from stagewatch.layout import Layout
from stagewatch.tomlsafe import Node, read
from stagewatch.yamlsafe import YamlError, read_raw

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

    from stagewatch.environment.lists import Rewriter
    from stagewatch.environment.site import Site
    from stagewatch.objects.description import Description
    from stagewatch.pack import Pack

KEYS = ("name", "filters", "levels", "schedule", "enabled", "rules", "lists", "targets")


@dataclass(frozen=True, slots=True)
class Environment:
    """A site's settings. ``sha256`` covers the file and the filters that it names."""

    name: str
    sha256: str
    filters: tuple[Path, ...]
    defaults: Defaults
    rules: Mapping[str, RuleSettings]
    sites: Mapping[str, Site]
    rewriter: Rewriter
    stems: frozenset[str]
    """The rule files of the house, which the file may name though others are built."""
    root: Node
    """The file itself, for places of what turns out wrong later."""

    def told(self) -> Mapping[str, str]:
        """What a manifest tells of it."""
        return {"name": self.name, "sha256": self.sha256}

    def without_columns(self) -> Environment:
        """The settings without what platforms call things: values, thresholds, filters, levels and schedules alone."""
        return replace(self, sites={})

    def rewrite(self, stem: str, text: str) -> str:
        """The text of a rule file with the site's values, thresholds and timespans; unchanged where it has none."""
        return self.rewriter.rewrite(stem, text)

    def pipelines(self, target: str) -> tuple[Sequence[ProcessingPipeline], Sequence[ProcessingPipeline]]:
        """What is applied before the house's pipeline of a target, and what behind it."""
        site = self.sites.get(target)
        return ((), ()) if site is None else ((site.before(),), (site.after(),))

    def described(self, description: Description, target: str) -> Description:
        """The description with the site's level, schedule and switch for a target."""
        about = self.defaults.described(description, target, self.rules.get(description.stem, RuleSettings()))
        site = self.sites.get(target)
        own = [one for source in about.sources for one in site.columns_of(source).items()] if site is not None else []
        if not own:
            return about
        told = ", ".join(f"{name} is {column}" for name, column in dict(sorted(own)).items())
        remark = f"The site's own columns ({told}) are in the query; entities and suppression name the usual columns"
        return replace(about, remarks=(*about.remarks, remark))

    def object_options(self, target: str) -> Mapping[str, Any]:
        """Keyword arguments for ``objects()`` of the target's module in :mod:`stagewatch.objects`."""
        site = self.sites.get(target)
        if site is not None and site.macros:
            from stagewatch.objects.splunk_sources import MACROS

            return {"macros": {**MACROS, **site.macros}}
        if site is not None and site.indices:
            return {"indices": {str(source): patterns for source, patterns in site.indices.items()}}
        return {}

    def check(self, pack: Pack) -> None:
        """Raise :class:`UsageError` for rules and fields that the file names and nothing knows."""
        from stagewatch.environment.names import known_fields

        stems = {entry.source.stem for entry in pack.rules}
        if self.rules.keys() - stems - self.stems:
            self.root.table()["rules"].table(stems | self.stems, "rule")
        for site in self.sites.values():
            unknown = site.nodes.keys() - known_fields(site.target, pack)
            for name, node in site.nodes.items():
                if name in unknown:
                    raise node.error("no rule and no pipeline knows a Sigma field of this name")


def read_environment(path: Path, layout: Layout) -> Environment:
    """Read a site's file.

    ``layout`` says where the rules, filters and named lists are that the file may name. Raises :class:`UsageError` for
    anything in it that is not known or cannot be, with key path and line. What depends on the rules that are built is
    left to :meth:`Environment.check`.
    """
    from stagewatch.environment.lists import Rewriter, changed_lists, changed_threshold
    from stagewatch.environment.site import SETTINGS, read_site
    from stagewatch.lists.model import Lists, read_lists

    root = read(path)
    digest = hashlib.sha256(root.text.encode())
    entries = root.table(KEYS)
    wrong: list[Finding] = []
    given = read_lists(layout.lists, wrong) if layout.lists.is_dir() else Lists({}, {})
    if wrong:
        raise UsageError(str(wrong[0]))
    wanted = changed_lists(entries["lists"], given) if "lists" in entries else given
    rules: dict[str, RuleSettings] = {}
    for stem, node in entries["rules"].table().items() if "rules" in entries else ():
        rules[stem] = read_rule(node)
        wanted = changed_threshold(stem, node, wanted)
    sites: dict[str, Site] = {}
    for target, node in entries["targets"].table(SETTINGS, "target").items() if "targets" in entries else ():
        sites[target] = read_site(target, node)
    filters = _filters(entries["filters"], path.parent, layout) if "filters" in entries else {}
    for raw in filters.values():
        digest.update(hashlib.sha256(raw).digest())
    return Environment(
        name=entries["name"].string() if "name" in entries else path.stem,
        sha256=digest.hexdigest(),
        filters=tuple(filters),
        defaults=read_defaults(entries),
        rules=rules,
        sites=sites,
        rewriter=Rewriter(given, wanted),
        stems=frozenset(file.stem for rules in layout.rules for file in (rules, *rules.rglob("*.y*ml"))),
        root=root,
    )


def _filters(node: Node, beside: Path, layout: Layout) -> dict[Path, bytes]:
    """Files of the pack's filters by their stems, and of the site's own by paths below the folder of its file."""
    folders = [*layout.filters, *(rules / "filters" for rules in layout.rules)]
    found = {}
    for name in node.strings():
        own = name.endswith((".yml", ".yaml"))
        if (own and not (beside / name).resolve().is_relative_to(beside.resolve())) or ("/" in name and not own):
            raise node.error(f"{name!r} leads out of the folder {(beside if own else folders[-1]).name or '.'}")
        paths = [beside / name] if own else [folder / f"{name}.yml" for folder in folders]
        path = next(filter(Path.is_file, paths), None)
        if path is None:
            raise node.error(f"there is no filter {name!r}; name a file below this one, or one of {folders[-1].name}/")
        try:
            found[path] = read_raw(path)
        except YamlError as error:
            raise node.error(f"{name!r}: {error}") from error
    return found
