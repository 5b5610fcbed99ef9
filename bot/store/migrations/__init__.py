"""The steps that bring a database to the present schema; Alembic runs them, and a released one is never edited."""
