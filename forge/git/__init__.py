"""Git under the forge: bare repositories, and the only caller of the git program."""
