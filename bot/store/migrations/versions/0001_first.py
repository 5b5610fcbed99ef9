"""Every table, as the first release has them.

Times are text, ISO 8601 in UTC; those by the database's own clock are seconds since 1970.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# PostgreSQL would sort by the language of the server, and SQLite sorts by bytes.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# GitHub's ids are larger than 32 bits; only an INTEGER of SQLite's counts up by itself.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, default: str | None = None, *, optional: bool = False) -> sa.Column[str]:
    """Describe a column of text."""
    return sa.Column(name, TEXT, nullable=optional, server_default=None if default is None else sa.text(f"'{default}'"))


def whole(name: str, default: int | None = None, *, optional: bool = False) -> sa.Column[int]:
    """Describe a column of whole numbers; truth is 0 or 1."""
    return sa.Column(name, WHOLE, nullable=optional, server_default=None if default is None else sa.text(str(default)))


def seconds(name: str, default: float | None = None) -> sa.Column[float]:
    """Describe a column of seconds."""
    given = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.Double(), nullable=False, server_default=given)


def sequence(name: str) -> sa.Column[int]:
    """Describe the key that counts up, and so tells in which order rows came."""
    return sa.Column(name, WHOLE, primary_key=True, autoincrement=True)


def table(
    name: str,
    *parts: sa.Column[str] | sa.Column[int] | sa.Column[float] | sa.Column[bytes] | sa.Constraint,
    key: tuple[str, ...] = (),
    unique: tuple[str, ...] = (),
) -> None:
    """Make a table with a key of several columns, or with a sequence and columns that are unique together."""
    constraints: list[sa.Constraint] = []
    if key:
        constraints.append(sa.PrimaryKeyConstraint(*key))
    if unique:
        constraints.append(sa.UniqueConstraint(*unique))
    op.create_table(name, *parts, *constraints, sqlite_autoincrement=not key)


def upgrade() -> None:
    """Make every table."""
    _work()
    _pulls()
    _builds()
    _leaves()
    _people()


def _work() -> None:
    """What came, what is to be written, and who may do it."""
    table("leases", text("name"), whole("epoch"), text("holder"), seconds("until"), key=("name",))
    table(
        "deliveries", sequence("id"), text("guid"), text("event"), text("lane"), whole("looks"), text("received_at"),
        seconds("due"), text("state"), whole("crashes", 0), whole("waits", 0),
        text("error", optional=True), text("finished_at", optional=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),  # last: a scan of the others does not read it
        unique=("guid",),
    )  # fmt: skip
    # Those that are to be handled are few, whatever has been handled: no index on all would do as well.
    _partial_index("deliveries", "deliveries_open", ["due", "id", "state", "lane"], "state IN ('pending', 'running')")
    _partial_index("deliveries", "deliveries_lane", ["lane", "id"], "state IN ('pending', 'running')")
    _partial_index("deliveries", "deliveries_ended", ["state", "id"], "state NOT IN ('pending', 'running')")
    table(
        "outbox", text("repository"), whole("number"), text("key"), text("says"), text("state"),
        whole("github_id", optional=True), text("at"), text("error", optional=True),
        key=("repository", "number", "key"),
    )  # fmt: skip
    table("creations", whole("installation"), whole("slot"), whole("made"), key=("installation", "slot"))
    table("rounds", text("name"), text("at"), key=("name",))


def _partial_index(table_name: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(name, table_name, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _pulls() -> None:
    """Pull requests, and what people decided about them."""
    of_pull = ("repository", "number")
    table(
        "pulls", text("repository"), whole("number"), whole("installation"), text("title", ""), text("author", ""),
        text("state", "open"), text("head_sha", ""), text("head_seen_at", ""), text("triage", optional=True),
        text("labels", "[]"), text("own_labels", "[]"), text("url", ""), text("updated_at"), key=of_pull,
    )  # fmt: skip
    table(
        "votes", sequence("seq"), text("repository"), whole("number"), text("head_sha"), text("login"), text("kind"),
        text("reason", ""), text("base_ref", ""), whole("comment", 0), text("at"),
        unique=(*of_pull, "head_sha", "login"),
    )  # fmt: skip
    table(
        "grounds", text("repository"), whole("number"), text("base_ref", ""), text("fell_at", ""), key=of_pull,
    )  # fmt: skip
    table(
        "holds", text("repository"), whole("number"), whole("held"), text("login"), text("at"), text("reason", ""),
        text("said_at"), whole("comment", 0), key=of_pull,
    )  # fmt: skip
    table(
        "cancels", text("repository"), whole("number"), text("whose"), text("at"), whole("comment"),
        key=(*of_pull, "whose"),
    )  # fmt: skip
    table(
        "obeyed", sequence("seq"), text("repository"), text("source"), text("words"), text("answer", ""),
        unique=("repository", "source", "words"),
    )  # fmt: skip
    table(
        "refused", text("repository"), text("source"), text("edition"), text("words"), text("reason"), text("at"),
        key=("repository", "source", "edition", "words"),
    )  # fmt: skip
    table(
        "hand_labels", text("repository"), whole("number"), text("folded"), text("head_sha"), text("name"),
        whole("present"), key=(*of_pull, "folded"),
    )  # fmt: skip
    table("sign_offs", text("repository"), whole("number"), text("head_sha"), text("login"), key=of_pull)
    table("policies", text("repository"), text("good", ""), text("problem", optional=True), key=("repository",))


def _builds() -> None:
    """Builds, merges and models."""
    table(
        "builds", sequence("seq"), text("id"), text("repository"), whole("installation"), text("kind"), text("job"),
        text("state", "waiting"), text("asked_by"), text("asked_at", ""), whole("asked_in", 0), text("created_at"),
        text("started_at", optional=True), text("ended_at", optional=True), whole("submissions", 0),
        text("stop_reason", optional=True), text("stop_at", optional=True), text("progress", optional=True),
        text("result", optional=True), text("reason", optional=True), text("posted", optional=True),
        seconds("gpu_seconds", 0), unique=("id",),
    )  # fmt: skip
    table(
        "build_pulls", text("build_id"), text("repository"), whole("number"),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"]), key=("build_id", "number"),
    )  # fmt: skip
    # Asked for twice a second; and by every handling.
    _partial_index("builds", "builds_open", ["created_at", "seq"], "state IN ('waiting', 'running')")
    op.create_index("build_pulls_pull", "build_pulls", ["repository", "number"])
    table(
        "merges", text("repository"), whole("number"), whole("installation"), text("head_sha"), text("leaves"),
        text("merged_at"), text("quiet_until"), text("build_id", optional=True), key=("repository", "number"),
    )  # fmt: skip
    table("models", whole("version"), text("repository"), text("build_id"), text("created_at"), key=("version",))
    table(
        "current_models", text("repository"), whole("version"), text("since"), text("said_at"), whole("comment"),
        text("by"), key=("repository",),
    )  # fmt: skip


def _leaves() -> None:
    """Leaves of base branches and pull requests, with sketches to find alike ones by."""
    table("sketches", text("blob"), sa.Column("numbers", sa.LargeBinary(), nullable=False), key=("blob",))
    table("sketch_parts", whole("part"), text("blob"), key=("part", "blob"))
    table(
        "leaves", text("repository"), text("branch"), text("folder"), whole("number"), text("blob"),
        key=("repository", "branch", "folder", "number"),
    )  # fmt: skip
    op.create_index("leaves_blob", "leaves", ["blob"])
    op.create_index("leaves_number", "leaves", ["repository", "number"])
    table("tips", text("repository"), text("branch"), text("sha"), key=("repository", "branch"))


def _people() -> None:
    """What people may spend."""
    table(
        "allowances", text("repository"), text("login"), whole("builds"), whole("gpu_minutes"), text("given_by"),
        text("at"), key=("repository", "login"),
    )  # fmt: skip
