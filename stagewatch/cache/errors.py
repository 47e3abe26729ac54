"""Why the cache stays unused. None of these is an error of the command."""

from __future__ import annotations


class CacheError(Exception):
    """The cache cannot be used at all; the message is for the user, in one line."""


class Uncacheable(Exception):
    """What a command reads cannot be told by hashes of files; it runs as it would without a cache."""
