"""GitHub's web application flow: where a person is sent to sign in, and who GitHub says they are then."""

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from bot.credentials import SignIn
from bot.payload import Payload
from bot.settings import Settings
from schemas.errors import UserError

SECONDS = 10.0
AGAIN = "Sign in once more; if it fails again, an operator finds the reason in the log."


class GitHubSignIn:
    """The flow for one App (docs.github.com, "Generating a user access token for a GitHub App"), with PKCE."""

    def __init__(self, settings: Settings, sign_in: SignIn, *, callback: str) -> None:
        """Prepare the flow.

        Args:
            settings: Where GitHub is.
            sign_in: The App's client.
            callback: Our address that GitHub sends people back to; the App has to list it.
        """
        self._web, self._api = settings.web_url, settings.api_url
        self._client = sign_in
        self._callback = callback
        # A GitHub on this machine is not behind any proxy.
        self._proxies = not settings.loopback

    def address(self, *, state: str, challenge: str) -> str:
        """Give the page of GitHub that asks a person."""
        query = {
            "client_id": self._client.client_id,
            "redirect_uri": self._callback,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        return f"{self._web}/login/oauth/authorize?{urlencode(query)}"

    def login(self, code: str, *, verifier: str) -> str:
        """Exchange the code that a person came back with, ask who they are, and forget the token.

        Raises:
            UserError: if GitHub does not say.
        """
        form = {
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        json = {"accept": "application/json"}
        with httpx.Client(timeout=SECONDS, trust_env=self._proxies) as client:
            told = self._ask(client, "POST", f"{self._web}/login/oauth/access_token", headers=json, data=form)
            token = told.text("access_token")
            if token is None:
                raise UserError(f"GitHub did not sign you in ({told.text('error') or 'no reason given'}). {AGAIN}")
            user = self._ask(client, "GET", f"{self._api}/user", headers={"authorization": f"Bearer {token}"})
        login = user.text("login")
        if login is None or user.text("type") != "User":
            raise UserError(f"GitHub did not say who you are. {AGAIN}")
        return login

    @staticmethod
    def _ask(
        client: httpx.Client, verb: str, url: str, *, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> Payload:
        try:
            answer = client.request(verb, url, headers=headers, data=data)
            answer.raise_for_status()
            return Payload(answer.json())
        except (httpx.HTTPError, ValueError) as error:
            # Its words hold no more than the address; the code and the token are in the body and the header.
            raise UserError(f"GitHub did not answer as expected ({type(error).__name__}). {AGAIN}") from error
