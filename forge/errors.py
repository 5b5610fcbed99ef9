"""What the forge answers when it will not do what was asked, in GitHub's words."""

from collections.abc import Mapping, Sequence

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer that is no success: a status, a message, and for 422 the fields at fault."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[object] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def content(self, *, in_words: bool = False) -> dict[str, object]:
        """Give the body of the answer, its errors as objects or in words alone."""
        content: dict[str, object] = {"message": self.message}
        if self.errors:
            content["errors"] = [_words(error) if in_words else error for error in self.errors]
        return {**content, "documentation_url": DOCUMENTATION, "status": str(self.status)}


class NotFoundError(ApiError):
    """There is no such thing, or none that the caller may know of."""

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(404, message)


class ForbiddenError(ApiError):
    """The caller may not do this."""

    def __init__(
        self, message: str = "Resource not accessible by integration", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(403, message, headers=headers)


class RoleError(ForbiddenError):
    """The user would need another role in the repository."""

    def __init__(self, role: str) -> None:
        super().__init__(f"Must have {role} rights to Repository.")


class InvalidError(ApiError):
    """A field of a request cannot be accepted; a code says why, `custom` in words of its own."""

    def __init__(self, resource: str, field: str | None, code: str = "invalid", message: str | None = None) -> None:
        named = {"resource": resource, "field": field, "code": code, "message": message}
        error = {name: value for name, value in named.items() if value is not None}
        super().__init__(422, "Validation Failed", errors=[error])


class UnprocessableError(ApiError):
    """A request that is well formed cannot be carried out; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(422, message)


def _words(error: object) -> object:
    if not isinstance(error, Mapping):
        return error
    return error.get("message") or f"{error.get('field', error['resource'])} is {error['code']}"
