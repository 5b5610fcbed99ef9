"""GitHub as values and verbs: the only package that knows PyGithub."""

from bot.github_api.app import MEMBERS, GitHubApp, Identity
from bot.github_api.errors import GitHubError
from bot.github_api.repository import Repository

__all__ = ["MEMBERS", "GitHubApp", "GitHubError", "Identity", "Repository"]
