"""The checks, one file each; a new check is one new file here and its test, and nothing else is edited."""
