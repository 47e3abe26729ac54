"""The code that a result comes from: Stagewatch's own files, the packages installed, Python, the machine's kind."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from pathlib import Path

from stagewatch.cache.inputs import ABSENT, Part, Snapshot, file_digest, hash_of, snapshot
from stagewatch.house import pipelines_folder

PACKAGE = Path(__file__).parents[1]

VARIABLES = (
    "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONUTF8", "TZ",
    "_JAVA_OPTIONS",
)  # fmt: skip
"""Variables that the engines of proofs read. No result should depend on them; that is proven by the cold runs alone."""


def tools() -> str:
    """One hash over all code and data that works on the inputs, the house's pipelines left out.

    Packages are told by their names, versions and ``RECORD``, which has a hash of each of their files. A file that was
    edited in place in an installed package is not seen.
    """
    return hash_of(
        {
            "python": [sys.version, sys.platform, platform.machine(), sys.flags.optimize, sys.flags.utf8_mode],
            "variables": [os.environ.get(name) for name in VARIABLES],
            "path": sys.path,
            "packages": _packages(),
            "own": _own(),
        }
    )


def pipelines() -> Snapshot:
    """The house's pipelines, a part for each target."""
    folder = pipelines_folder()
    names = sorted(path.stem for path in folder.glob("*.yml"))
    return snapshot({name: Part((folder / f"{name}.yml",)) for name in names})


def foreign_modules() -> list[str]:
    """Modules that are loaded and come neither from Stagewatch, nor from Python, nor from an installed package.

    Such as a package that is installed to be edited: :func:`tools` does not see its changes.
    """
    known = [str(PACKAGE), *_roots()]
    known += [os.path.realpath(root) for root in known]
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name in ("__main__", "__mp_main__"):
            continue
        if not any(file.startswith(root + os.sep) for root in known):
            found.append(name)
    return sorted(found)


def _roots() -> list[str]:
    """Folders of installed code."""
    paths = sysconfig.get_paths()
    installed = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    return installed + [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]


def _own() -> list[list[str]]:
    """Every file of the package that is code or data."""
    found = []
    for folder, below, names in os.walk(PACKAGE):
        below[:] = sorted(name for name in below if name not in ("__pycache__", "pipelines"))
        paths = [Path(folder, name) for name in sorted(names) if not name.endswith(".pyc")]
        found += [[str(path.relative_to(PACKAGE)), file_digest(path)] for path in paths]
    return found


def _packages() -> list[list[str]]:
    """Every installed package by its folder's name, which has its version, and the list of its files."""
    found = []
    for place in sys.path:
        try:
            names = sorted(entry.name for entry in os.scandir(place or "."))
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                record = Path(place, name, "RECORD")
                found.append([name, file_digest(record) if record.is_file() else ABSENT])
    return found
