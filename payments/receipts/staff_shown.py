"""What every page of receipts shares: the blueprint, who may move money, and how it is read."""

from flask import g, url_for
from flask_login import current_user

from payments.money.amounts import Money
from portal.clients.queries import CONTACT, ClientOption
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import RECORD_PAYMENTS

blueprint = staff_blueprint("receipts", __name__)


def may_record() -> bool:
    """Whether the user may record, apply and reverse payments (FEATURES N9)."""
    return current_user.may(RECORD_PAYMENTS)


def money(cents: int) -> str:
    """An amount in the firm's currency."""
    return Money(cents, g.brand.currency).format(language.current())


def ledger_url(whose: ClientOption) -> str:
    """The ledger of the client or matter that was chosen."""
    endpoint = "receipts.contact_ledger" if whose.kind == CONTACT else "receipts.matter_ledger"
    return url_for(endpoint, public_id=whose.public_id)
