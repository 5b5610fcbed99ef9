"""A small GitHub over bare Git repositories: REST, webhooks, git over HTTP and a plain web page."""
