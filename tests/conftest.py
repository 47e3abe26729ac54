"""Every test works from nothing: what a developer's cache holds must not decide whether a test passes."""

from __future__ import annotations

import os

os.environ["STAGEWATCH_NO_CACHE"] = "1"
os.environ["STAGEWATCH_JOBS"] = "1"  # the tests run side by side themselves
