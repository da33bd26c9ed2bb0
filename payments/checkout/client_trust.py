"""The money held in trust for a signed-in client, with every movement of it (FEATURES C16)."""

from typing import Any

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session

from payments.accounts.queries import bank_accounts
from payments.checkout.client_pages import blueprint, me
from payments.receipts import in_portals, statement, telling
from payments.receipts.movements import BILLS, Whose
from payments.receipts.statement import Cursor, Movement
from payments.receipts.telling import Named
from portal.core import db
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.pagination import Page


@blueprint.get("/trust")
def trust() -> Response:
    """What is held now, by matter, and how it came to that. Staff's own notes are not told."""
    whose = in_portals.whose(me().contact_id)
    with db.read() as session:
        g.brand = brand(session)
        held = in_portals.held_in_trust(session, me().contact_id)
        on_hold = in_portals.on_hold(session, me().contact_id, held, g.brand.today)
        cursor = statement.read_cursor(request.args.get("page", ""), whose)
        sections = _sections(session, whose, cursor)
    turned = cursor.place.section if cursor is not None else None
    total, leaving = sum(one.cents for one in held), sum(one.leaving_cents for one in held)
    return page_or_fragment(
        "checkout/client_trust.html",
        "checkout/_client_trust.html",
        held=held,
        total_cents=total,
        leaving_cents=leaving,
        on_hold=on_hold,
        available_cents=total - leaving - sum(portion.cents for portion in on_hold),
        sections=sections,
        turned=turned,
    )


def _sections(session: Session, whose: Whose, cursor: Cursor | None) -> list[dict[str, Any]]:
    """One list for each trust account, newest first; only the list whose page was turned where one
    was."""
    pages = statement.pages(session, whose, cursor)
    pages.pop(BILLS, None)
    shown = [row.move for page in pages.values() for row in page.rows]
    known = telling.named(session, shown, whose.closed)
    return [
        _section(one.id, one.public_label, pages[one.id], known, whose)
        for one in bank_accounts(session)
        if one.id in pages
    ]


def _section(
    account_id: int, title: str, page: Page[Movement], known: Named, whose: Whose
) -> dict[str, Any]:
    return {
        "id": f"trust-{account_id}",
        "title": title,
        "rows": [_row(row, known) for row in page.rows],
        "newer_url": _address(statement.newer(page), whose),
        "older_url": _address(statement.older(page), whose),
    }


def _row(row: Movement, known: Named) -> dict[str, Any]:
    told = telling.tell(row.move, known)
    return {
        "on": row.move.at,
        "words": told.sentence,
        "matter": told.matter,
        "cents": row.move.change.held_cents,
        "after_cents": row.after.held_cents,
    }


def _address(cursor: Cursor | None, whose: Whose) -> str | None:
    return url_for("client_paying.trust", page=cursor.sign(whose)) if cursor is not None else None
