"""Applies what a finding offers, as a person who accepts a suggestion does."""

from bot.findings import Finding, Replacement


def mended(text: str, finding: Finding) -> str:
    assert finding.fix is not None
    for replacement in finding.fix.replacements:
        text = replaced(text, replacement)
    return text


def replaced(text: str, replacement: Replacement) -> str:
    lines = text.split("\n") if text else []
    ended = bool(lines) and not lines[-1]
    if ended:
        lines = lines[:-1]
    lines[replacement.first - 1 : replacement.last] = replacement.text.split("\n")
    return "\n".join(lines) + "\n"
