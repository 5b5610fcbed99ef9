"""Make the reference of commands, docs/commands.md, from the registry: run `make docs`.

Each command says in its docstring what it does and in its decorator who may give it (`bot/command.py`). The same code
gives the same bytes; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from bot.command import Command, Role, load_commands

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "commands.md"

HEAD = """\
# Commands

This page is made from the code by `make docs`. Write a command at the start of a line, in a comment on a pull request
or in the text of a review: `/espalier NAME …`, or `@APP NAME …` with the App's name. Code, quotes, lists, headings
and HTML comments are passed over. Several are taken in their order, ten of one comment at most; of an edit only those
that it added, as said by whoever edited. What comes of a command is shown by a reaction, by the report and, where
there is something to say, by an answer; all that is refused of one comment stands in one answer. To a review nobody
can react, so the bot answers there.

Who may is looked up at GitHub when the command is carried out, not when it was typed: by the permission in the
repository (`role_name`: `triage` triages; `write`, `maintain` and `admin` approve), and by `teams.triagers` and
`teams.approvers` of the policy, where logins and `@org/team` stand. An empty list lets nobody in. Bots never command.
The buttons of a check run are commands by another way, for the same people.

An approval, like every other word of a triager, is one on a head SHA: the next push takes it back. An approval falls
with a close and with another base branch as well. Where the head moved about when somebody wrote, the command is
refused until the SHA is named; where it was closed, or given another base, about then or since, an approval is refused
until it is written once more. Of a person's words on a head, of all words on a hold, and of rollbacks and releases, the
last one counts, in whatever order the bot hears of them; and a `cancel` without a build's name concerns the builds of
the pull request that were ordered before it was written, and no release. A button is pressed when the bot gets it. Of
two comments of the same second the later counts; of a review or a button and another word of that second, the one that
is heard of last. What comes too late is answered, and counts when it is written once more. What was refused stays
refused, also where the bot was interrupted and looks at the same comment, review or press of a button again: whoever
means it writes or presses once more. A label of a triage state that a person sets by hand stays until the next push,
and `triage-rejected` and `triage-uncertain` stay until somebody takes them off or says a newer word; no label approves.

Where workflows serve a repository, without a bot that always runs, comments are heard and reviews are not, and there
is no release, rollback or quota. A run that somebody starts again decides anew on what was refused.

Builds of pull requests have quotas a day, from midnight to midnight in UTC: `quotas` in the policy says how many
builds and GPU minutes an author and the repository have. GPU minutes are the time that a build runs on the cluster.
A build counts on the day on which it is asked for, its minutes on the day on which they run. A build that runs when
they are used up goes on; the next is refused. Releases do not count.
"""


def render() -> str:
    """Write the page."""
    commands = [command for _, command in sorted(load_commands().items())]
    rows = [f"| [`{item.name}`](#{item.name}) | {cell(item.summary)} | {item.needs.people} |" for item in commands]
    table = "\n".join(["| command | does | who may |", "| --- | --- | --- |", *rows])
    return "\n\n".join([HEAD.strip("\n"), table, *(section(command) for command in commands)]) + "\n"


def section(command: Command) -> str:
    """Write what there is to say of one command."""
    text = f"{command.summary}. {command.details}".strip()
    may = "Anyone may." if command.needs is Role.ANYONE else f"For {command.needs.people}."
    return f"## {command.name}\n\n`/espalier {command.usage}`\n\n{text}\n\n{may}"


def cell(text: str) -> str:
    """Write text into a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET}: {len(load_commands())} commands")
