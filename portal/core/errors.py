"""Refusals with a sentence. The message is for the person who asked, so it says what to do next."""


class Refusal(Exception):
    """Something a person asked for cannot be done. Nothing was changed."""

    status = 400


class Invalid(Refusal):
    """What was typed cannot be used. `field` names the input that the sentence stands beside."""

    status = 422

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Refusal):
    """The thing has changed meanwhile, so the request no longer fits it."""

    status = 409


class Missing(Refusal):
    """No such thing, or none that this person may see: a stranger cannot tell which."""

    status = 404


class ConfigurationError(Exception):
    """A setting is missing or wrong. The message names it; the product does not start."""
