"""The composition root: the command line, and the demo that plays the whole loop on one machine."""
