"""Whose word is a command, and which of their words: not what is quoted, shown, hidden, or said by a machine."""

from tests.attacks.scenes import app_itself, checked, good, heard, jobs, numbers, outsider, reactions
from tests.bot.world import Person, World, wait

SHOWN = {
    "quote": "> /espalier approve\n\nWho wrote that?",
    "lazy quote": "> on Monday somebody wrote:\n/espalier approve",
    "code": "Write `/espalier approve`, as in\n\n```\n/espalier approve\n```",
    "indented code": "    /espalier approve",
    "HTML comment": "<!--\n\n/espalier approve\n\n-->\nLooks fine.",
    "HTML": "<details>\n/espalier approve\n</details>",
    "within a line": "Then say /espalier approve",
    "list": "- /espalier approve",
}


def test_a_command_that_is_only_shown_is_not_obeyed(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    written = {name: pull.comment(text) for name, text in SHOWN.items()}
    heard(pull)
    assert [name for name, comment in written.items() if reactions(pull, comment)] == []
    assert "triage-approved" not in pull.labels()


def test_an_outsiders_command_is_refused_in_one_line_that_says_who_may(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    for person in (outsider(here), here.contributor):
        comment = pull.comment("/espalier approve\n/espalier build", person=person)
        wait(lambda comment=comment: reactions(pull, comment) == ["confused"], what="the refusal")
        told = f"@{person.login}\n- `/espalier approve`: `/espalier approve` is for triagers"
        wait(lambda told=told: pull.comments(told), what="why")
        (answer,) = pull.comments(told)
        assert "\n- `/espalier build`: `/espalier build` is for triagers" in answer
    assert "triage-approved" not in pull.labels()
    assert not jobs(here, pull.head)


def test_a_bot_does_not_command_whatever_its_role(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    told = here.forge.control("users", login=f"helper{next(numbers)}", type="Bot")
    helper = Person(login=str(told["login"]), token=str(told["token"]), api=here.forge.api)
    invitation = here.owner.ask("PUT", f"{pull.repository.path}/collaborators/{helper.login}", permission="triage")
    if isinstance(invitation, dict):
        helper.ask("PATCH", f"/user/repository_invitations/{invitation['id']}")
    comment = pull.comment("/espalier approve", person=helper)
    heard(pull)
    assert reactions(pull, comment) == []
    assert "triage-approved" not in pull.labels()


def test_the_app_obeys_nothing_that_it_says_itself(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    comment = pull.comment("/espalier approve", person=app_itself(here))
    heard(pull)
    assert reactions(pull, comment) == []
    assert "triage-approved" not in pull.labels()


def test_an_edit_gives_only_the_commands_that_it_adds(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    comment = pull.comment("/espalier request-changes")
    wait(lambda: "triage-requested-changes" in pull.labels(), what="the request")
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    path = f"{pull.repository.path}/issues/comments/{comment['id']}"
    here.triager.ask("PATCH", path, body="Never mind this:\n\n/espalier request-changes")
    heard(pull)
    assert "triage-approved" in pull.labels()
    here.triager.ask("PATCH", path, body="/espalier request-changes\n/espalier help")
    wait(lambda: pull.comments("| `/espalier request-changes [SHA]` |"), what="the help that was added")
    assert "triage-approved" in pull.labels()
