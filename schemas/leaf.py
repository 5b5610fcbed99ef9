"""A leaf of the taxonomy: one qna.yaml below compositional_skills/ or knowledge/, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from schemas.errors import UserError


class Kind(StrEnum):
    """What a leaf teaches; its first folder decides."""

    SKILL = "skill"
    KNOWLEDGE = "knowledge"


TREES = {"compositional_skills": Kind.SKILL, "knowledge": Kind.KNOWLEDGE}
CLOSED_TREE = "foundational_skills"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer:
    """One question with its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedExample:
    """What a contributor wrote: a skill's example holds one pair, a knowledge example a context and several."""

    context: str | None
    pairs: tuple[QuestionAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Where a knowledge leaf's text stands: a Git URL, a full commit SHA and glob patterns of files in it."""

    repo: str
    commit: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf node; `path` is its folder, such as `knowledge/harbours/pell_quay`."""

    path: str
    kind: Kind
    version: int
    created_by: str
    subject: str
    """A skill's task_description, or a knowledge leaf's domain."""
    document_outline: str | None
    document: Document | None
    seed_examples: tuple[SeedExample, ...]

    @property
    def grounded(self) -> bool:
        """Whether a skill answers from a context given with the question."""
        return self.kind is Kind.SKILL and any(example.context is not None for example in self.seed_examples)


def is_below_trees(path: str) -> bool:
    """Tell whether a path lies in the taxonomy, the tree that is closed to contributions included."""
    return path.split("/", maxsplit=1)[0] in {*TREES, CLOSED_TREE}


def kind_of(path: str) -> Kind | None:
    """Tell a path's tree by its first component; None outside the open trees."""
    return TREES.get(path.partition("/")[0])


def leaf_of(path: str, data: object) -> Leaf:
    """Turn a parsed qna.yaml at `path` (the file or its folder) into a Leaf.

    Args:
        path: Path of the file or of its folder, relative to the taxonomy's root.
        data: What the YAML parser gave for the file.

    Raises:
        UserError: if the data cannot be a leaf of any version; it names the path and the field.
    """
    folder = str(PurePosixPath(path).parent) if path.endswith((".yaml", ".yml")) else path
    kind = kind_of(folder)
    if kind is None:
        raise UserError(f"{folder} is not below compositional_skills/ or knowledge/; move the leaf there.")
    top = _mapping(data, folder, "the file")
    subject = top.get("task_description") if kind is Kind.SKILL else top.get("domain")
    document = top.get("document")
    version = top.get("version", 1)
    outline = top.get("document_outline")
    return Leaf(
        path=folder,
        kind=kind,
        version=version if isinstance(version, int) else 0,
        created_by=_text(top.get("created_by"), folder, "created_by"),
        subject=_text(subject, folder, "task_description" if kind is Kind.SKILL else "domain"),
        document_outline=outline if isinstance(outline, str) else None,
        document=None if document is None else _document(document, folder),
        seed_examples=tuple(
            _seed_example(example, folder, index)
            for index, example in enumerate(_sequence(top.get("seed_examples"), folder, "seed_examples"))
        ),
    )


def _seed_example(data: object, folder: str, index: int) -> SeedExample:
    where = f"seed_examples[{index}]"
    example = _mapping(data, folder, where)
    context = example.get("context")
    nested = example.get("questions_and_answers")
    rows = [example] if nested is None else _sequence(nested, folder, f"{where}.questions_and_answers")
    pairs = []
    for row in rows:
        pair = _mapping(row, folder, where)
        pairs.append(
            QuestionAnswer(
                question=_text(pair.get("question"), folder, f"{where}.question").strip(),
                answer=_text(pair.get("answer"), folder, f"{where}.answer").strip(),
            )
        )
    return SeedExample(
        context=None if context is None else _text(context, folder, f"{where}.context").strip(), pairs=tuple(pairs)
    )


def _document(data: object, folder: str) -> Document:
    fields = _mapping(data, folder, "document")
    patterns = _sequence(fields.get("patterns"), folder, "document.patterns")
    return Document(
        repo=_text(fields.get("repo"), folder, "document.repo"),
        commit=_text(fields.get("commit"), folder, "document.commit"),
        patterns=tuple(_text(pattern, folder, "document.patterns") for pattern in patterns),
    )


def _mapping(data: object, folder: str, where: str) -> Mapping[object, object]:
    if not isinstance(data, Mapping):
        raise UserError(f"{folder}: {where} must be a mapping of keys to values.")
    return data


def _sequence(data: object, folder: str, where: str) -> Sequence[object]:
    if not isinstance(data, Sequence) or isinstance(data, str | bytes):
        raise UserError(f"{folder}: {where} must be a list.")
    return data


def _text(data: object, folder: str, where: str) -> str:
    if not isinstance(data, str):
        raise UserError(f"{folder}: {where} must be a text.")
    return data
