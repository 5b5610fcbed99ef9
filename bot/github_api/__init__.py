"""GitHub as values and verbs: the only package that knows PyGithub."""

from bot.github_api.app import GitHubApp, Identity
from bot.github_api.errors import GitHubError
from bot.github_api.repository import Repository
from bot.github_api.values import (
    Annotation,
    CheckRunBody,
    CheckRunView,
    CommentView,
    CommitView,
    FileView,
    LabelView,
    PullView,
    RepositoryView,
    Tree,
    TreeEntry,
)

__all__ = [
    "Annotation",
    "CheckRunBody",
    "CheckRunView",
    "CommentView",
    "CommitView",
    "FileView",
    "GitHubApp",
    "GitHubError",
    "Identity",
    "LabelView",
    "PullView",
    "Repository",
    "RepositoryView",
    "Tree",
    "TreeEntry",
]
