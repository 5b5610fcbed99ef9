"""GitHub as values and verbs: the only package that knows PyGithub."""

from bot.github_api.app import GitHubApp
from bot.github_api.client import MEMBERS, PERMISSIONS, READ, GitHub, Identity
from bot.github_api.counting import ANSWERS
from bot.github_api.errors import GitHubError
from bot.github_api.repository import Repository
from bot.github_api.workflow import GitHubWorkflow

__all__ = [
    "ANSWERS",
    "MEMBERS",
    "PERMISSIONS",
    "READ",
    "GitHub",
    "GitHubApp",
    "GitHubError",
    "GitHubWorkflow",
    "Identity",
    "Repository",
]
