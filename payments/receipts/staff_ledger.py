"""The **Ledger** of a contact and of a matter, and their money on the overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.queries import bank_accounts
from payments.receipts import movements, staff_holds, statement, telling
from payments.receipts.movements import BILLS, Kept, Standing, Whose
from payments.receipts.staff_shown import blueprint, may_record, money
from payments.receipts.statement import Cursor, Movement
from payments.receipts.telling import Named
from portal.clients.access import closed_to
from portal.clients.queries import contact, matter
from portal.clients.tabs import contact_frame, matter_frame
from portal.core import db
from portal.firm.brand import brand
from portal.web.fragments import page_or_fragment
from portal.web.pagination import Page
from portal.web.permissions import LOOK


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the ledger: a trust account's, or that of bills and payments."""

    id: str
    title: str
    trust: bool
    rows: Sequence[dict[str, Any]]
    newer_url: str | None
    older_url: str | None


@blueprint.get("/contacts/<public_id>/ledger", needs=LOOK)
def contact_ledger(public_id: str) -> Response:
    """Every movement of a client's money, in trust and on bills (FEATURES S5, S6, S7, M10)."""
    with db.read() as session:
        g.brand = brand(session)
        client = contact(session, public_id)
        whose = Whose(client.id, None, closed_to(session, current_user))
        ledger = _ledger(session, whose, public_id)
    return _page(ledger, f"contact:{public_id}", **contact_frame(client))


@blueprint.get("/matters/<public_id>/ledger", needs=LOOK)
def matter_ledger(public_id: str) -> Response:
    """Every movement of the money of one matter alone (FEATURES S4)."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        one = matter(session, public_id, closed)
        ledger = _ledger(session, Whose(one.client_id, one.id, closed), public_id)
    return _page(ledger, f"matter:{public_id}", **matter_frame(one))


@blueprint.get("/contacts/<public_id>/money", needs=LOOK)
def contact_money(public_id: str) -> str:
    """What a client holds in trust, has as credit and owes, for the overview of their page."""
    with db.read() as session:
        g.brand = brand(session)
        client = contact(session, public_id)
        whose = Whose(client.id, None, closed_to(session, current_user))
        figures = _figures_now(session, whose)
        part = movements.something_closed(session, whose)
    return _panel(figures, "receipts.contact_ledger", public_id, part=part)


@blueprint.get("/matters/<public_id>/money", needs=LOOK)
def matter_money(public_id: str) -> str:
    """The same of one matter."""
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        one = matter(session, public_id, closed)
        whose = Whose(one.client_id, one.id, closed)
        figures = _figures_now(session, whose)
        part = movements.something_closed(session, whose)
    return _panel(figures, "receipts.matter_ledger", public_id, part=part)


def _panel(figures: list[dict[str, Any]], endpoint: str, public_id: str, *, part: bool) -> str:
    url = url_for(endpoint, public_id=public_id)
    return render_template("receipts/_money.html", figures=figures, ledger_url=url, part=part)


def _page(ledger: dict[str, Any], key: str, **frame: Any) -> Response:
    page = "contact" if "contact" in frame else "matter"
    turned: Section | None = ledger["turned"]
    return page_or_fragment(
        f"receipts/staff_{page}_ledger.html",
        "receipts/_section.html" if turned is not None else "receipts/_ledger.html",
        record_url=url_for("receipts.new", client=key) if may_record() else None,
        by_matter=page == "contact",
        section=turned,
        may_record=may_record(),
        **ledger,
        **frame,
    )


def _ledger(session: Session, whose: Whose, public_id: str) -> dict[str, Any]:
    kept = movements.kept(session, whose)
    by_echeck = staff_holds.seen(session, whose, kept)
    pages = statement.pages(session, whose)
    cursor = statement.read_cursor(request.args.get("page", ""), whose)
    if cursor is not None:
        pages |= statement.pages(session, whose, cursor)
    shown = [row.move for page in pages.values() for row in page.rows]
    known = telling.named(session, shown, whose.closed)
    trust = {a.id: a.name for a in bank_accounts(session) if a.kind == AccountKind.TRUST}
    titles = {**trust, BILLS: _("Bills and payments")}
    sections = {
        number: _section(number, title, pages[number], known, (whose, public_id))
        for number, title in titles.items()
        if number in pages
    }
    return {
        "figures": _figures(session, whose, kept, by_echeck.on_hold_cents),
        "holds": staff_holds.told(by_echeck),
        "part": movements.something_closed(session, whose),
        "trust": [sections[number] for number in trust if number in sections],
        "bills": sections.get(BILLS),
        "turned": sections.get(cursor.place.section) if cursor is not None else None,
        "cut_off": request.args.get("page") and cursor is None,
    }


def _section(
    number: int, title: str, page: Page[Movement], known: Named, at: tuple[Whose, str]
) -> Section:
    trust = number != BILLS
    return Section(
        id=f"ledger-{number}" if trust else "ledger-bills",
        title=title,
        trust=trust,
        rows=[_row(row, known, trust=trust) for row in page.rows],
        newer_url=_address(statement.newer(page), *at),
        older_url=_address(statement.older(page), *at),
    )


def _address(cursor: Cursor | None, whose: Whose, public_id: str) -> str | None:
    if cursor is None:
        return None
    endpoint = ".contact_ledger" if whose.matter_id is None else ".matter_ledger"
    return url_for(endpoint, public_id=public_id, page=cursor.sign(whose))


def _row(row: Movement, known: Named, *, trust: bool) -> dict[str, Any]:
    move, after = row.move, row.after
    balances = (after.held_cents,) if trust else (after.owed_cents, after.credit_cents)
    return {
        "at": move.at,
        "told": telling.tell(move, known),
        "amount": money(move.change.held_cents if trust else move.amount_cents),
        "balances": [money(cents) for cents in balances],
    }


def _figures_now(session: Session, whose: Whose) -> list[dict[str, Any]]:
    kept = movements.kept(session, whose)
    on_hold_cents = staff_holds.seen(session, whose, kept).on_hold_cents
    return _figures(session, whose, kept, on_hold_cents)


def _figures(
    session: Session, whose: Whose, kept: dict[int, Kept], on_hold_cents: int
) -> list[dict[str, Any]]:
    """Held in trust (and what of it is available, where not all is), credit, owed and overdue, as
    the ledger and the bills keep them."""
    now = sum((one.standing for one in kept.values()), Standing())
    leaving = sum(one.leaving_cents for one in kept.values())
    late = statement.overdue_cents(session, whose, g.brand.today)
    figures = [("held", _("Held in trust"), now.held_cents)]
    if leaving or on_hold_cents:
        left = now.held_cents - leaving - on_hold_cents
        figures.append(("available", _("Available in trust"), left))
    if on_hold_cents:
        figures.append(("on-hold", _("On hold in trust"), on_hold_cents))
    if leaving:
        figures.append(("leaving", _("Set aside for a refund"), leaving))
    figures += [
        ("credit", _("Credit"), now.credit_cents),
        ("owed", _("Owed"), now.owed_cents),
        ("overdue", _("Overdue"), late),
    ]
    return [
        {"id": name, "label": label, "amount": money(cents), "bad": name == "overdue" and cents > 0}
        for name, label, cents in figures
    ]
