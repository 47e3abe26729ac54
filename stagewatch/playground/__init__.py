"""A rule and an event as texts, and all that Stagewatch says of them as JSON: what stands behind the playground page.

It runs in a browser, where PyYAML comes without libyaml. pySigma names the loader of libyaml when it is imported; the
one in Python gives the same.
"""

from __future__ import annotations

import yaml

vars(yaml).setdefault("CSafeLoader", yaml.SafeLoader)

from stagewatch.playground.answer import answer  # noqa: E402 - pySigma wants the loader first

__all__ = ["answer"]
