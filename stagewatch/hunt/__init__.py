"""The rules over the logs at hand: a plan of what to ask, an engine that asks it, reports on what it found."""
