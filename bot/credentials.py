"""The secrets that an operator gives, each as a variable or as a file: the App's key, webhook and sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SignIn:
    """The App as people sign in with it; not printable, because it holds a secret."""

    client_id: str
    client_secret: str


def read_private_key(environment: Mapping[str, str]) -> str:
    """Read the App's key.

    Raises:
        UserError: if none is set, or it is no PEM.
    """
    path = environment.get("ESPALIER_PRIVATE_KEY_FILE")
    if not path:
        if not environment.get("ESPALIER_PRIVATE_KEY"):
            raise UserError("Set ESPALIER_PRIVATE_KEY_FILE to the App's PEM file, or ESPALIER_PRIVATE_KEY to its text.")
        key = environment["ESPALIER_PRIVATE_KEY"].replace("\\n", "\n")
    else:
        try:
            key = Path(path).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"ESPALIER_PRIVATE_KEY_FILE cannot be read: {error}.") from error
    if "PRIVATE KEY-----" not in key:
        raise UserError("The App's private key is not a PEM file; download a new one from the App's settings page.")
    return key


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    """Read a secret from `name`, or from the file that `name_FILE` names; None if neither is set.

    Raises:
        UserError: if the file cannot be read.
    """
    path = environment.get(f"{name}_FILE")
    if not path:
        return environment.get(name, "").strip() or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name}_FILE cannot be read: {error}.") from error


def read_webhook_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Read the webhook's secret, and the one before it where it is being replaced.

    Raises:
        UserError: if none is set.
    """
    present = _secret(environment, "ESPALIER_WEBHOOK_SECRET")
    if present is None:
        raise UserError("ESPALIER_WEBHOOK_SECRET is not set; give it as the settings page of the GitHub App shows it.")
    before = _secret(environment, "ESPALIER_WEBHOOK_SECRET_BEFORE")
    return (present,) if before is None else (present, before)


def read_sign_in(environment: Mapping[str, str]) -> SignIn | None:
    """Read what people sign in with; None where nothing of it is set.

    Raises:
        UserError: if one half of it is missing.
    """
    client, secret = environment.get("ESPALIER_CLIENT_ID", "").strip(), _secret(environment, "ESPALIER_CLIENT_SECRET")
    if not client and secret is None:
        return None
    if not client or secret is None:
        raise UserError(
            "People sign in with both ESPALIER_CLIENT_ID and ESPALIER_CLIENT_SECRET (or ESPALIER_CLIENT_SECRET_FILE); "
            "set both, from the settings page of the GitHub App, or neither."
        )
    return SignIn(client_id=client, client_secret=secret)
