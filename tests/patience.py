"""How long the tests are patient with a text that was made to be slow."""

HANG_S = 20.0
"""CPU seconds that a hostile text may cost at most: what grows faster than its text takes hours, and a busy machine
counts several seconds for the same work."""
