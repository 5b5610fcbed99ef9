"""Write a pull request's author and description, as the event's file has them, into files of a folder."""

import json
import sys
from pathlib import Path


def main() -> None:
    """Read the event named first and write into the folder named second; what the event lacks is empty."""
    event, folder = Path(sys.argv[1]), Path(sys.argv[2])
    pull = json.loads(event.read_bytes()).get("pull_request") or {}
    author = (pull.get("user") or {}).get("login") or ""
    (folder / "author").write_text(author, encoding="utf-8")
    (folder / "body").write_text(pull.get("body") or "", encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
