"""What a person may do on a pull request's page, and doing it: the same acts as through the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form

from forge.acts import comments, merging, pulls, reviews, suggestions
from forge.errors import ApiError
from forge.forge import Actor, Forge
from forge.pages.views import Permissions
from forge.records import Issue, Pull, Repository, User
from forge.roles import Role, role_of

VERDICTS: Mapping[str, str] = {"approve": "APPROVE", "request-changes": "REQUEST_CHANGES"}
NEED_WORDS = frozenset({"comment", "request-changes"})
STATES: Mapping[str, str] = {"close": "closed", "reopen": "open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a form asks for: its name, and the fields that its kind of deed reads."""

    name: str
    body: str = ""
    method: str = "merge"
    """How to merge."""
    comment: int = 0
    """Whose suggestion to accept."""


def read_deed(
    deed: str,
    body: Annotated[str, Form()] = "",
    method: Annotated[str, Form()] = "merge",
    comment: Annotated[int, Form()] = 0,
) -> Deed:
    """Read a deed from the path and the fields of a form."""
    return Deed(name=deed, body=body.replace("\r\n", "\n"), method=method, comment=comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The forms of a pull request's page."""

    forge: Forge

    def permissions(self, repository: Repository, issue: Issue, pull: Pull, user: User | None) -> Permissions:
        """Say which forms to show to a user, and why there is none for merging."""
        is_open, is_author = issue.state == "open", user is not None and user.id == issue.user_id
        role = role_of(self.forge, repository, user) if user is not None else Role.NONE
        turn = "" if pull.merged_at is not None else "close" if is_open else "reopen"
        note = self._merge_note(repository, pull, role) if is_open and user is not None else ""
        return Permissions(
            review=is_open and user is not None and not is_author,
            merge=is_open and user is not None and not note,
            merge_note=note,
            close=turn if is_author or role >= Role.TRIAGE else "",
        )

    def _merge_note(self, repository: Repository, pull: Pull, role: Role) -> str:
        if pull.draft:
            return "This pull request is still a draft."
        if not pulls.mergeable(self.forge, repository, pull):
            return f"This branch conflicts with {pull.base_ref}: merge or rebase it, and push again."
        return "" if role >= Role.WRITE else "Merging needs write access to the repository."

    def act(self, repository: Repository, issue: Issue, pull: Pull, user: User | None, deed: Deed) -> str:
        """Do one deed for a user, and name the place on the page where it shows.

        Raises:
            ApiError: if nobody acts, the deed is unknown, or the forge refuses it.
        """
        if user is None:
            raise ApiError(403, "Choose whom you act as, at the top of the page, and send this again.")
        if deed.name in NEED_WORDS and not deed.body.strip():
            raise ApiError(422, "Write what you want to say into the box, then send it again.")
        try:
            return self._act(repository, issue, pull, Actor(user=user), deed)
        except ApiError as error:
            raise ApiError(error.status, explain(error)) from error

    def _act(self, repository: Repository, issue: Issue, pull: Pull, actor: Actor, deed: Deed) -> str:
        if deed.name == "comment":
            return f"issuecomment-{comments.create(self.forge, actor, repository, issue, deed.body).id}"
        if deed.name in VERDICTS:
            return f"pullrequestreview-{self._review(repository, pull, actor, VERDICTS[deed.name], deed.body)}"
        if deed.name == "accept":
            suggestions.accept(self.forge, actor, repository, pull, deed.comment, message=deed.body)
            return "main"
        if deed.name == "merge":
            merging.merge(self.forge, actor, repository, pull, merging.Merging(method=deed.method, sha=pull.head_sha))
            return "merged"
        if deed.name in STATES:
            if deed.body.strip():
                comments.create(self.forge, actor, repository, issue, deed.body)
            pulls.edit(self.forge, actor, repository, pull, pulls.Edit(state=STATES[deed.name]))
            return "closed" if deed.name == "close" else "main"
        raise ApiError(404, "There is no such form.")

    def _review(self, repository: Repository, pull: Pull, actor: Actor, verdict: str, body: str) -> int:
        return reviews.create(self.forge, actor, repository, pull, event=verdict, body=body).id


def explain(error: ApiError) -> str:
    """Say in a sentence what the forge refuses; for an invalid field GitHub's message alone says too little."""
    details = [_detail(each) for each in error.errors]
    return f"{error.message}: {'; '.join(details)}" if details else error.message


def _detail(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    code = str(error.get("code", "wrong")).replace("_", " ")
    return str(error.get("message") or f"{error.get('field', 'a field')}: {code}")
