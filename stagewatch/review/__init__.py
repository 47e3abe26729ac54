"""A review of a change: ``check``, ``prove`` and ``diff`` as one report, and that as one comment on a pull request.

``steps`` runs the three, ``report`` writes them as one, ``action`` is what the GitHub Action calls. ``github`` and
``gitlab`` keep one comment up to date; they read the report alone, so that no token is near what strangers wrote.
"""
