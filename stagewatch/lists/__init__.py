"""Named lists: what ATT&CK calls the mutable elements of a detection, in one place, and the rules that carry them.

``model`` reads the lists, ``carried`` finds where a rule differs from them, ``renew`` writes them into the rules.
"""
