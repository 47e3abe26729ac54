"""Reads the configuration of a repository: which keys there are, what each may be, and that paths stay inside."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from stagewatch.findings import UsageError
from stagewatch.layout import (
    DIST,
    FILE,
    FIXTURES,
    GUIDES,
    LISTS,
    LOCK,
    PACK,
    PROJECT,
    CheckSettings,
    DiffSettings,
    Exclusion,
    Layout,
    inside,
)
from stagewatch.targets import TARGETS
from stagewatch.tomlsafe import MAX_BYTES, Node, read

KEYS = (
    "rules", "filters", "fixtures", "guides", "lists", "versions", "dist", "pipelines", "targets", "environment",
    "check", "diff",
)  # fmt: skip

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,63}")
_CODE_FORM = "a code such as SW201"
_RULES = re.compile(r"[\w.*?/+ -]+")
_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_.@/~^{}-]{0,199}")


def read_configuration(root: Path, config: Path | None = None) -> Layout:
    """The layout that a repository's configuration says, ours where it says nothing."""
    node = _node(root, config)
    if node is None:
        return _layout(root, {}, FILE)
    return _layout(root, node.table(KEYS), node.shown)


def is_configured(folder: Path) -> bool:
    """Whether a folder holds a configuration."""
    return (folder / FILE).is_file() or _project(folder) is not None


def _node(root: Path, config: Path | None) -> Node | None:
    """The configuration's table: that of the file named, else the one of the two that is there."""
    if config is not None:
        own = read(config, config.name)
        return _tool(own) if config.name == PROJECT else own
    project = _project(root)
    if not (root / FILE).is_file():
        return project
    if project is not None:
        raise project.error(f"there is a {FILE} too: keep one of them")
    return read(root / FILE, FILE)


def _project(folder: Path) -> Node | None:
    """The table ``[tool.stagewatch]`` of a ``pyproject.toml``. One that does not speak of it may be broken."""
    path = folder / PROJECT
    try:
        with path.open("rb") as file:
            if b"stagewatch" not in file.read(MAX_BYTES):
                return None
    except OSError:
        return None
    return _tool(read(path, PROJECT))


def _tool(node: Node) -> Node | None:
    tool = node.table().get("tool")
    return None if tool is None else tool.table().get("stagewatch")


def _layout(root: Path, entries: Mapping[str, Node], file: str) -> Layout:
    def one(key: str, default: str) -> Path:
        return _path(root, entries[key], entries[key].string()) if key in entries else root / default

    def some(key: str, default: tuple[str, ...] = ()) -> tuple[Path, ...]:
        return _paths(root, entries[key]) if key in entries else tuple(root / name for name in default)

    layout = Layout(
        root=root,
        rules=some("rules", (PACK,)),
        fixtures=one("fixtures", FIXTURES),
        guides=one("guides", GUIDES),
        lists=one("lists", LISTS),
        lock=one("versions", LOCK),
        dist=one("dist", DIST),
        filters=some("filters"),
        pipelines=some("pipelines"),
        targets=_targets(entries["targets"]) if "targets" in entries else (),
        environment=one("environment", "") if "environment" in entries else None,
        check=_check(entries["check"]) if "check" in entries else CheckSettings(),
        diff=_diff(root, entries["diff"]) if "diff" in entries else DiffSettings(),
        named=frozenset(entries),
        file=file,
    )
    _check_output(layout, entries)
    return layout


def _paths(root: Path, node: Node) -> tuple[Path, ...]:
    return tuple(_path(root, node, name) for name in node.strings())


def _path(root: Path, node: Node, name: str) -> Path:
    """A path below the root, wherever symbolic links lead."""
    if not inside(name):
        raise node.error(f"{name!r} must be a path below the root, with forward slashes")
    path = root / name
    if not _real(path).is_relative_to(_real(root)):
        raise node.error(f"{name!r} is a symbolic link that leads out of the repository")
    return path


def _real(path: Path) -> Path:
    """Where a path leads. Of a loop of symbolic links it is the path as far as it can be followed."""
    return Path(os.path.realpath(path))


def _targets(node: Node) -> tuple[str, ...]:
    wanted = node.strings()
    for name in wanted:
        Node(node.text, node.shown, node.keys, name).choice(TARGETS, "target")
    return tuple(name for name in TARGETS if name in wanted)


def _check(node: Node) -> CheckSettings:
    entries = node.table(("ignore", "select", "exclude"))
    return CheckSettings(
        ignore=entries["ignore"].strings(_CODE, _CODE_FORM) if "ignore" in entries else (),
        select=entries["select"].strings(_CODE, _CODE_FORM) if "select" in entries else (),
        exclude=tuple(map(_exclusion, entries["exclude"].tables())) if "exclude" in entries else (),
    )


def _exclusion(node: Node) -> Exclusion:
    entries = node.table(("code", "rules", "reason"))
    for key in ("code", "rules", "reason"):
        if key not in entries:
            raise node.error(f"it lacks {key}: a code, the rules (file stems or paths, * and ? allowed) and a reason")
    return Exclusion(
        code=entries["code"].string(_CODE, _CODE_FORM),
        rules=entries["rules"].strings(_RULES, "a file stem or a path, with * and ?"),
        reason=entries["reason"].string(),
    )


def _diff(root: Path, node: Node) -> DiffSettings:
    entries = node.table(("base", "events"))
    return DiffSettings(
        base=entries["base"].string(_REVISION, "a git revision") if "base" in entries else None,
        events=_paths(root, entries["events"]) if "events" in entries else (),
    )


def _check_output(layout: Layout, entries: Mapping[str, Node]) -> None:
    """Raise where a build would write over what it reads: the output folder is replaced as a whole."""
    dist = _real(layout.dist)
    parts = {
        "rules": layout.rules, "filters": layout.filters, "fixtures": (layout.fixtures,), "guides": (layout.guides,),
        "lists": (layout.lists,), "pipelines": layout.pipelines, "versions": (layout.lock,),
    }  # fmt: skip
    for key, paths in parts.items():
        for path in map(_real, paths):
            if path.is_relative_to(dist) or dist.is_relative_to(path):
                node = entries.get("dist", entries.get(key))
                message = f"the output folder {layout.shown(layout.dist)} and `{key}` lie in each other"
                raise node.error(message) if node else UsageError(f"{layout.file}: {message}")
