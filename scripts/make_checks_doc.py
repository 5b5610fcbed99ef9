"""Make the reference of checks, docs/checks.md, from the code: run `make docs`.

Each check says its own summary and rules (`bot/check.py`), `schemas/config.v1.json` names the keys of the policy, and
`schemas.config.Config` their defaults. The same code gives the same bytes; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.check import Check, load_checks
from bot.findings import Level
from schemas.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "checks.md"
SCHEMA = ROOT / "schemas" / "config.v1.json"
BUILT_IN = "built in"

HEAD = """\
# Checks

This page is made from the code by `make docs`. Every check runs in the bot, in GitHub Actions and as `espalier check`.
An **error** blocks; a **warning** or a **notice** informs. Where a rule is marked with 🔧 a machine can often mend it:
the bot offers that as a suggestion to accept with one click, and `espalier check --fix` does it in the files.

What a finding weighs is policy. `.github/espalier.yml` on the taxonomy's default branch may say for each check the most
that its findings weigh, and for each rule what exactly:

```yaml
checks:
  words:
    level: warning # no finding of this check blocks
  examples:
    rules:
      repeated-question: off
      similar-examples: error
```

Any check may also say `broken`: it failed itself, which is a defect of Espalier. That is an error where one of the
check's rules is, so that nothing gets past a check by breaking it, and a warning elsewhere.
"""


def render() -> str:
    """Write the page."""
    checks = load_checks()
    schema: Mapping[str, object] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    parts = [HEAD, "\n".join(overview(checks)), *(section(check, schema) for check in checks)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def overview(checks: tuple[Check, ...]) -> Iterator[str]:
    """Give the table of all checks."""
    yield "| check | what it does | errors | warnings and notices |"
    yield "| --- | --- | --- | --- |"
    for check in checks:
        errors = [rule for rule, (level, _) in check.rules.items() if level is Level.ERROR]
        others = [rule for rule, (level, _) in check.rules.items() if level is not Level.ERROR]
        yield f"| [`{check.id}`](#{check.id}) | {cell(check.summary)} | {counted(errors)} | {counted(others)} |"


def counted(rules: list[str]) -> str:
    """Say how many rules there are."""
    return f"{len(rules)} rules" if len(rules) > 1 else f"`{rules[0]}`" if rules else "none"


def section(check: Check, schema: Mapping[str, object]) -> str:
    """Write what there is to say of one check."""
    rows = [
        f"| `{rule}` | {level.value} | {cell(wrong)}{' 🔧' if rule in check.mended else ''} |"
        for rule, (level, wrong) in check.rules.items()
    ]
    blocks = [
        f"## {check.id}",
        check.summary,
        "\n".join(["| rule | level | what is wrong |", "| --- | --- | --- |", *rows]),
    ]
    keys = [f"| `{path}` | {default} | {cell(meaning)} |" for path, default, meaning in policy(check.id, schema)]
    if keys:
        blocks.append("\n".join(["| policy | default | meaning |", "| --- | --- | --- |", *keys]))
    return "\n\n".join(blocks)


def policy(check: str, schema: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Give the keys of a check's part of the policy, with default and meaning."""
    properties = mapping(schema["properties"])
    if check in properties:
        yield from keys_of((check,), mapping(properties[check]), schema)


def keys_of(
    path: tuple[str, ...], node: Mapping[str, object], schema: Mapping[str, object]
) -> Iterator[tuple[str, str, str]]:
    """Walk a part of the schema down to the keys that hold values."""
    reference = node.get("$ref")
    if isinstance(reference, str):
        node = {**mapping(mapping(schema["$defs"])[reference.rsplit("/", 1)[-1]]), **node}
    if "properties" in node:
        for name, child in mapping(node["properties"]).items():
            yield from keys_of((*path, name), mapping(child), schema)
    else:
        yield ".".join(path), default_of(path), str(node.get("description", ""))


def default_of(path: tuple[str, ...]) -> str:
    """Give the default of a key as it would stand in the policy."""
    value: object = getattr(getattr(Config(), path[0]), "_".join(path[1:]))
    if value is None:
        return BUILT_IN
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"`{json.dumps(value) if not isinstance(value, str) else value}`"


def mapping(value: object) -> Mapping[str, object]:
    """Take a value for what it is in a schema.

    Raises:
        TypeError: if it is no object.
    """
    if not isinstance(value, dict):
        raise TypeError(f"no object: {value!r}")
    return value


def cell(text: str) -> str:
    """Write text into a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET}: {len(load_checks())} checks")
