from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.review.forge import World, serving


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as running:
        yield running
