"""Users, and the rate limit that each caller has."""

from forge.access import Kind
from forge.answers import Answer
from forge.call import Call, Routes
from forge.errors import NotFoundError
from forge.shapes.users import private_user, public_user

routes = Routes("User")


@routes.add("GET", "/user", kind=Kind.USER)
def get_user(call: Call) -> Answer:
    """Describe the user who asks."""
    return Answer(content=private_user(call.forge, call.actor.user))


@routes.add("GET", "/users/{username}")
def get_user_by_login(call: Call) -> Answer:
    """Describe any user.

    Raises:
        NotFoundError: if there is no such thing.
    """
    user = call.forge.find_user(call.path["username"])
    if user is None:
        raise NotFoundError
    return Answer(content=public_user(call.forge, user))


@routes.add("GET", "/rate_limit")
def get_rate_limit(call: Call) -> Answer:
    """Say how many requests the caller has left."""
    state = call.limits.state(call.caller.key)
    return Answer(content={"resources": {"core": state, "search": state}, "rate": state})


@routes.add("GET", "/orgs/{org}/teams/{team}/memberships/{username}", kind=Kind.KNOWN)
def get_membership(_: Call) -> Answer:
    """Say that there are no teams here.

    Raises:
        NotFoundError: 404, always.
    """
    raise NotFoundError
