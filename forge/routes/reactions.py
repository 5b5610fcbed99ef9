"""Reactions to issues and comments."""

from collections.abc import Callable
from http import HTTPStatus

from forge.acts import reactions
from forge.acts.reactions import Subject
from forge.answers import Answer, no_content
from forge.call import Call, Routes, listing
from forge.errors import NotFoundError
from forge.records import Comment, Pull, Reaction, ReviewComment
from forge.roles import Role, require
from forge.routes.issues import READ, WRITE
from forge.routes.issues import this as this_issue
from forge.shapes.issues import reaction_shape

routes = Routes("Reaction")
REPO = "/repos/{owner}/{repo}"


def _issue(call: Call) -> Subject:
    return Subject(kind="issue", id=this_issue(call).id)


def _comment(call: Call) -> Subject:
    return Subject(kind="comment", id=call.record(Comment).id)


def _review_comment(call: Call) -> Subject:
    comment = call.forge.store.first(ReviewComment, "id = ?", call.number("id"))
    if comment is None or call.forge.store.get(Pull, comment.pull_id).repository_id != call.repository.id:
        raise NotFoundError
    return Subject(kind="review_comment", id=comment.id)


def _serve(path: str, subject: Callable[[Call], Subject]) -> None:
    @routes.add("GET", f"{path}/reactions", READ)
    def list_reactions(call: Call) -> Answer:
        found = reactions.list_reactions(call.forge, subject(call))
        content = call.query.get("content")
        found = [reaction for reaction in found if content in {None, reaction.content}]
        return listing(call, found, lambda reaction: reaction_shape(call.forge, reaction))

    @routes.add("POST", f"{path}/reactions", WRITE)
    def react(call: Call) -> Answer:
        made, is_new = reactions.react(call.forge, call.actor, subject(call), call.body.text("content"))
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return Answer(status=status, content=reaction_shape(call.forge, made))

    @routes.add("DELETE", f"{path}/reactions/{{reaction}}", WRITE)
    def delete(call: Call) -> Answer:
        about = subject(call)
        condition = "id = ? AND subject = ? AND subject_id = ?"
        found = call.forge.store.first(Reaction, condition, call.number("reaction"), about.kind, about.id)
        if found is None:
            raise NotFoundError
        if found.user_id != call.actor.user.id:
            require(call.forge, call.actor, call.repository, Role.ADMIN)
        call.forge.store.remove(Reaction, "id = ?", found.id)
        return no_content()


_serve(REPO + "/issues/comments/{id}", _comment)
_serve(REPO + "/pulls/comments/{id}", _review_comment)
_serve(REPO + "/issues/{number}", _issue)
