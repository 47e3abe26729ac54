"""Triples of a short rule, an event and whether it matches, by the Sigma specification, on every target."""
