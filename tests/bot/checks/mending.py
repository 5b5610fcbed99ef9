"""Applies what a finding offers, as a person who accepts a suggestion does."""

from bot.findings import Finding
from bot.mend import mended as mended_content


def mended(text: str, finding: Finding) -> str:
    assert finding.fix is not None
    return mended_content(text.encode(), finding.fix.replacements).decode()
