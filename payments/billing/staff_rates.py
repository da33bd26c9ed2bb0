"""The tab **Billing rates** of a contact and of a matter (FEATURES N8)."""

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import rates
from payments.billing.staff_shown import blueprint
from payments.money.amounts import NotAnAmount, parse_cents
from portal.clients.access import closed_to
from portal.clients.models import Contact, Matter
from portal.clients.queries import contact, contact_by_id, matter
from portal.clients.tabs import contact_frame, matter_frame
from portal.core import db
from portal.core.errors import Invalid
from portal.firm.brand import brand
from portal.web import language
from portal.web.asked import words
from portal.web.permissions import LOOK, SET_RATES

CONTACT_RATES, MATTER_RATES = "bills.rates_of_contact", "bills.rates_of_matter"
OF_CONTACT = "/contacts/<public_id>/billing-rates"
OF_MATTER = "/matters/<public_id>/billing-rates"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed to set a rate: who was searched for, who was chosen, dollars an hour."""

    search: str = ""
    payee: str = ""
    hour: str = ""


@blueprint.get(OF_CONTACT, needs=LOOK)
def rates_of_contact(public_id: str) -> Response:
    """The rates of one client, which count in all of their matters."""
    with db.read() as session:
        return _draw(session, contact(session, public_id), _searched())


@blueprint.get(OF_MATTER, needs=LOOK)
def rates_of_matter(public_id: str) -> Response:
    """The rates of one matter, and those that it has from its client."""
    with db.read() as session:
        return _draw(session, _matter(session, public_id), _searched())


@blueprint.post(OF_CONTACT, needs=SET_RATES)
def set_rate_of_contact(public_id: str) -> AnyResponse:
    """**Save rate** for a client."""
    with db.read() as session:
        return _set(contact(session, public_id), CONTACT_RATES)


@blueprint.post(OF_MATTER, needs=SET_RATES)
def set_rate_of_matter(public_id: str) -> AnyResponse:
    """**Save rate** in a matter."""
    with db.read() as session:
        return _set(_matter(session, public_id), MATTER_RATES)


@blueprint.post(f"{OF_CONTACT}/<rate_id>/removal", needs=SET_RATES)
def remove_rate_of_contact(public_id: str, rate_id: str) -> AnyResponse:
    """**Remove** a rate of a client."""
    with db.transaction() as session:
        of = contact(session, public_id)
        rates.remove_rate(session, of, rate_id, by=current_user.actor)
    return _done(_("The billing rate was removed."), CONTACT_RATES, public_id)


@blueprint.post(f"{OF_MATTER}/<rate_id>/removal", needs=SET_RATES)
def remove_rate_of_matter(public_id: str, rate_id: str) -> AnyResponse:
    """**Remove** a rate of a matter."""
    with db.transaction() as session:
        of = _matter(session, public_id)
        rates.remove_rate(session, of, rate_id, by=current_user.actor)
    return _done(_("The billing rate was removed."), MATTER_RATES, public_id)


def _matter(session: Session, public_id: str) -> Matter:
    return matter(session, public_id, closed_to(session, current_user))


def _searched() -> Typed:
    return Typed(search=words(request.values, "q"))


def _set(of: Contact | Matter, endpoint: str) -> AnyResponse:
    typed = Typed(*(words(request.values, name) for name in ("q", "payee", "hour")))
    try:
        cents = parse_cents(typed.hour, language.current())
        with db.transaction() as session:
            rates.set_rate(session, of, typed.payee, cents, by=current_user.actor)
    except NotAnAmount:
        return _again(of, typed, Invalid(_("Enter an amount like 250.00."), "hour"))
    except Invalid as wrong:
        return _again(of, typed, wrong)
    return _done(_("The billing rate was saved."), endpoint, of.public_id)


def _again(of: Contact | Matter, typed: Typed, wrong: Invalid) -> Response:
    with db.read() as session:
        return _draw(session, of, typed, {wrong.field or "payee": str(wrong)})


def _done(told: str, endpoint: str, public_id: str) -> AnyResponse:
    flash(told)
    return redirect(url_for(endpoint, public_id=public_id), 303)


def _draw(
    session: Session, of: Contact | Matter, typed: Typed, errors: dict[str, str] | None = None
) -> Response:
    g.brand = brand(session)
    may_set = current_user.may(SET_RATES)
    of_matter = isinstance(of, Matter)
    context: dict[str, Any] = {
        "rates": rates.rates_of(session, of),
        "from_client": rates.rates_of(session, contact_by_id(session, of.client_id))
        if of_matter
        else [],
        "choices": rates.to_choose(session, typed.search) if may_set else [],
        "typed": typed,
        "errors": errors or {},
        "may_set": may_set,
        "currency": g.brand.currency,
        "here": url_for(MATTER_RATES if of_matter else CONTACT_RATES, public_id=of.public_id),
        "removal": f"bills.remove_rate_of_{'matter' if of_matter else 'contact'}",
        **(matter_frame(of) if of_matter else contact_frame(of)),
    }
    page = f"billing/staff_{'matter' if of_matter else 'contact'}_rates.html"
    return make_response(render_template(page, **context), 422 if errors else 200)
