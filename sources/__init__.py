"""What stands elsewhere, in strangers' Git repositories, fetched within bounds of address, size and time."""
