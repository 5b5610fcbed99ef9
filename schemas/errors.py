"""The errors that are shown to a person."""


class UserError(Exception):
    """Say in one sentence what went wrong and what to do about it.

    The message reaches a contributor's pull request or an operator's terminal as it stands. Anything that is not a
    `UserError` is a defect of ours: it is logged with the delivery or build id and raised again.
    """


class LeafError(UserError):
    """Say what is wrong with one leaf, in words for its contributor, who alone can mend it."""

    def __init__(self, message: str, *, leaf: str) -> None:
        super().__init__(message)
        self.leaf = leaf
        """Folder path of the leaf."""

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from one process to another with the leaf's name."""
        return _leaf_error, (str(self), self.leaf)


def _leaf_error(message: str, leaf: str) -> LeafError:
    return LeafError(message, leaf=leaf)
