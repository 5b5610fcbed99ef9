"""Labels of a repository and of its issues."""

from forge.acts import labels
from forge.answers import Answer, created, no_content
from forge.call import Call, Routes, listing
from forge.errors import NotFoundError
from forge.records import Label
from forge.roles import Role
from forge.routes.issues import READ, WRITE, parse_names, this
from forge.shapes.issues import issue_labels, label_shape

routes = Routes("Label")
BASE = "/repos/{owner}/{repo}/labels"
ONE = BASE + "/{name:path}"
ON = "/repos/{owner}/{repo}/issues/{number}/labels"


def _label(call: Call) -> Label:
    found = labels.find(call.forge, call.repository, call.path["name"])
    if found is None:
        raise NotFoundError
    return found


def _names(call: Call) -> list[str]:
    # GitHub takes a bare list too.
    return parse_names(call.body, "labels" if "labels" in call.body else "items")


def _shapes(call: Call, found: list[Label]) -> Answer:
    return Answer(content=[label_shape(call.forge, call.repository, label) for label in found])


@routes.add("GET", BASE, READ)
def list_labels(call: Call) -> Answer:
    """List the labels of a repository."""
    found = labels.list_labels(call.forge, call.repository)
    return listing(call, found, lambda label: label_shape(call.forge, call.repository, label))


@routes.add("POST", BASE, WRITE, Role.WRITE)
def create(call: Call) -> Answer:
    """Make a label."""
    body = call.body
    label = labels.create(
        call.forge,
        call.actor,
        call.repository,
        name=body.text("name"),
        color=body.optional_text("color"),
        description=body.optional_text("description"),
    )
    return created(label_shape(call.forge, call.repository, label))


@routes.add("GET", ONE, READ)
def get(call: Call) -> Answer:
    """Describe a label."""
    return Answer(content=label_shape(call.forge, call.repository, _label(call)))


@routes.add("PATCH", ONE, WRITE, Role.WRITE)
def edit(call: Call) -> Answer:
    """Change a label."""
    body = call.body
    label = labels.edit(
        call.forge,
        call.actor,
        call.repository,
        _label(call),
        name=body.optional_text("new_name"),
        color=body.optional_text("color"),
        description=body.optional_text("description"),
    )
    return Answer(content=label_shape(call.forge, call.repository, label))


@routes.add("DELETE", ONE, WRITE, Role.WRITE)
def delete(call: Call) -> Answer:
    """Delete a label."""
    labels.delete(call.forge, call.actor, call.repository, _label(call))
    return no_content()


@routes.add("GET", ON, READ)
def list_on(call: Call) -> Answer:
    """List the labels of an issue."""
    found = issue_labels(call.forge, this(call).id)
    return listing(call, found, lambda label: label_shape(call.forge, call.repository, label))


@routes.add("POST", ON, WRITE, Role.TRIAGE)
def put_on(call: Call) -> Answer:
    """Put labels on an issue."""
    return _shapes(call, labels.put_on(call.forge, call.actor, call.repository, this(call), _names(call)))


@routes.add("PUT", ON, WRITE, Role.TRIAGE)
def set_on(call: Call) -> Answer:
    """Leave exactly these labels on an issue."""
    return _shapes(call, labels.set_on(call.forge, call.actor, call.repository, this(call), _names(call)))


@routes.add("DELETE", ON, WRITE, Role.TRIAGE)
def clear(call: Call) -> Answer:
    """Take all labels off an issue."""
    labels.set_on(call.forge, call.actor, call.repository, this(call), [])
    return no_content()


@routes.add("DELETE", ON + "/{name:path}", WRITE, Role.TRIAGE)
def take_off(call: Call) -> Answer:
    """Take a label off an issue.

    Raises:
        NotFoundError: 404 if it is not on it.
    """
    issue = this(call)
    wanted = call.path["name"].lower()
    label = next((item for item in issue_labels(call.forge, issue.id) if item.name.lower() == wanted), None)
    if label is None:
        raise NotFoundError("Label does not exist")
    return _shapes(call, labels.take_off(call.forge, call.actor, call.repository, issue, [label]))
