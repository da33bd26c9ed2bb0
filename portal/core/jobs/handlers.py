"""Which function does which kind of job."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

Handler = Callable[..., None]
F = TypeVar("F", bound=Handler)


@dataclass(frozen=True)
class Recurring:
    """A job that is owed again, `every` after it was done, for as long as the product runs."""

    kind: str
    every: timedelta


class Again(Exception):
    """Raised by a handler whose work is not due yet: the same job comes back at `due_at`."""

    def __init__(self, due_at: datetime) -> None:
        super().__init__(f"again at {due_at.isoformat()}")
        self.due_at = due_at


HANDLERS: dict[str, Handler] = {}
RECURRING: dict[str, Recurring] = {}


def handler(kind: str) -> Callable[[F], F]:
    """Register the function that does jobs of this kind. It gets the job's args by name.

    It must be idempotent, and call the outside only between its own transactions.
    """

    def register(function: F) -> F:
        if kind in HANDLERS:
            raise ValueError(f"two handlers for job kind {kind}")
        HANDLERS[kind] = function
        return function

    return register


def recurring(kind: str, *, every: timedelta) -> Callable[[F], F]:
    """Register a handler that is owed again `every` (business time) after it was done."""

    def register(function: F) -> F:
        RECURRING[kind] = Recurring(kind, every)
        return handler(kind)(function)

    return register


def run(kind: str, args: dict[str, Any]) -> None:
    """Do one job. Raises KeyError for a kind that nobody registered."""
    HANDLERS[kind](**args)
