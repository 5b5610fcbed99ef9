"""The REST API, one module a part of GitHub's reference."""
