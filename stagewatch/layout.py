"""Where the parts of the repository are, below its root."""

from __future__ import annotations

DIST = "dist"
"""What a build gives."""

FIXTURES = "tests/rules"
"""The pack's fixtures and the record of its proofs."""

GUIDES = "docs/guides"
"""The guides of the pack's rules."""

LISTS = "lists"
"""The named lists that rules carry."""

LOCK = "versions.json"
"""The versions of the pack's rules."""

PACK = "sigma"
"""The pack's rules."""
