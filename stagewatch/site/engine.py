"""What the playground runs on in the browser: Pyodide, and the Python modules of Stagewatch and of what it imports.

Pyodide is an npm package, which ``npm ci`` fetches; ``playground/pyodide.json`` pins its files. The modules are those
of the environment in which the site is made, so a browser converts exactly as the build did. They travel as JSON:
servers compress it, and it has the same bytes wherever it is made, which a deflated archive has not.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stagewatch.findings import StagewatchError, UsageError
from stagewatch.pipelines import house_directory
from stagewatch.targets import TARGETS

ASSETS = Path(__file__).with_name("playground")
"""Scripts and styles of the page, and what pins Pyodide."""

DEFAULT = ASSETS / "node_modules" / "pyodide"
"""Where ``npm ci`` puts Pyodide."""

SERVED = ("elements.js", "page.js", "platforms.js", "playground.css", "playground.js", "result.js", "worker.js")
"""Those of them that a browser loads."""

DISTRIBUTIONS = ("Jinja2", "MarkupSafe", "pyparsing", "pySigma", "PyYAML", "typing_extensions")
"""What the conversion imports. All of it runs as plain Python; what is compiled only makes it faster."""

ROOTS = ("stagewatch.playground", *(f"stagewatch.targets.{name}" for name in TARGETS))
"""Modules of ours that are asked for; those that they import follow."""

DATA = ("telemetry/schemas/duckdb.json",)
"""Files that those modules read, below the package."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The files of the engine by path below the playground; empty where there is none, and why."""

    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    missing: str = "the site was made without it"
    version: str = ""

    @property
    def size(self) -> int:
        """Bytes that a browser loads."""
        return sum(len(content) for path, content in self.files.items() if not path.endswith(".txt"))


NO_ENGINE = Engine()


def read_engine(folder: Path | None) -> Engine:
    """The engine with the Pyodide of a folder, else of the one where ``npm ci`` puts it.

    Raises :class:`UsageError` for a folder that was named and holds no Pyodide or another one than the pinned.
    """
    pinned = json.loads((ASSETS / "pyodide.json").read_text(encoding="utf-8"))
    if folder is None and not DEFAULT.is_dir():
        return Engine(missing="Pyodide is not there; `npm ci` in stagewatch/site/playground fetches it")
    found = _pyodide(folder or DEFAULT, pinned)
    version = str(pinned["version"])
    info = json.loads(found.pop("pyodide-lock.json"))["info"]
    files = {f"pyodide-{version}/{name}": content for name, content in found.items()}
    files["modules.json"] = _dump({"files": modules(), "lock": {"info": info, "packages": {}}, "pyodide": version})
    files |= {name: (ASSETS / name).read_bytes() for name in SERVED}
    files["NOTICES.txt"] = _notices(version).encode()
    return Engine(MappingProxyType(dict(sorted(files.items()))), "", version)


def _pyodide(folder: Path, pinned: Mapping[str, Any]) -> dict[str, bytes]:
    found = {}
    for name, digest in pinned["files"].items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise UsageError(f"no Pyodide in {folder}: {name}: {error.strerror or error}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise UsageError(f"{folder / name} is not that of Pyodide {pinned['version']}")
        found[name] = content
    return found


def modules() -> dict[str, str]:
    """Every Python file that the browser needs, by path below its folder of modules."""
    package = Path(__file__).parent.parent
    paths = {path.relative_to(package.parent).as_posix(): path for path in _ours(package)}
    paths |= {f"{package.name}/{name}": package / name for name in DATA}
    paths |= {f"{package.name}/pipelines/{name}.yml": house_directory() / f"{name}.yml" for name in TARGETS}
    for name in DISTRIBUTIONS:
        paths |= _theirs(name)
    return {path: paths[path].read_text(encoding="utf-8") for path in sorted(paths)}


def _ours(package: Path) -> list[Path]:
    """The files of our modules that the roots import, at once or later."""
    seen: dict[str, Path] = {}
    ahead = list(ROOTS)
    while ahead:
        name = ahead.pop()
        path = _file(package, name)
        if path is None or name in seen:
            continue
        seen[name] = path
        ahead += [name.rpartition(".")[0], *_imported(ast.parse(path.read_bytes()))]
    return [seen[name] for name in sorted(seen)]


def _file(package: Path, name: str) -> Path | None:
    """The file of a module of ours; None for any other name."""
    first, *rest = name.split(".")
    if first != package.name:
        return None
    place = package.joinpath(*rest)
    candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((path for path in candidates if path.is_file()), None)


def _imported(node: ast.AST) -> Iterator[str]:
    """What a module may import, without what only a type checker does."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from _imported(child)


def _theirs(name: str) -> dict[str, Path]:
    """The Python files of an installed distribution."""
    found = _distribution(name)
    return {
        str(path): Path(str(path.locate()))
        for path in found.files or ()
        if path.suffix == ".py" and not str(path).startswith("..")
    }


def _distribution(name: str) -> Distribution:
    try:
        found = distribution(name)
    except PackageNotFoundError as error:
        raise UsageError(f"{name} is not installed, and the playground needs it") from error
    if not found.files:
        raise StagewatchError(f"the installation of {name} does not tell its files, which the playground needs")
    return found


def _notices(version: str) -> str:
    """Whose work the engine is, under which licence, with the texts."""
    parts = [(ASSETS / "NOTICES.txt").read_text(encoding="utf-8").replace("{version}", version)]
    for name in DISTRIBUTIONS:
        found = _distribution(name)
        title = f"{found.metadata['Name']} {found.version}"
        texts = [
            Path(str(path.locate())).read_text(encoding="utf-8")
            for path in sorted(found.files or (), key=str)
            if ".dist-info" in str(path) and "LICENSE" in path.name.upper()
        ]
        parts.append("\n\n".join([f"{title}\n{'=' * len(title)}", *(text.strip() for text in texts)]) + "\n")
    return "\n\n".join(parts)


def _dump(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
