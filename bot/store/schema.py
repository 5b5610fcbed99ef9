"""The schema of a database, brought to its present version by Alembic whenever a database is opened."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from schemas.errors import UserError

VERSIONS = "alembic_version"


def bring_up_to_date(connection: Connection, name: str) -> None:
    """Apply the steps that a database lacks, in the transaction that is open.

    Args:
        connection: To the database.
        name: What the database is called in messages, as the subject of a sentence.

    Raises:
        UserError: if it was written by a later version, or holds something else.
    """
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["connection"] = connection
    tables = inspect(connection).get_table_names()
    if VERSIONS in tables:
        script = ScriptDirectory.from_config(config)
        standing = set(connection.scalars(text(f"SELECT version_num FROM {VERSIONS}")))  # noqa: S608 - our own constant
        if standing == set(script.get_heads()):
            return
        if not standing <= {step.revision for step in script.walk_revisions()}:
            raise UserError(f"{name} was written by a later version: run that version, or take a new database.")
    elif tables:
        raise UserError(f"{name} holds tables of something else, such as `{min(tables)}`: give the bot one of its own.")
    command.upgrade(config, "head")
