"""Logs without secrets: tokens, keys and the webhook secret never leave the process."""

import logging
import re

SECRETS = re.compile(
    r"gh[a-z]_[\w.\-]+"
    r"|github_pat_\w+"
    r"|eyJ[\w\-]+\.[\w\-]+(?:\.[\w\-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
MARK = "[redacted]"


class RedactingFormatter(logging.Formatter):
    """Formats records, tracebacks included, and then takes out what looks like a secret or is a known one."""

    def __init__(self, *known: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._known = tuple(value for value in known if value)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record without secrets."""
        text = SECRETS.sub(MARK, super().format(record))
        for value in self._known:
            text = text.replace(value, MARK)
        return text


def log_to_stderr(*known: str) -> None:
    """Send logs to stderr from level INFO, redacted."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(*known))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # One line a request says nothing that deliveries and builds do not say better.
    for chatty in ("httpx", "httpcore", "urllib3", "github"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
