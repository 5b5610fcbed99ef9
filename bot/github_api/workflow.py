"""GitHub with the token of a workflow run: it is good for one repository, and nobody has to register an App."""

from collections.abc import Mapping

from bot.events import Place
from bot.github_api.client import GitHub, Identity
from bot.settings import Settings, Workflow
from schemas.errors import UserError


class GitHubWorkflow(GitHub):
    """GitHub as the account that a workflow's token writes under."""

    def __init__(self, settings: Settings, workflow: Workflow) -> None:
        super().__init__(settings)
        self._workflow = workflow

    def identity(self) -> Identity:
        """Tell who we are; a workflow's token cannot ask GitHub that, so that the environment says it."""
        return Identity(id=0, slug="espalier", login=self._workflow.login)

    def token(self, place: Place, permissions: Mapping[str, str]) -> str:
        """Give the run's token; what it may do is what the workflow's `permissions` grant, whatever is asked for here.

        Raises:
            UserError: if it is not for this repository.
        """
        del permissions
        if place.repository.lower() != self._workflow.repository.lower():
            raise UserError(f"The token of this run is for {self._workflow.repository}, not for {place.repository}.")
        return self._workflow.token
