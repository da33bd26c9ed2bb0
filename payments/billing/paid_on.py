"""What was paid on a shared bill or trust request, as its client reads it below the document.

Payments stand to the right of bills, so the pages of what a client paid tell it, as ready HTML.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from payments.billing.payables import Payable

Tell = Callable[[Session, Payable], str]

_tell: list[Tell] = []


def told_by(tell: Tell) -> None:
    """Name what tells it; it answers nothing where the client has paid nothing on a document."""
    _tell[:] = [tell]


def told(session: Session, payable: Payable) -> str:
    """What the signed-in client has paid on it as ready HTML, or nothing."""
    return _tell[0](session, payable) if _tell else ""
