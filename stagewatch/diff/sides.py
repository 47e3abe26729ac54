"""The two sides of a comparison: everything that the rules of one revision are read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stagewatch.diff.revision import HOUSE
from stagewatch.environment import Environment, read_environment
from stagewatch.findings import Finding, UsageError
from stagewatch.fixtures import Fixture, read_fixtures
from stagewatch.layout import Layout
from stagewatch.lists.model import Lists, read_lists
from stagewatch.pack import Pack, PackFilter
from stagewatch.pipelines import house_at, house_directory
from stagewatch.targets import load_target
from stagewatch.targets.base import Target
from stagewatch.versions import Lock, read_lock

ReadPack = Callable[[Layout, tuple[Path, ...], tuple[Path, ...], Environment | None], Pack]
"""How a command reads the rules of a layout: with these rules instead, these filters more, as this site wants them."""


@dataclass(slots=True)
class Side:
    """One revision, read. ``shown`` says which one. ``optional`` are the filters that nothing switches on."""

    shown: str
    layout: Layout
    pack: Pack
    optional: list[PackFilter]
    fixtures: Mapping[str, Fixture]
    lock: Lock
    lists: Lists
    environment: Environment | None
    house: Path | None
    """Where the pipelines of the house are at this revision; None where they are those of the program that runs."""
    findings: list[Finding]
    """What could not be read: rules, filters and fixtures."""
    notes: list[str] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)

    def target(self, name: str) -> Target:
        """A target as this revision's pipelines and settings make it."""
        if name not in self.targets:
            with house_at(self.house):
                target = load_target(name, self.layout.pipelines, environment=self.environment)
                _ = target.translator  # it reads the pipeline, which has to be this side's
            self.targets[name] = target
        return self.targets[name]


def read_side(layout: Layout, shown: str, read_pack: ReadPack, environment: Path | None, *, strict: bool) -> Side:
    """Read a side. What cannot be read of one that is not ``strict``, the past, is a note and not an error."""
    notes: list[str] = []
    layout = layout if strict else _there(layout)
    site: Environment | None = None
    lock: Lock = {}
    pack = Pack()
    path = environment or layout.environment
    try:
        site = read_environment(path, layout) if path is not None else None
    except UsageError as error:
        _told(error, notes, strict)
    try:
        lock = read_lock(layout.lock)
    except UsageError as error:
        _told(error, notes, strict)
    if layout.rules:
        try:
            pack = read_pack(layout, (), (), site)
        except UsageError as error:  # the site's settings do not fit these rules
            _told(error, notes, strict)
            pack = read_pack(layout, (), (), None)
    wrong: list[Finding] = []
    fixtures = read_fixtures(layout.fixtures, wrong) if layout.fixtures.is_dir() else {}
    findings = [*pack.findings, *(_from_the_root(one, layout) for one in wrong)]
    lists = read_lists(layout.lists, []) if layout.lists.is_dir() else Lists({}, {})
    applied = [layout.shown(one) for one in (*layout.filters, *(site.filters if site else ()))]
    optional = [one for one in pack.filters if not _below(one.source.path, applied)]
    return Side(shown, layout, pack, optional, fixtures, lock, lists, site, None, findings, notes)


def with_house(side: Side, root: Path, targets: Iterable[str]) -> None:
    """Let a side have its own pipelines of the house, where ``root``'s repository is the house's own."""
    if house_directory().resolve() != (root / HOUSE).resolve():
        return
    folder = side.layout.root / HOUSE
    lacking = [name for name in targets if not (folder / f"{name}.yml").is_file()]
    if lacking:
        side.notes.append(f"there is no pipeline of {', '.join(lacking)}; today's are taken on both sides")
    else:
        side.house = folder


def rules_named(layout: Layout, rules: Sequence[Path], base: Path) -> Layout:
    """The layout with other rules than its own. Raises :class:`UsageError` for those that lie outside of it."""
    named = []
    for path in rules:
        place = (base / path).resolve()
        if not place.is_relative_to(layout.root.resolve()):
            raise UsageError(f"{path} lies outside of {layout.root.name}, and has no other revision to compare with")
        named.append(layout.root / place.relative_to(layout.root.resolve()))
    return replace(layout, rules=tuple(named)) if named else layout


def _there(layout: Layout) -> Layout:
    """The layout without rules and filters that are not there: at a revision before them, there are none."""
    rules = tuple(path for path in layout.rules if path.exists())
    filters = tuple(path for path in layout.filters if path.exists())
    pipelines = tuple(path for path in layout.pipelines if path.exists())
    environment = layout.environment if layout.environment is not None and layout.environment.exists() else None
    return replace(layout, rules=rules, filters=filters, pipelines=pipelines, environment=environment)


def _from_the_root(finding: Finding, layout: Layout) -> Finding:
    """A finding on a fixture with its path from the root; it is told from the folder of the fixtures."""
    rest = finding.path.partition("/")[2]
    return replace(finding, path=f"{layout.shown(layout.fixtures)}/{rest}")


def _told(error: UsageError, notes: list[str], strict: bool) -> None:
    if strict:
        raise error
    notes.append(str(error))


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
