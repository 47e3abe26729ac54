"""The catalogue: a static site of the pack, its queries, its proofs and its documentation.

``collect.py`` reads all of it once into a :class:`stagewatch.site.model.Model`; kinds of pages turn the model into
pages, which are pure values; ``generate.py`` has MkDocs make HTML of them and writes the site as a whole.

To add a kind of pages

1. write ``pages/<kind>.py`` with a function ``pages(site: Model) -> Iterable[Page]``. It reads nothing from disk: what
   it needs is in the model, and what is not there yet is read in ``collect.py`` into a field of its own;
2. name the function in ``KINDS`` in ``generate.py``;
3. test it in ``tests/site/pages/``: a page is a value, so most tests need no MkDocs.

What a page is

- ``Page.path`` is where it stands in the site, ``techniques/T1074.html``; this is its stable address. ``Page.section``
  is one of ``SECTIONS`` in ``model.py``; ``listed=False`` keeps it out of the navigation (a page per rule).
- ``Page.markdown`` begins at the second level (``##``): the first-level heading is made of ``Page.title``.
  Python-Markdown reads it, with tables, attribute lists, admonitions, footnotes, ``pymdownx.tabbed``, ``superfences``.
- Links are relative and end in ``.html``: ``site.link(page_path, "rules/x.html")``. A link to nothing is a finding.
- Text of rules, fixtures and queries is untrusted. Within Markdown it goes through ``markup.text`` or ``markup.code``;
  blocks of HTML and highlighted code through a ``markup.Draft``, past Markdown altogether:

      draft = Draft()
      draft.add(f"## {text(rule.title)}")
      draft.code(query, "kql")
      draft.tabs([("Splunk", one), ("Elastic", other)])
      return Page("x/y.html", "Title", draft.markdown, fragments=draft.fragments, section="Proof")

- ``Page.files`` are files of the page's own, by their path in the site (a picture, a layer for Navigator). Files of
  ``dist/`` are there already: ``site.download(page_path, "splunk/queries/x.spl")`` is the link to such a copy.
- Platforms are always called by ``platforms.NAMES`` and stand in the order of ``TARGETS``, so that tabs keep the chosen
  platform from page to page. Badges: ``markup.badge``. Colours and spacing belong to ``theme/stagewatch.css``; a page
  has no ``style`` and no event handlers of its own.
- The theme and its scripts: ``theme/``. A script of one kind of page is named in ``Page.scripts``.
"""
