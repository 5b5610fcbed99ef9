"""The demo: one story, played on this machine through the same webhooks and calls that GitHub would see."""
