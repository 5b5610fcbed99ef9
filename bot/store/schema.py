"""The schema of a database, brought to its present version by Alembic; loaded only where there is something to do."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, StaticPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from schemas.errors import UserError

VERSIONS = "alembic_version"


def bring_up_to_date(opened: object, *, dialect: str, begin: str, name: str, may_change: bool) -> None:
    """Apply the steps that a database lacks, all of them or none.

    Args:
        opened: A connection of the engine's own driver, without a transaction.
        dialect: SQLAlchemy's name of the engine.
        begin: The statement that begins the transaction, and keeps others from doing the same meanwhile.
        name: What the database is called in messages, as the subject of a sentence.
        may_change: Whether steps may be applied at all.

    Raises:
        UserError: if it was written by a later version, holds something else, cannot be changed or may not.
    """
    engine = create_engine(f"{dialect}://", creator=lambda: opened, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            _apply(connection, name, may_change=may_change)
            connection.commit()
    except DBAPIError as error:
        raise UserError(f"{name} cannot be used: {error.orig}.") from error


def _apply(connection: Connection, name: str, *, may_change: bool) -> None:
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["connection"] = connection
    tables = inspect(connection).get_table_names()
    if VERSIONS in tables:
        script = ScriptDirectory.from_config(config)
        standing = set(connection.scalars(text(f"SELECT version_num FROM {VERSIONS}")))  # noqa: S608 - our own constant
        if standing == set(script.get_heads()):
            return  # another replica was faster
        if not standing <= {step.revision for step in script.walk_revisions()}:
            raise UserError(f"{name} was written by a later version: run that version, or take a new database.")
    elif tables:
        raise UserError(f"{name} holds tables of something else, such as `{min(tables)}`: give the bot one of its own.")
    if not may_change:
        raise UserError(f"{name} is not at this version's schema: start the bot with it once, which brings it there.")
    command.upgrade(config, "head")
