"""Runs the steps over the connection that the store gives to Alembic, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
