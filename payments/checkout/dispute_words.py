"""A dispute in words for its payer, wherever they read of one (FEATURES M5, M7)."""

from collections.abc import Iterable

from flask_babel import gettext as _

from payments.transactions.overlays import Overlay


def of_disputes(marks: Iterable[Overlay]) -> list[str]:
    """Who has the money, beside marks that speak for the firm (“won”) and not for the payer."""
    return [sentence for sentence in map(_of_dispute, marks) if sentence]


def _of_dispute(mark: Overlay) -> str:
    match mark:
        case Overlay.DISPUTED:
            return _("This payment is disputed. The payer's bank decides about it.")
        case Overlay.DISPUTE_WON:
            return _("The dispute is over: the money went back to the firm.")
        case Overlay.DISPUTE_LOST:
            return _("The dispute is over: the payer keeps the money.")
        case _:
            return ""
