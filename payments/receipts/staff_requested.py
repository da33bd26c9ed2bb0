"""Payments on trust requests: those of one request for its page, and which one a check pays."""

from collections.abc import Sequence

from flask import Response, g, redirect, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.models import BankAccount
from payments.billing import trust_queries
from payments.billing.models import BillStatus
from payments.billing.panels import ON_TRUST_REQUESTS, Action
from payments.billing.requested import TrustRequest
from payments.money.amounts import Money
from payments.receipts import queries
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.staff_shown import blueprint, may_record, money
from payments.receipts.telling import name_of
from portal.clients.access import Closed, closed_to
from portal.clients.queries import ClientOption
from portal.core import db
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.permissions import LOOK, RECORD_PAYMENTS

PAYMENT = "payment:"


def show_on_trust_requests() -> None:
    """The payments on a trust request, and **Record Payment** on it. Called when views register."""
    ON_TRUST_REQUESTS.add_panel(
        "receipts.of_trust_request", _lazy("Show the payments on this request")
    )
    ON_TRUST_REQUESTS.add_action(
        Action(
            _lazy("Record Payment"), "receipts.new_on_trust_request", RECORD_PAYMENTS, _takes_money
        )
    )


def _takes_money(asked: TrustRequest) -> bool:
    left = asked.amount_cents - asked.paid_cents - asked.reserved_cents
    return asked.status == BillStatus.AWAITING_PAYMENT and left > 0


@blueprint.get("/trust-requests/<public_id>/payments", needs=LOOK)
def of_trust_request(public_id: str) -> Response:
    """The payments on a trust request, undone ones too: for the request's page, or as a page."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        asked = trust_queries.trust_request(session, public_id, closed)
        found = queries.of_trust_request(session, asked.id)
    return page_or_fragment(
        "receipts/staff_of_trust_request.html",
        "receipts/_of_trust_request.html",
        asked=asked,
        rows=[{"receipt": one, "name": name_of(one), **_pages(one)} for one in found],
        money=money,
        may_record=may_record(),
    )


def _pages(receipt: Receipt) -> dict[str, str | None]:
    """The page of a payment made online; where one recorded by hand is reversed."""
    if receipt.source == ReceiptSource.PAYMENT:
        payment = receipt.cause.removeprefix(PAYMENT)
        return {"url": url_for("transactions.show", public_id=payment), "reverse_url": None}
    return {"url": None, "reverse_url": url_for(".reversal", public_id=receipt.public_id)}


@blueprint.get("/trust-requests/<public_id>/payments/new", needs=RECORD_PAYMENTS)
def new_on_trust_request(public_id: str) -> AnyResponse:
    """**Record Payment** of what this request still asks for, ready to be filled in."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        asked = trust_queries.trust_request(session, public_id, closed)
    kind, named = ("matter", asked.matter) if asked.matter else ("contact", asked.client)
    left = Money(asked.balance.cents - asked.reserved_cents, asked.currency)
    address = url_for(
        ".new",
        client=f"{kind}:{named.public_id}",
        account=asked.bank_account.public_id,
        trust_request=public_id,
        amount=left.plain(),
    )
    return redirect(address, 303)


def open_for(session: Session, whose: ClientOption, closed: Closed) -> Sequence[TrustRequest]:
    """The trust requests that money of this client, or for this matter, may pay."""
    return trust_queries.open_requests(
        session, client_id=whose.contact_id, matter_id=whose.matter_id, closed=closed
    )


def options(requests: Sequence[TrustRequest], account: BankAccount | None) -> list[dict[str, str]]:
    """Those that are paid into this account, to choose from; none where there are none."""
    into = [one for one in requests if account is not None and one.bank_account_id == account.id]
    if not into:
        return []
    nothing = {"value": "", "label": _("None: it is only held in trust")}
    return [nothing, *({"value": one.public_id, "label": _words(one)} for one in into)]


def _words(asked: TrustRequest) -> str:
    where = f"{asked.matter.number} {asked.matter.name}" if asked.matter else _("client level")
    return _(
        "%(number)s, %(matter)s: %(amount)s, due %(day)s",
        number=asked.number,
        matter=where,
        amount=money(asked.balance.cents - asked.reserved_cents),
        day=format_date(asked.due_on, "medium"),
    )
