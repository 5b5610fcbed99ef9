"""The texts of the shared corpus of real pull requests, where it is at hand."""

import base64
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))

needs_corpus = pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")


def texts() -> Iterator[tuple[int, str, bytes]]:
    """Give the number of each pull request with path and content of each of its files below the trees."""
    with gzip.open(CORPUS, "rt") as lines:
        for real in map(json.loads, lines):
            for file in real["files"]:
                if "content" in file:
                    yield real["number"], file["path"], file["content"].encode()
                elif "content_base64" in file:
                    yield real["number"], file["path"], base64.b64decode(file["content_base64"])
