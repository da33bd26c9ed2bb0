"""What lists of bills and trust requests offer for sending many of them at once (FEATURES D5)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_login import current_user

from payments.billing.models import BillStatus
from portal.web.pagination import COUNTED_MAX
from portal.web.permissions import SEND_BILLS


def choosing(
    of: str,
    status: BillStatus | None,
    asked: Mapping[str, Any],
    count: int,
    *,
    client: str = "",
    matter: str = "",
) -> dict[str, Any] | None:
    """The bar above a list whose filters are `asked`, and of whose documents `count` fit; None for
    whoever may not send, and where the list holds nothing unpaid."""
    unpaid = status == BillStatus.AWAITING_PAYMENT
    if not (unpaid or status is None) or not current_user.may(SEND_BILLS):
        return None
    filters = [(name, value) for name, value in asked.items() if name not in {"status", "sort"}]
    whose = [(name, value) for name, value in (("client", client), ("matter", matter)) if value]
    return {"fields": [("of", of), *whose, *filters], "all_label": _label(count, counts=unpaid)}


def _label(count: int, *, counts: bool) -> str:
    """What is sent with all of them: exact where the list has counted just those."""
    if counts and count <= COUNTED_MAX:
        return _("Send all %(count)s that match", count=format_decimal(count))
    return _("Send all unpaid that match")
