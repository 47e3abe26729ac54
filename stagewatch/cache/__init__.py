"""What was found out before, kept by what it depends on: an unchanged pack costs a hash.

``parts`` says which files a command reads, ``inputs`` hashes them, ``tools`` hashes the code that works on them.
``store`` keeps entries, each signed with a secret of the user (``secret``), and believes none that it cannot verify.
``runs`` keeps what a whole command printed, ``rules`` what became of one rule on one target, which ``reuse`` hands to
builds and proofs. ``session`` is a command's use of all that. Nothing that builds or proves knows of it.
"""
