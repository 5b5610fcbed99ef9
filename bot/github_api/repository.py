"""One repository's REST operations: reads that give values, writes that take them, one request each unless paged."""

import base64
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from github import Github
from github.PullRequest import PullRequest

from bot.events import Place
from bot.github_api.app_lists import PER_PAGE
from bot.github_api.check_runs import check_run_of, check_run_view, create_check_run, edit_check_run
from bot.github_api.errors import GitHubError, repeated, translate
from bot.github_api.listings import comments_since, listed_pulls
from bot.github_api.reviews import comment_on_lines, line_comments_of_review, own_line_comments
from bot.github_api.shapes import comment_of, comment_view, commit_view, pull_view, tree_entry
from bot.github_values import (
    CheckRunBody,
    CheckRunView,
    CommentView,
    CommitView,
    FileView,
    LabelView,
    LineComment,
    LineCommentView,
    ListedComment,
    ListedPull,
    PullView,
    RepositoryView,
    Tree,
)
from bot.payload import Payload
from bot.settings import WORKFLOW_LOGIN
from schemas.errors import UserError

P = ParamSpec("P")
T = TypeVar("T")
Lend = Callable[[], AbstractContextManager[Github]]
"""Lends a client with the same token, to one thread."""

NOT_FOUND = 404


