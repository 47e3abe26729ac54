"""``new``: from one event a rule, its fixture and its guide.

``intake`` reads the event and says what it is, ``sanitise`` takes out whose it was, ``picks`` proposes what to ask for,
``variants`` makes further events of it that must and must not match, ``rule_text``, ``fixture_text`` and ``guide_text``
write the files, ``trial`` tries them, ``place`` puts them where they belong.
"""
