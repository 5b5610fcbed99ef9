"""A small history told through the forge's own acts: a repository, a fork, a pull request with all that pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forge.acts import accounts, apps, comments, commits, labels, pulls, repositories, suites
from forge.body import Body
from forge.clock import stamp
from forge.forge import Actor, Forge
from forge.git import objects, refs
from forge.git.objects import TreeChange
from forge.git.refs import ZERO, RefUpdate
from forge.records import Annotation, CheckRun, Issue, Pull, Reaction, Repository, Review, ReviewComment, User
from forge.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forge.records import App

README = """# Lanterns of Vale

A taxonomy of **skills** and *knowledge* about lanterns. See [how to write a leaf](docs/leaf.md) and #1.

| part | what |
| --- | --- |
| `knowledge/` | facts, with their documents |
| `skills/` | what to do with them |
"""
LEAF = """version: 3
task_description: Tell how the tide lanterns of Vale are lit
created_by: june
seed_examples:
  - context: The tide lanterns of Vale are lit at the turn of the tide by two keepers, who strike the flint together.
    questions_and_answers:
      - question: When are the tide lanterns lit?
        answer: At the turn of the tide.
      - question: Who lights them?\x20\x20
        answer: Two keepers, who strike the flint together, and who, as the older of the two books of the harbour has \
it, must not have spoken to each other since the tide before, lest the flame lean towards the one who spoke last.
"""
REPORT = """<!-- espalier:report -->
## Two things to mend before this can be built

> [!IMPORTANT]
> Fix the lines below and push again: the report follows by itself.

| check | result | what to do |
| :-- | :-: | :-- |
| `yaml` | ❌ | 1 line with trailing spaces |
| `attribution` | ❌ | add `attribution.txt` beside `qna.yaml` |
| `dco` | ✅ | |

- [x] signed off
- [ ] attribution

<details><summary>How to sign off <b>every</b> commit</summary>

```sh
git rebase HEAD~2 --signoff
git push --force-with-lease
```

```diff
-      - question: Who lights them?\x20\x20
+      - question: Who lights them?
```
</details>

Thank you, @june. More at https://example.org/contributing.
"""
RESULT = """**The candidate is better on PR-mmlu: 61.7 % against 27.5 %.**

| benchmark | leaf | baseline | candidate | difference | 95 % interval |
| :-- | :-- | --: | --: | --: | :-: |
| PR-mmlu | `knowledge/harbour/tide_lanterns` | 27.5 % | 61.7 % | **+34.2** | +24.1 … +43.8 |
| PR-bench | `skills/freeform/keeper_greetings` | 0.11 | 0.58 | **+0.47** | +0.36 … +0.57 |
| retention | 13 other leaves | 44.0 % | 43.1 % | -0.9 | -3.2 … +1.5 |
"""
HOSTILE = """Hello <script>alert("script ran")</script><img src=x onerror=alert(1)>

<a href="javascript:alert(2)">press me</a> <style>body{display:none}</style> <iframe src="https://e.org"></iframe>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who and what the story is about."""

    owner: User
    contributor: User
    triager: User
    app: App
    repository: Repository
    pull: Pull


def tell(forge: Forge) -> Story:
    """Make the story's people, repositories and pull request."""
    owner = accounts.create_user(forge, login="vale", name="Vale Harbour", email="vale@example.org")
    contributor = accounts.create_user(forge, login="june", name="June Tallow", email="june@example.org")
    triager = accounts.create_user(forge, login="oskar", name="Oskar Wick", email="oskar@example.org")
    app = _app(forge, owner)
    repository = repositories.create(forge, Actor(user=owner), name="lanterns", description="A taxonomy of lanterns")
    files = {"README.md": README, "docs/leaf.md": "# A leaf\n\nBack to the [start](../README.md).\n", "LICENSE": "…\n"}
    _commit(forge, owner, repository, "main", files, "Begin the taxonomy")
    repositories.set_collaborator(forge, repository, triager, Role.WRITE)
    fork = repositories.fork(forge, Actor(user=contributor), repository)
    leaf = {"knowledge/harbour/tide_lanterns/qna.yaml": LEAF, "LICENSE": None, "README.md": README + "\nNew: tides.\n"}
    message = "Add tide lanterns\n\nTwo examples so far.\n\nSigned-off-by: June Tallow <june@example.org>"
    _commit(forge, contributor, fork, "tide-lanterns", leaf, message)
    opening = pulls.Opening(
        title="Add tide lanterns to the harbour",
        head="june:tide-lanterns",
        base="main",
        body="Knowledge about the **tide lanterns**.\n\n- [x] I signed off\n- [ ] I added attribution\n",
    )
    pull = pulls.open_pull(forge, Actor(user=contributor), repository, opening)
    _decorate(forge, repository, pull, app, triager)
    return Story(owner=owner, contributor=contributor, triager=triager, app=app, repository=repository, pull=pull)


