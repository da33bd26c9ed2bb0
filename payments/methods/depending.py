"""What depends on a stored method: a payment plan, autocharge. Named before somebody deletes it.

Features to the right of this one add what they know; this one knows none of them (FEATURES P8).
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from payments.methods.models import StoredMethod

Dependant = Callable[[Session, StoredMethod], list[str]]
"""Sentences for the client and the firm alike, in the reader's language: what stops or fails."""

_dependants: list[Dependant] = []


def add_dependant(function: Dependant) -> None:
    """Have `function(session, method)` asked before a method is deleted."""
    if function not in _dependants:
        _dependants.append(function)


def what_depends(session: Session, method: StoredMethod) -> list[str]:
    """Everything that stops once this method is deleted, each in a sentence."""
    return [words for function in _dependants for words in function(session, method)]
