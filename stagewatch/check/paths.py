"""How ``check`` shows paths: as somebody who stands at the repository's root would write them."""

from __future__ import annotations

import os
from pathlib import Path

from stagewatch.layout import Layout


def shown(layout: Layout, path: Path) -> str:
    """A path below the repository's root from there; another as it was given."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links out of the repository
    return layout.shown(whole) if whole.is_relative_to(layout.root) else path.as_posix()
