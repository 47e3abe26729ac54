"""A Content Security Policy for a page: nothing from elsewhere, and of scripts within the page only those that it has.

It is in the page, for a static site cannot say what its server sends. A policy in a page does not reach its workers.
"""

from __future__ import annotations

import base64
import hashlib
import re

_CHARSET = '<meta charset="utf-8">'

_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.DOTALL)
"""A script within the page that a browser runs: one with a type is data."""


def with_policy(html: str) -> str:
    """The page with its policy behind the character set, before anything is loaded."""
    hashes = sorted({f"'sha256-{_hash(found[1])}'" for found in _SCRIPT.finditer(html)})
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *hashes]),
        "worker-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    return html.replace(_CHARSET, f'{_CHARSET}<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
