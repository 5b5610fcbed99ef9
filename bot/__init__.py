"""The GitHub App: webhooks in; labels, one report comment, check runs and builds out."""
