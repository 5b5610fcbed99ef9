"""What never leaves the process in a log line: tokens, keys, passwords in addresses, and the secrets we were given."""

import re
from urllib.parse import quote

SECRETS = re.compile(
    r"gh[a-z]_[\w.\-]+"
    r"|github_pat_\w+"
    r"|eyJ[\w\-]+\.[\w\-]+(?:\.[\w\-]*)?"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|(?<=[?&]code=)[^\s&\"']+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
MARK = "[redacted]"


class Redactor:
    """Takes out of texts what looks like a secret or is a known one."""

    def __init__(self, *known: str | None) -> None:
        given = {value for value in known if value}
        # A password stands in an address as it is written there.
        forms = given | {quote(value, safe="") for value in given}
        self._known = sorted(forms, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """Give the text without secrets."""
        for value in self._known:
            text = text.replace(value, MARK)
        return SECRETS.sub(MARK, text)
