"""The model of the repository's own pack under a short name."""

from __future__ import annotations

import pytest

from stagewatch.site.model import Model


@pytest.fixture(scope="session")
def pack(pack_model: Model) -> Model:
    return pack_model
