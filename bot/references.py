"""The documents that the knowledge leaves of a pull request refer to, as far as they are written down whole."""

from collections.abc import Mapping

from bot.facts import PullRequestFacts
from bot.reading import readable
from schemas.leaf import Document, Kind
from schemas.safe_yaml import Loaded

KEY = "document"


def references(facts: PullRequestFacts) -> dict[str, Document]:
    """Give the document of each changed knowledge leaf by the leaf's folder; what is no document the schema says."""
    found = ((path.rpartition("/")[0], reference(loaded)) for path, kind, loaded in readable(facts) if _is(kind))
    return {folder: document for folder, document in found if document is not None}


def reference(loaded: Loaded) -> Document | None:
    """Give the document of a leaf; None where one of its three parts is missing or is no text."""
    top = loaded.value
    fields = top.get(KEY) if isinstance(top, Mapping) else None
    if not isinstance(fields, Mapping):
        return None
    repo, commit, patterns = (fields.get(key) for key in ("repo", "commit", "patterns"))
    texts = isinstance(repo, str) and isinstance(commit, str) and isinstance(patterns, list)
    if not texts or not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        return None
    return Document(repo=str(repo).strip(), commit=str(commit).strip(), patterns=tuple(map(str, patterns)))


def _is(kind: Kind) -> bool:
    return kind is Kind.KNOWLEDGE
