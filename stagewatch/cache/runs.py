"""What a whole command printed and wrote, by all that it reads: the answer of a run on which nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewatch.cache.errors import Uncacheable
from stagewatch.cache.inputs import file_digest, tree_at
from stagewatch.printed import Printed

KIND = "run"


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a command leaves behind: folders that it replaces as a whole (``inputs.tree_of``), and files (SHA-256)."""

    folders: Mapping[Path, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)


def encoded(printed: Printed, outputs: Outputs) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "code": printed.code,
        "files": {str(path.absolute()): digest for path, digest in outputs.files.items()},
        "folders": {str(path.absolute()): digest for path, digest in outputs.folders.items()},
        "texts": [[to_stderr, text] for to_stderr, text in printed.texts],
    }


def decoded(value: Any) -> Printed | None:
    """What a run printed, where all that it left behind is still there byte for byte; else None."""
    try:
        texts = [(bool(to_stderr), str(text)) for to_stderr, text in value["texts"]]
        printed = Printed(texts, int(value["code"]))
        for path, digest in value["files"].items():
            if Path(path).is_symlink() or file_digest(Path(path)) != digest:
                return None
        if all(tree_at(Path(path)) == digest for path, digest in value["folders"].items()):
            return printed
    except (Uncacheable, KeyError, TypeError, ValueError, AttributeError):
        pass
    return None
