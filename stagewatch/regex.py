"""Regular expressions of Sigma, and Sigma's wildcards, in the regular-expression dialect of each platform."""

from __future__ import annotations

from enum import Enum

from stagewatch import expression as ex


class Dialect(Enum):
    """A regular-expression language. ``search`` dialects find a match anywhere, the others match whole values."""

    RUST = "Rust regex crate (Kusto)"
    PCRE = "PCRE (Splunk)"
    RE2 = "RE2 (Google SecOps, Sumo Logic matches)"
    JITREX = "JitRex (CrowdStrike LogScale)"
    JAVA_WHOLE = "java.util.regex on the whole value (QRadar)"
    LUCENE_WHOLE = "Lucene regexp on the whole value (Elastic)"


def translate(pattern: str, flags: frozenset[ex.RegexFlag], dialect: Dialect) -> str:
    """A Sigma ``|re`` pattern in a dialect; raises Unsupported where the dialect lacks a construct."""
    raise NotImplementedError


def from_globs(globs: tuple[ex.Glob, ...], dialect: Dialect, *, cased: bool) -> str:
    """A pattern that holds exactly when the whole value matches one of the Sigma wildcard patterns."""
    raise NotImplementedError
