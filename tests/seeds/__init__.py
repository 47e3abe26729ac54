"""The queries of the public pages beside ours: what each of them returns on the same events.

``defects.yml`` names the defects and the events that show them, ``claims.yml`` what the pages say that they find.
``python -m tests.seeds.record`` runs all of it and writes ``docs/seeds.json``, of which the site makes its pages.
"""
