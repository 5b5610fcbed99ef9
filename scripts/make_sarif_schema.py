"""Make the copy of the SARIF 2.1.0 schema that the tests hold `espalier check --format sarif` to.

Run `python scripts/make_sarif_schema.py` (npm is needed, for one public package of 44 MB). It writes
`tests/bot/sarif-2.1.0.json`: the whole schema without its prose, one definition a line, the same bytes each time.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from make_github_slice import Package, read_package

if TYPE_CHECKING:
    from github_scope import Json

SARIF = Package(
    name="@microsoft/sarif-multitool-linux",
    version="5.7.0",
    sha512="NxUbpq6ISCWoTQ/NfOYEwEDKq1Heka/rMoJ5R5LMydcAZQX/X7g5mWHcgxDub+0M07LC96tZ5LZHvF1Qy3gjTA==",
    member="package/sarif-2.1.0.json",
)
TARGET = Path(__file__).resolve().parents[1] / "tests" / "bot" / "sarif-2.1.0.json"


def without_prose(value: Json) -> Json:
    """Leave out descriptions; a property that is called so is a schema, and stays."""
    if isinstance(value, dict):
        return {
            key: without_prose(child)
            for key, child in value.items()
            if not (key == "description" and isinstance(child, str))
        }
    return [without_prose(child) for child in value] if isinstance(value, list) else value


def main() -> None:
    """Fetch the schema, and write it."""
    with tempfile.TemporaryDirectory() as folder:
        schema = without_prose(read_package(SARIF, Path(folder)))
    definitions = schema.pop("definitions")
    rows = [f"{json.dumps(name)}:{json.dumps(definitions[name], separators=(',', ':'))}" for name in definitions]
    head = json.dumps(schema, separators=(",", ":"))[:-1]
    TARGET.write_text(f'{head},\n"definitions":{{\n' + ",\n".join(rows) + "\n}}\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
