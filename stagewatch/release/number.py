"""The number of a release: Semantic Versioning 2.0.0, and higher than the one before."""

from __future__ import annotations

from semver import Version

from stagewatch import __version__
from stagewatch.findings import Finding, UsageError


def number(text: str, previous: str | None) -> Version:
    """The release's number. Raises :class:`UsageError` where it is none or not higher than ``previous``."""
    version = _parsed(text, "a release's version")
    if previous is not None and version <= _parsed(previous, "the previous release's version"):
        raise UsageError(f"{version} is not higher than the previous release, {previous}")
    return version


def disagreement(version: Version) -> list[Finding]:
    """A finding where objects would carry another version than the release: Splunk's app has Stagewatch's.

    A pre-release or a build of a version is that version to them.
    """
    core = str(version.finalize_version())
    if core == __version__:
        return []
    message = f"Stagewatch is {__version__}, and so is the Splunk app in {core}; raise __version__ and build"
    return [Finding("stagewatch/__init__.py", None, None, message)]


def _parsed(text: str, what: str) -> Version:
    try:
        return Version.parse(text)
    except ValueError as error:
        raise UsageError(f"{what} is like 1.2.3 (https://semver.org), not {text!r}") from error
