"""The bot's pages: what it knows, read-only, for people without an account."""