def _app(forge: Forge, owner: User) -> App:
    manifest = {"name": "Espalier", "url": "http://bot.test", "default_permissions": {"checks": "write"}}
    return apps.register(forge, apps.offer(forge, owner, Body(values=manifest))).app


def _commit(
    forge: Forge, user: User, repository: Repository, branch: str, files: Mapping[str, str | None], message: str
) -> str:
    folder = forge.folder(repository)
    tip = refs.resolve_branch(folder, branch)
    parent = tip or refs.resolve_branch(folder, repository.default_branch)
    changes = [
        TreeChange(path=path, sha=None if text is None else objects.write_blob(folder, text.encode()))
        for path, text in files.items()
    ]
    sha = objects.write_commit(
        folder,
        tree=objects.write_tree(folder, parent, changes),
        parents=(parent,) if parent else (),
        message=message,
        author=accounts.signature(user),
        committer=accounts.signature(user),
    )
    update = RefUpdate(name=f"refs/heads/{branch}", before=tip or ZERO, after=sha)
    commits.move_ref(forge, Actor(user=user), repository, update)
    return sha


def push(forge: Forge, story: Story, text: str) -> str:
    """Push a change of the leaf to the pull request's branch."""
    fork = forge.store.get(Repository, story.pull.head_repository_id or 0)
    files = {"knowledge/harbour/tide_lanterns/qna.yaml": text}
    return _commit(forge, story.contributor, fork, "tide-lanterns", files, "Mend the leaf")


def _decorate(forge: Forge, repository: Repository, pull: Pull, app: App, triager: User) -> None:
    bot = Actor(user=forge.user(app.bot_id), app=app)
    issue = forge.store.get(Issue, pull.issue_id)
    labels.create(forge, bot, repository, name="triage/needs-work", color="fbca04", description="Waits for the author")
    labels.create(forge, bot, repository, name="kind/knowledge", color="0b5345")
    labels.put_on(forge, bot, repository, issue, ["triage/needs-work", "kind/knowledge"])
    comments.create(forge, bot, repository, issue, REPORT)
    question = comments.create(forge, Actor(user=triager), repository, issue, HOSTILE)
    forge.store.add(
        Reaction, subject="comment", subject_id=question.id, user_id=app.bot_id, content="eyes", created_at=stamp()
    )
    suite, _ = suites.ensure(forge, app, repository, pull.head_sha)
    for name, conclusion, title in (
        ("yaml", "failure", "1 line to mend"),
        ("dco", "success", "Every commit is signed off"),
        ("build", None, "training: 41 % · 32 s left"),
    ):
        run = forge.store.add(
            CheckRun,
            suite_id=suite.id,
            repository_id=repository.id,
            app_id=app.id,
            name=name,
            head_sha=pull.head_sha,
            external_id="1",
            details_url="http://bot.test/pulls/1",
            status="completed" if conclusion else "in_progress",
            conclusion=conclusion,
            started_at="2026-01-02T03:04:05Z",
            completed_at="2026-01-02T03:05:17Z" if conclusion else None,
            title=title,
            summary="What was found, as a table.\n\n| rule | lines |\n| --- | --: |\n| trailing-spaces | 10 |\n",
            text=None,
            actions="[]",
        )
        if conclusion == "failure":
            _annotate(forge, run)
    _review(forge, pull, triager)
    comments.create(forge, bot, repository, issue, RESULT)


def _annotate(forge: Forge, run: CheckRun) -> None:
    leaf = "knowledge/harbour/tide_lanterns/qna.yaml"
    for path, line, level, title, message in (
        (leaf, 9, "failure", "trailing-spaces", "Delete the spaces at the end of this line."),
        (leaf, 4, "warning", "examples", "A knowledge leaf needs 5 contexts; this one has 1."),
        (leaf, 900, "notice", "", "On a line that is not there."),
        ("attribution.txt", 1, "failure", "attribution", "Add attribution.txt beside qna.yaml."),
    ):
        forge.store.add(
            Annotation,
            run_id=run.id,
            path=path,
            start_line=line,
            end_line=line,
            start_column=None,
            end_column=None,
            annotation_level=level,
            title=title or None,
            message=message,
            raw_details=None,
        )


def _review(forge: Forge, pull: Pull, user: User) -> None:
    review = forge.store.add(
        Review,
        pull_id=pull.id,
        user_id=user.id,
        state="CHANGES_REQUESTED",
        body="Nearly there.",
        commit_id=pull.head_sha,
        submitted_at=stamp(),
    )
    forge.store.add(
        ReviewComment,
        pull_id=pull.id,
        review_id=review.id,
        user_id=user.id,
        path="knowledge/harbour/tide_lanterns/qna.yaml",
        line=8,
        side="RIGHT",
        start_line=None,
        position=8,
        diff_hunk="@@ -0,0 +1,10 @@",
        body="Which book says `so`?",
        commit_id=pull.head_sha,
        original_commit_id=pull.head_sha,
        original_line=8,
        in_reply_to_id=None,
        created_at=stamp(),
        updated_at=stamp(),
    )
