"""The words that the bot and the runner share: JSON Schemas and their frozen Python mirrors."""
