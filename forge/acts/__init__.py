"""What can be done in the forge, one module a noun: both the REST API and the pages act through these."""
