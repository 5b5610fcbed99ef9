"""The stages of a build, one file each; a new stage is one new file here and its test, and nothing else is edited."""