class Repository:
    """A repository, seen with a token that is good for it alone; for one thread at a time."""

    def __init__(self, client: Github, place: Place, *, own_login: str, lend: Lend, readers: Executor) -> None:
        self.place = place
        self.full_name = full_name = place.repository
        self._lend = lend
        self._readers = readers
        self._client = client
        self._repository = client.get_repo(full_name)
        self._own_login = own_login
        self._pulls: dict[int, PullRequest] = {}

    def soon(self, read: "Callable[Concatenate[Repository, P], T]", *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have something read by another thread, over a connection of its own, while this one goes on."""

        def ask() -> T:
            with self._lend() as client:
                other = Repository(
                    client, self.place, own_login=self._own_login, lend=self._lend, readers=self._readers
                )
                return read(other, *args, **kwargs)

        return self._readers.submit(ask)

    @translate
    def view(self) -> RepositoryView:
        """Read the repository itself."""
        repository = self._repository
        return RepositoryView(default_branch=repository.default_branch, clone_url=repository.clone_url)

    @translate
    def branch_head(self, branch: str) -> str:
        """Read the SHA that a branch points at."""
        return self._repository.get_git_ref(f"heads/{branch}").object.sha

    @translate
    def pull(self, number: int) -> PullView:
        """Read a pull request as it stands now."""
        pull = self._client.get_repo(self.full_name).get_pull(number)
        self._pulls[number] = pull
        return pull_view(pull)

    @translate
    def pull_files(self, number: int) -> tuple[FileView, ...]:
        """List a pull request's files; GitHub gives at most 3,000."""
        return tuple(
            FileView(
                path=file.filename, status=file.status, previous_path=file.previous_filename, patch=file.patch or None
            )
            for file in self._pull(number).get_files()
        )

    @translate
    def pull_commits(self, number: int) -> tuple[CommitView, ...]:
        """List a pull request's commits, oldest first; GitHub gives at most 250."""
        return tuple(commit_view(commit) for commit in self._pull(number).get_commits())

    @translate
    def branch_commits(self, branch: str, *, since: datetime, most: int) -> tuple[CommitView, ...]:
        """List the newest commits of a branch that were committed after a time."""
        found = self._repository.get_commits(sha=branch, since=since)
        return tuple(commit_view(commit) for commit in islice(found, most))

    @translate
    def tree(self, sha: str) -> Tree:
        """Read all files of a commit, with their modes."""
        # Asked for as plain JSON: an object of the client library for each of some thousand files takes its time.
        answer = Payload(self._send("GET", f"/git/trees/{sha}?recursive=1"))
        found = (tree_entry(item) for item in answer.items("tree") if item.text("type") != "tree")
        return Tree(entries={entry.path: entry for entry in found}, complete=not answer.true("truncated"))

    @translate
    def blob(self, sha: str) -> bytes:
        """Read a blob's bytes."""
        return base64.b64decode(self._repository.get_git_blob(sha).content)

    def file(self, path: str, *, ref: str | None = None) -> bytes | None:
        """Read a file at a ref, by default the default branch; None if there is none.

        Raises:
            UserError: if what stands there is no file, or is too large for GitHub to give it.
        """
        at = "" if ref is None else f"?ref={quote(ref, safe='')}"
        data = self._find("GET", f"/contents/{quote(path)}{at}")
        if data is None:
            return None
        if data.text("encoding") != "base64":
            raise UserError(f"{path} cannot be read; put a file of less than 1 MB there.")
        return base64.b64decode(data.text("content") or "")

    @translate
    def file_versions(self, path: str, *, limit: int) -> tuple[str, ...]:
        """Read the commits of the default branch that changed a file, newest first."""
        return tuple(commit.sha for commit in self._repository.get_commits(path=path)[:limit])

    def role_name(self, login: str) -> str:
        """Read a person's role: `admin`, `maintain`, `write`, `triage`, `read` or `none`.

        A custom role's name says nothing to us; then it is the base permission that GitHub gives with it.
        """
        data = self._find("GET", f"/collaborators/{quote(login, safe='')}/permission")
        if data is None:
            return "none"  # Apps and vanished accounts are no collaborators
        role = data.text("role_name") or ""
        known = {"admin", "maintain", "write", "triage", "read", "none"}
        return role if role in known else data.text("permission") or "none"

    def has_account(self, login: str) -> bool:
        """Tell whether GitHub knows a login, a person's or an App's; any token may ask that."""
        return self._find("GET", f"/users/{quote(login, safe='')}", root="") is not None

    def in_team(self, login: str, *, organisation: str, team: str) -> bool:
        """Tell whether a person is an active member of a team; the App needs `members: read` for this."""
        path = f"/orgs/{quote(organisation)}/teams/{quote(team)}/memberships/{quote(login)}"
        data = self._find("GET", path, root="")
        return data is not None and data.text("state") == "active"

    def is_member(self, login: str) -> bool:
        """Tell whether a person belongs to the organisation that owns the repository; needs `members: read`."""
        owner = self.full_name.split("/", maxsplit=1)[0]
        return self._find("GET", f"/orgs/{quote(owner)}/members/{quote(login, safe='')}", root="") is not None

    @translate
    def labels(self) -> tuple[LabelView, ...]:
        """List the repository's labels."""
        return tuple(
            LabelView(name=label.name, color=label.color, description=label.description or "")
            for label in self._repository.get_labels()
        )

    @translate
    def open_pulls(self) -> tuple[ListedPull, ...]:
        """List all open pull requests, the last changed first."""
        return listed_pulls(self._repository, "open", since=None)

    @translate
    def closed_pulls(self, *, since: datetime) -> tuple[ListedPull, ...]:
        """List the closed and merged pull requests that changed since then, the last changed first.

        Most of the time none has: so only the newest is asked for at first, and not a hundred.
        """
        newest = Payload(self._send("GET", "/pulls?direction=desc&per_page=1&sort=updated&state=closed")).items()
        changed = (item.time("updated_at") for item in newest)
        if not any(at is not None and at >= since for at in changed):
            return ()
        return listed_pulls(self._repository, "closed", since=since)

    @translate
    def comments_since(self, since: datetime) -> tuple[ListedComment, ...]:
        """List the comments in all conversations that were written or edited since then, oldest first."""
        return comments_since(self._repository, since)

    def comment(self, comment_id: int) -> CommentView | None:
        """Read one comment; None if it is gone."""
        data = self._find("GET", f"/issues/comments/{comment_id}")
        return None if data is None else comment_of(data, own_login=self._own_login)

    def check_run(self, run_id: int) -> CheckRunView | None:
        """Read one check run; None if there is none."""
        data = self._find("GET", f"/check-runs/{run_id}")
        return None if data is None else check_run_of(data)

    @translate
    def comments(self, number: int) -> tuple[CommentView, ...]:
        """List a pull request's comments, oldest first."""
        return tuple(
            comment_view(comment, own_login=self._own_login)
            for comment in self._repository.get_issue(number).get_comments()
        )

    @translate
    def line_comments(self, number: int) -> tuple[LineCommentView, ...]:
        """List our own comments on lines of a pull request's diff, oldest first."""
        return own_line_comments(self._pull(number), self._own_login)

    @translate
    def comment_on_lines(self, number: int, sha: str, body: str, comments: tuple[LineComment, ...]) -> int:
        """Write comments on lines of the diff at a commit, as one review; give its id."""
        return comment_on_lines(self._pull(number), sha, body, comments)

    def line_comments_of_review(self, number: int, review_id: int) -> tuple[LineCommentView, ...]:
        """List what stands of a review of ours; nothing of one that is gone."""
        path = f"/pulls/{number}/reviews/{review_id}/comments?per_page={PER_PAGE}"
        found: list[LineCommentView] = []
        while True:
            data = self._find("GET", f"{path}&page={len(found) // PER_PAGE + 1}")
            page = () if data is None else line_comments_of_review(data)
            found += page
            if len(page) < PER_PAGE:
                return tuple(found)

    def delete_line_comment(self, comment_id: int) -> None:
        """Delete a comment on a line; that it is gone already is no error."""
        self._find("DELETE", f"/pulls/comments/{comment_id}")

    @translate
    def check_runs(self, sha: str) -> tuple[CheckRunView, ...]:
        """List the latest check runs of our own on a commit, newest first."""
        runs = self._repository.get_commit(sha).get_check_runs(filter="latest")
        own = self._own_login.removesuffix("[bot]")
        views = [check_run_view(run) for run in runs if run.app is not None and run.app.slug == own]
        return tuple(sorted(views, key=lambda view: view.id, reverse=True))

    @translate
    def create_label(self, label: LabelView) -> None:
        """Make a label of the repository."""
        self._repository.create_label(label.name, label.color, label.description)

    def add_labels(self, number: int, names: tuple[str, ...]) -> None:
        """Put labels on a pull request; the client library would send a bare list, the description wants an object."""
        self._send("POST", f"/issues/{number}/labels", {"labels": list(names)})

    def remove_label(self, number: int, name: str) -> None:
        """Take a label off a pull request; that it is gone already is no error."""
        self._find("DELETE", f"/issues/{number}/labels/{quote(name, safe='')}")

    @translate
    def create_comment(self, number: int, body: str) -> CommentView:
        """Write a comment on a pull request."""
        return comment_view(self._repository.get_issue(number).create_comment(body), own_login=self._own_login)

    @repeated
    @translate
    def edit_comment(self, number: int, comment_id: int, body: str) -> None:
        """Replace a comment's body."""
        self._repository.get_issue(number).get_comment(comment_id).edit(body)

    def delete_comment(self, comment_id: int) -> None:
        """Delete a comment; that it is gone already is no error."""
        self._find("DELETE", f"/issues/comments/{comment_id}")

    @translate
    def react(self, number: int, comment_id: int, content: str) -> None:
        """Put a reaction on a comment; putting it twice leaves one."""
        self._repository.get_issue(number).get_comment(comment_id).create_reaction(content)

    @translate
    def create_check_run(self, body: CheckRunBody) -> int:
        """Post a check run and give its id."""
        return create_check_run(self._repository, body, heard=self._own_login != WORKFLOW_LOGIN)

    def edit_check_run(self, run_id: int, body: CheckRunBody) -> None:
        """Bring a check run up to date; the annotations given are added to those it has."""
        edit_check_run(self._repository, run_id, body, heard=self._own_login != WORKFLOW_LOGIN)

    def _pull(self, number: int) -> PullRequest:
        return self._pulls.get(number) or self._repository.get_pull(number)

    def _find(self, verb: str, path: str, *, root: str | None = None) -> Payload | None:
        """Send a request whose object may be missing.

        Raises:
            GitHubError: for any other answer than success and 404.
        """
        try:
            return Payload(self._send(verb, path, root=root))
        except GitHubError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    @translate
    def _send(
        self, verb: str, path: str, body: dict[str, list[str]] | None = None, *, root: str | None = None
    ) -> object:
        root = f"/repos/{self.full_name}" if root is None else root
        _, data = self._client.requester.requestJsonAndCheck(verb, f"{root}{path}", input=body)
        answer: object = data
        return answer
