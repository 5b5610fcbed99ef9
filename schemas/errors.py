"""The one error that is shown to a person."""


class UserError(Exception):
    """Say in one sentence what went wrong and what to do about it.

    The message reaches a contributor's pull request or an operator's terminal as it stands. Anything that is not a
    `UserError` is a defect of ours: it is logged with the delivery or build id and raised again.
    """
