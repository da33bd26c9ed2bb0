"""**Copy link to pay client balance**: choose the account, and copy the link (FEATURES L8)."""

from flask import Response, request
from flask_babel import gettext as _
from flask_login import current_user

from payments.accounts.models import AccountKind, BankAccount
from payments.billing import copying
from payments.billing.handing_out import document_url
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.billing.staff_sending_shown import both, found, task, title_of
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.web.permissions import SEND_BILLS


@both("client-link", needs=SEND_BILLS)
def client_link(kind: str, public_id: str) -> Response:
    """The accounts that can receive the money; those that are not connected say why they cannot."""
    return _page(kind, public_id)


@both("client-link", needs=SEND_BILLS, method="POST")
def copy_client_link(kind: str, public_id: str) -> Response:
    """**Copy link to send**: the link into the chosen account, the same each time."""
    chosen = request.form.get("account", "")
    try:
        with db.transaction() as session:
            payable = found(session, kind, public_id)
            link = copying.copied_link(session, payable, chosen, by=current_user.actor)
            url = document_url(link)
    except (Invalid, Conflict) as problem:
        return _page(kind, public_id, chosen, problem)
    return task(payable, "billing/_client_link_made.html", _title(payable), url=url)


def _page(
    kind: str, public_id: str, chosen: str = "", problem: Invalid | Conflict | None = None
) -> Response:
    refused = None
    with db.read() as session:
        payable = found(session, kind, public_id)
        accounts = copying.receiving_accounts(session, payable)
        try:
            copying.refuse_uncopyable(session, payable)
        except Conflict as why:
            refused = str(why)
    connected = [one.public_id for one in accounts if one.connected]
    usual = payable.bank_account.public_id
    first = usual if usual in connected else next(iter(connected), "")
    return task(
        payable,
        "billing/_client_link.html",
        _title(payable),
        problem.status if problem else 200,
        errors={"account": str(problem)} if problem else {},
        options=[_option(one) for one in accounts],
        chosen=chosen or first,
        any_connected=bool(connected),
        refused=refused,
    )


def _option(account: BankAccount) -> dict[str, object]:
    kind = _("Trust account") if account.kind == AccountKind.TRUST else _("Operating account")
    if account.connected:
        return {"value": account.public_id, "label": account.name, "hint": kind}
    why = "; ".join(str(one) for one in account.checked_problems) or _("Stripe was not asked yet.")
    hint = _("Not connected: %(why)s", why=why)
    return {"value": account.public_id, "label": account.name, "hint": hint, "disabled": True}


def _title(payable: Payable) -> str:
    if isinstance(payable, Bill):
        return _("Copy link to pay client balance: %(what)s", what=title_of(payable))
    return _("Copy link to pay: %(what)s", what=title_of(payable))
