"""Records as GitHub's JSON, one module a part of the API."""
