"""The steps that bring a database to the present schema; Alembic runs them, and a released one is never edited."""

PRESENT = "0001"
"""The newest step: a database that has it needs no Alembic, which costs a bot half a second and 25 MB."""
