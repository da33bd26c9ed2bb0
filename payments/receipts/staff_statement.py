"""A client's statement over a period, for staff: to read and print, and to save as PDF."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from payments.billing.paper import Document
from payments.billing.pdf import drawn
from payments.receipts.account_statement import Period, statement_document
from payments.receipts.movements import Whose
from payments.receipts.staff_shown import blueprint
from portal.clients.access import closed_to
from portal.clients.models import Contact
from portal.clients.queries import contact
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.brand import brand
from portal.web import language
from portal.web.downloads import pdf_answer
from portal.web.language import Choice
from portal.web.permissions import LOOK

YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Typed:
    """The days as they stand in the address."""

    first: str
    last: str

    def period(self) -> Period:
        """The period. Raises `Invalid` beside the day that is wrong."""
        first, last = _day(self.first, "from"), _day(self.last, "to")
        if first > last:
            raise Invalid(_("The first day must not be after the last."), "from")
        return Period(first, last)


@blueprint.get("/contacts/<public_id>/statement", needs=LOOK)
def client_statement(public_id: str) -> Response:
    """The statement of a client for the days of the address: by default this year until today."""
    return _answer(public_id, pdf=False)


@blueprint.get("/contacts/<public_id>/statement.pdf", needs=LOOK)
def client_statement_pdf(public_id: str) -> Response:
    """The same as PDF; with days that cannot be used, the page that says so."""
    return _answer(public_id, pdf=True)


def _answer(public_id: str, *, pdf: bool) -> Response:
    with db.read() as session:
        g.brand = brand(session)
        client = contact(session, public_id)
        typed, reader = _typed(request.args), _language(client)
        try:
            document = _document(session, client, typed, reader)
        except Invalid as problem:
            return _page(client, typed, reader, problem=problem)
        if pdf:
            return pdf_answer(document.filename, drawn(session, document))
    return _page(client, typed, reader, document)


def _document(session: Session, client: Contact, typed: Typed, reader: str) -> Document:
    whose = Whose(client.id, None, closed_to(session, current_user))
    period = typed.period()
    currency = g.brand.currency
    return statement_document(session, whose, period, language=reader, currency=currency)


def _typed(args: MultiDict[str, str]) -> Typed:
    day = g.brand.today
    first = args.get("from", day.replace(month=1, day=1).isoformat())
    return Typed(first.strip()[:20], args.get("to", day.isoformat()).strip()[:20])


def _day(typed: str, field: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid(_("Enter the day like 2026-05-31."), field) from None
    if day.year not in YEARS:
        raise Invalid(_("Enter a day between 2000 and 2100."), field)
    return day


def _language(client: Contact) -> str:
    offered = g.brand.languages
    wanted = language.offered_as(request.args.get(language.PARAMETER, ""), offered)
    return wanted or language.offered_as(client.language or "", offered) or g.brand.locale


def _page(
    client: Contact,
    typed: Typed,
    reader: str,
    document: Document | None = None,
    problem: Invalid | None = None,
) -> Response:
    days = {"from": typed.first, "to": typed.last, "lang": reader[:2]}
    page = render_template(
        "receipts/staff_statement.html",
        document=document,
        client=client,
        typed=typed,
        errors={problem.field: str(problem)} if problem is not None else {},
        language=reader[:2],
        back_url=url_for("bills.of_contact", public_id=client.public_id),
        back_label=_("Back"),
        pdf_url=url_for(".client_statement_pdf", public_id=client.public_id, **cast(Any, days)),
        languages=_choices(client, days, reader),
    )
    return make_response(page, problem.status if problem is not None else 200)


def _choices(client: Contact, days: dict[str, str], now: str) -> list[Choice]:
    offered: tuple[str, ...] = g.brand.languages if len(g.brand.languages) > 1 else ()
    found: list[Choice] = []
    for one in offered:
        there = days | {"lang": one[:2]}
        url = url_for(".client_statement", public_id=client.public_id, **cast(Any, there))
        found.append(Choice(language.NAMES[one[:2]], language.tag(one), url, one == now))
    return found
