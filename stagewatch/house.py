"""Where the pipelines of the house are, for those who need no pySigma to know it."""

from __future__ import annotations

from pathlib import Path


def pipelines_folder() -> Path:
    """Beside the package in a checkout, inside it once installed."""
    inside = Path(__file__).parent / "pipelines"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "pipelines"
