"""Reactions to issues, comments and comments on lines."""

from dataclasses import dataclass

from forge.clock import stamp
from forge.errors import InvalidError
from forge.forge import Actor, Forge
from forge.records import Reaction
from forge.shapes.issues import CONTENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is reacted to: `issue`, `comment` or `review_comment`, and its id."""

    kind: str
    id: int


def react(forge: Forge, actor: Actor, subject: Subject, content: str) -> tuple[Reaction, bool]:
    """React to something, once in each way; true if it is new.

    Raises:
        InvalidError: if there is no such reaction.
    """
    if content not in CONTENTS:
        raise InvalidError("Reaction", "content")
    with forge.store.writing():
        condition = "subject = ? AND subject_id = ? AND user_id = ? AND content = ?"
        present = forge.store.first(Reaction, condition, subject.kind, subject.id, actor.user.id, content)
        if present is not None:
            return present, False
        made = forge.store.add(
            Reaction,
            subject=subject.kind,
            subject_id=subject.id,
            user_id=actor.user.id,
            content=content,
            created_at=stamp(),
        )
        return made, True


def list_reactions(forge: Forge, subject: Subject) -> list[Reaction]:
    """List the reactions to something, oldest first."""
    return forge.store.all(Reaction, "subject = ? AND subject_id = ? ORDER BY id", subject.kind, subject.id)
