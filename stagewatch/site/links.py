"""Whether every link within the site leads somewhere, and whether a page asks anything of another site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import unquote

_TAG = re.compile(rb"<[a-zA-Z][^<>]*>")
_ADDRESS = re.compile(rb'\s(href|src|srcset|poster|data|action)="([^"]*)"')
_ID = re.compile(rb'\s(?:id|name)="([^"]*)"')
_LOADED = re.compile(rb"<(?:script|img|iframe|source|video|audio|embed|object|link|form)\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|(?:javascript|data|vbscript|blob):", re.IGNORECASE)


def broken(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Page and address of every link to a file that the site has not, or to an anchor that its page has not."""
    anchors = {path: _anchors(content) for path, content in files.items() if path.endswith(".html")}
    for page in anchors:
        for address in dict.fromkeys(address for _, address in _addresses(files[page])):
            if not _leads(page, address, files, anchors):
                yield page, address


def loaded_from_outside(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Page and address of everything that a browser would load from elsewhere to show the page."""
    for page, content in files.items():
        if page.endswith(".html"):
            for tag, address in _addresses(content):
                if _LOADED.match(tag) and _OUTSIDE.match(address):
                    yield page, address


def _leads(page: str, address: str, files: Mapping[str, bytes], anchors: Mapping[str, set[str]]) -> bool:
    if _OUTSIDE.match(address) or address.startswith("mailto:"):
        return True
    path, _, anchor = address.partition("#")
    path = unquote(path.partition("?")[0])
    to = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if to in (".", "..") or address.startswith("/"):
        return False
    return to in files and (not anchor or unquote(anchor) in anchors.get(to, ()))


def _addresses(content: bytes) -> Iterator[tuple[bytes, str]]:
    for tag in _TAG.findall(content):
        for _, address in _ADDRESS.findall(tag):
            yield tag, unescape(address.decode())


def _anchors(content: bytes) -> set[str]:
    return {unescape(one.decode()) for tag in _TAG.findall(content) for one in _ID.findall(tag)}
