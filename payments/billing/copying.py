"""Links to bills and trust requests that staff copy and send by hand (FEATURES L8 to L10).

Whoever pays by one can store no method: nobody knows into whose hands it has come (L2, P5).
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind, BankAccount
from payments.accounts.queries import IN_ORDER
from payments.accounts.settings import online_payments
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.handing_out import standing_link
from payments.billing.models import Bill
from payments.billing.payables import Payable, locked, named, refuse_unpayable, subject_of
from portal.core import audit
from portal.core.errors import Conflict, Invalid


def receiving_accounts(session: Session, payable: Payable) -> Sequence[BankAccount]:
    """The accounts that could receive the money, connected or not: for a bill the operating ones in
    its currency, as trust money never pays a bill directly (FEATURES S7); for a trust request its
    own trust account."""
    if isinstance(payable, Bill):
        fits = (
            BankAccount.kind == AccountKind.OPERATING,
            BankAccount.currency == payable.currency,
        )
    else:
        fits = (BankAccount.id == payable.bank_account_id,)
    return session.scalars(select(BankAccount).where(*fits).order_by(*IN_ORDER)).all()


def refuse_uncopyable(session: Session, payable: Payable) -> None:
    """Raise `Conflict`, saying why, where a link would lead to nothing that can be paid."""
    refuse_unpayable(payable)
    if not online_payments(session).online:
        raise Conflict(
            _(
                "Online payments are turned off, so there is no link to pay by. An administrator "
                "can turn them on in Settings, Online payments."
            )
        )


def copied_link(
    session: Session, payable: Payable, account_public_id: str, *, by: str
) -> DocumentLink:
    """The link of a document into this account; the same each time. Raises `Conflict` as above, and
    `Invalid` beside `account` for one that is none of its accounts or is not connected."""
    payable = locked(session, payable)
    refuse_uncopyable(session, payable)
    fitting = receiving_accounts(session, payable)
    account = next((one for one in fitting if one.public_id == account_public_id), None)
    if account is None:
        raise Invalid(_("Choose the account that receives the money."), "account")
    if not account.connected:
        raise Invalid(_("This account is not connected, so it cannot take money."), "account")
    link = standing_link(
        session, channel=Channel.LINK, bank_account_id=account.id, by=by, **named(payable)
    )
    bill = isinstance(payable, Bill)
    action = "bill.link_copied" if bill else "trust_request.link_copied"
    subject = subject_of(payable)
    audit.record(session, by, action, subject, number=payable.number, account=account.public_id)
    return link
