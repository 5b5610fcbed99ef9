"""What a secret looks like, and texts without any: in logs, and wherever words of others are shown."""

import re
from urllib.parse import quote

from bot.tokens import long_runs, vendor_tokens

# Of GitHub's tokens wider than what is documented: they may change their length and alphabet.
SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[a-z]_[\w.\-]+|github_pat_\w+|eyJ[\w\-]+\.[\w\-]+(?:\.[\w\-]*)?)"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|(?<=[?&]code=)[^\s&\"']+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_SIGNS = re.compile(r"gh[a-z]_|github_pat_|eyJ|://|code=|-----BEGIN")
"""What all of them hold: looked for first, since it takes a tenth of the time and few texts have any."""
MARK = "[redacted]"


def without_secrets(text: str) -> str:
    """Take out what looks like a token, a key or a password, whoever wrote it."""
    if _SIGNS.search(text):
        text = SECRETS.sub(MARK, text)
    pieces, at = [], 0
    for hit in sorted(vendor_tokens(text, long_runs(text)), key=lambda hit: hit.start):
        if hit.start >= at:
            pieces += [text[at : hit.start], MARK]
        at = max(at, hit.end)
    return "".join(pieces) + text[at:]


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
        return without_secrets(text)
