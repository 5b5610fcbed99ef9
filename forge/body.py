"""The JSON body of a request, read field by field with GitHub's own complaints."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forge.errors import ApiError, InvalidError


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An object of a request; each read checks the type."""

    values: Mapping[str, object]
    resource: str = "Request"

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Read a text that must be there and not be empty.

        Raises:
            InvalidError: 422, `missing_field` or `invalid`.
        """
        value = self.optional_text(name)
        if not value:
            raise InvalidError(self.resource, name, "missing_field" if value is None else "invalid")
        return value

    def optional_text(self, name: str, default: str | None = None) -> str | None:
        """Read a text that may be missing or null.

        Raises:
            InvalidError: 422 if it is something else.
        """
        value = self.values.get(name)
        if value is None:
            return default
        if not is_text(value):
            raise InvalidError(self.resource, name)
        return str(value)

    def integer(self, name: str) -> int:
        """Read a number that must be there.

        Raises:
            InvalidError: 422, `missing_field` or `invalid`.
        """
        value = self.optional_integer(name)
        if value is None:
            raise InvalidError(self.resource, name, "missing_field")
        return value

    def optional_integer(self, name: str) -> int | None:
        """Read a number that may be missing or null.

        Raises:
            InvalidError: 422 if it is something else.
        """
        value = self.values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidError(self.resource, name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a truth value.

        Raises:
            InvalidError: 422 if it is something else.
        """
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InvalidError(self.resource, name)
        return value

    def inner(self, name: str) -> "Body | None":
        """Read an object that may be missing or null.

        Raises:
            InvalidError: 422 if it is something else.
        """
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise InvalidError(self.resource, name)
        return Body(values=value, resource=self.resource)

    def items(self, name: str) -> Sequence[object]:
        """Read a list; a missing one is empty.

        Raises:
            InvalidError: 422 if it is something else.
        """
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise InvalidError(self.resource, name)
        return value

    def bodies(self, name: str) -> list["Body"]:
        """Read a list of objects.

        Raises:
            InvalidError: 422 if it is something else.
        """
        found = []
        for item in self.items(name):
            if not isinstance(item, Mapping):
                raise InvalidError(self.resource, name)
            found.append(Body(values=item, resource=self.resource))
        return found

    def texts(self, name: str) -> list[str]:
        """Read a list of texts.

        Raises:
            InvalidError: 422 if it is something else.
        """
        found = []
        for item in self.items(name):
            if not is_text(item):
                raise InvalidError(self.resource, name)
            found.append(str(item))
        return found

    def mapping(self, name: str) -> dict[str, str]:
        """Read an object of texts.

        Raises:
            InvalidError: 422 if it is something else.
        """
        inner = self.inner(name)
        found = {} if inner is None else dict(inner.values)
        if not all(is_text(value) for value in found.values()):
            raise InvalidError(self.resource, name)
        return {key: str(value) for key, value in found.items()}


def parse_body(content: bytes, resource: str) -> Body:
    """Read a request's body; a bare list is kept under the name `items`.

    Raises:
        ApiError: 400 if it is no JSON.
    """
    if not content.strip():
        return Body(values={}, resource=resource)
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        raise ApiError(400, "Problems parsing JSON") from None
    if isinstance(value, list):
        return Body(values={"items": value}, resource=resource)
    if not isinstance(value, Mapping):
        raise ApiError(400, "Body should be a JSON object")
    return Body(values=value, resource=resource)


def is_text(value: object) -> bool:
    """Say whether a value is text that can be written down: JSON's strings may hold NUL and halves of characters."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
