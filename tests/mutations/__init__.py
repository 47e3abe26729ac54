"""Changes that make a query wrong, each of which the proofs must catch."""
