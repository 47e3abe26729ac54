"""What a change of the rules means: two revisions compared by their events and queries, not by text."""
