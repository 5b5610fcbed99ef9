"""The slash commands, one file each; a new command is one new file here and its test, and nothing else is edited."""
