"""What of a page passes Markdown by: a plugin that puts a draft's fragments into MkDocs' HTML, and its heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mkdocs.plugins import BasePlugin

from stagewatch.site import searchindex
from stagewatch.site.markup import MARK, text
from stagewatch.site.model import Page
from stagewatch.site.policy import with_policy

_SKIP = re.compile(r'(<div data-md-component="skip">).*?(</div>)', re.DOTALL)


class Fragments(BasePlugin):  # type: ignore[type-arg,no-untyped-call]  # it has no settings
    """Puts the heading and the fragments in, after Markdown has done its part, and reads pages for the search."""

    def __init__(self) -> None:
        self.pages: Mapping[str, Page] = {}
        self.entries: dict[str, searchindex.Entry] = {}

    @classmethod
    def of(cls, pages: Mapping[str, Page]) -> Fragments:
        """The plugin for pages by their source's path."""
        plugin = cls()
        plugin.load_config({})
        plugin.pages = pages
        return plugin

    def on_page_content(self, html: str, *, page: Any, **_: Any) -> str:
        """Finish the text of a page."""
        known = self.pages[page.file.src_uri]

        def fragment(match: re.Match[str]) -> str:
            return known.fragments[match[1] or match[2]]

        html = MARK.sub(fragment, html)
        if known.searched:
            words, headings = searchindex.read(html)
            self.entries[known.path] = searchindex.Entry(
                known.path, known.title, known.description, known.section, known.tag, known.keywords, headings, words
            )
        kicker = f'<nav class="sw-crumbs" aria-label="Breadcrumb">{known.crumbs}</nav>' if known.crumbs else ""
        return f'{kicker}<h1 id="top">{text(known.title)}</h1>\n{html}'

    def on_post_page(self, output: str, *, page: Any, **_: Any) -> str:
        """Let the first link of every page lead to its heading; Material leads behind it, or has none."""
        output = _SKIP.sub(r'\1<a href="#top" class="md-skip">Skip to content</a>\2', output, count=1)
        return with_policy(output) if self.pages[page.file.src_uri].policy else output
