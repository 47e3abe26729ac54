"""What a stream holds, told by its first bytes."""

from __future__ import annotations

import re

from stagewatch.logs.auditd import RECORD
from stagewatch.logs.defender import is_defender

CONTAINERS = {
    "evtx": "evtx",
    "parquet": "parquet",
    "json": "json",
    "raw": "json",
    "winlogbeat": "json",
    "nxlog": "json",
    "splunk": "json",
    "cloudtrail": "json",
    "azure": "json",
    "gcp": "json",
    "osquery": "json",
    "syslog": "json",
    "defender": "json",
    "csv": "csv",
    "auditd": "text",
    "sysmon-linux": "text",
    "text": "text",
}
"""Formats that a caller may demand -> how their files are taken apart."""

_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")


def container(head: bytes) -> str | None:
    """How a file that begins so is taken apart; None where nothing here can read it."""
    if head.startswith(b"ElfFile\0"):
        return "evtx"
    if head.startswith(b"PAR1"):
        return "parquet"
    if _JSON.match(head):
        return "json"
    if b"\0" in head[:4096]:
        return None
    text = head.decode("utf-8", "replace")
    if is_defender(frozenset(columns(text.split("\n", 1)[0]))):
        return "csv"
    if RECORD.search(text) or "<Event" in text:
        return "text"
    return None


def columns(line: str) -> list[str]:
    """The names in the head line of a table."""
    return [name.strip().strip('"') for name in line.strip().split(",")]


def reason(head: bytes) -> str:
    """Why a file is not read, as near as its first bytes tell."""
    if head.startswith(b"PARE"):
        return "encrypted Parquet"
    if head.startswith((b"7z\xbc\xaf", b"Rar!")):
        return "an archive of a kind that is not opened"
    if head.startswith((b"Salted__", b"-----BEGIN PGP")):
        return "encrypted"
    if b"\0" in head[:4096]:
        return "binary of no known kind"
    return "text of no known kind"
