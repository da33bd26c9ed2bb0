"""Money in the client portal: what is due, what was paid, what is held in trust (FEATURES C16)."""

from typing import Any

from flask import Response, g, get_template_attribute, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.accounts.settings import online_payments
from payments.billing import paid_on
from payments.billing.payables import Payable
from payments.checkout import history, owing
from payments.checkout.client_pages import blueprint, me, reader
from payments.receipts.in_portals import held_in_trust, on_hold
from portal.core import db
from portal.firm.brand import brand
from portal.messages import home_panels
from portal.web.fragments import page_or_fragment, part, wants_fragment
from portal.web.pagination import PAGE_ROWS

PANEL_ROWS = 3
"""What stands on home: its height is fixed, so that nothing moves as it comes in."""

home_panels.add_panel("client_paying.panel")


def _paid_on(session: Session, payable: Payable) -> str:
    """Below a shared document: what was paid on it, each with its receipt."""
    rows = history.paid_on(session, reader(), payable)
    draw = get_template_attribute("checkout/_client_paid_on.html", "paid_on")
    return draw(rows) if rows else ""


paid_on.told_by(_paid_on)


@blueprint.get("/money")
def panel() -> AnyResponse:
    """Home's panel: what is due, the newest payments, what is held in trust. It is part of a page;
    whoever opens it by itself is led to the bills."""
    if not wants_fragment():
        return redirect(url_for("client_paying.bills"), 303)
    with db.read() as session:
        g.brand = brand(session)
        money = _money(session)
        paid = history.under_way(session, reader())[:PANEL_ROWS]
        paid += history.received(session, reader(), size=PANEL_ROWS).rows
    due: list[owing.Shown] = money["due"]
    left = max(0, PANEL_ROWS - len(due))
    return part(
        "checkout/_client_panel.html",
        **money,
        rows=due[:PANEL_ROWS],
        paid=paid[:left],
    )


@blueprint.get("/bills")
def bills() -> Response:
    """**Bills**: those that are open, with the way to pay them, and those that are paid."""
    closed = request.args.get("tab") == "paid"
    with db.read() as session:
        g.brand = brand(session)
        money = _money(session)
        shown = _closed(session) if closed else {"rows": money["due"], "older_url": None}
    return page_or_fragment(
        "checkout/client_bills.html", "checkout/_client_bills.html", closed=closed, **money, **shown
    )


@blueprint.get("/payments")
def payments() -> Response:
    """**Payments**: on their way and received, each with its receipt to save or print."""
    typed = request.args.get("before", "")
    before = int(typed[:15]) if typed.isascii() and typed.isdigit() else None
    with db.read() as session:
        g.brand = brand(session)
        coming = history.under_way(session, reader()) if before is None else []
        page = history.received(session, reader(), before)
    older = page.older_than
    return page_or_fragment(
        "checkout/client_payments.html",
        "checkout/_client_payments.html",
        coming=coming,
        rows=page.rows,
        older_url=url_for("client_paying.payments", before=older) if older else None,
        first=before is None,
    )


def _money(session: Session) -> dict[str, Any]:
    """What every page of money shows at its head."""
    contact_id = me().contact_id
    due = owing.open_documents(session, contact_id)
    balance = owing.whole_balance(session, contact_id, due)
    held = held_in_trust(session, contact_id)
    return {
        "due": due,
        "due_cents": sum(one.open_cents for one in due),
        "balance": balance,
        "emailed": None if balance else owing.only_emailed(session, contact_id),
        "held_cents": sum(one.cents for one in held),
        "on_hold": on_hold(session, contact_id, held, g.brand.today),
        "online": online_payments(session).online,
        "today": g.brand.today,
    }


def _closed(session: Session) -> dict[str, Any]:
    before = owing.read_place(request.args.get("before", ""))
    found = owing.closed_documents(session, me().contact_id, before)
    rows = found[:PAGE_ROWS]
    older = rows[-1].place if len(found) > PAGE_ROWS else None
    older_url = url_for("client_paying.bills", tab="paid", before=older) if older else None
    return {"rows": rows, "older_url": older_url}
