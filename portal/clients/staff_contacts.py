"""Contacts: the list, one of them, and the form to add or edit one."""

from functools import partial
from typing import Any, cast

from babel import Locale
from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients import actions, email_uses, listing, queries, tabs
from portal.clients.access import closed_to
from portal.clients.details import COUNTRIES, LANGUAGES, ContactDetails, Problems
from portal.clients.email_uses import EmailUse
from portal.clients.filters import ContactFilters
from portal.clients.forms import ContactForm, kind_options
from portal.clients.models import Contact, ContactKind
from portal.clients.staff_lists import import_url
from portal.core import db
from portal.firm.actions import OFFERED
from portal.firm.brand import brand
from portal.firm.models import Country
from portal.firm.queries import firm
from portal.web import language, lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import list_or_fragment, wants_fragment
from portal.web.pagination import TOP
from portal.web.permissions import EXPORT_BOOKS, KEEP_CLIENTS, LOOK

MATTERS_MAX = 25  # on a contact's overview; the list of Matters has the rest

blueprint = staff_blueprint("contacts", __name__)


@blueprint.get("/contacts", needs=LOOK)
def index() -> Response:
    """The contacts that fit the filters of the address, by name (FEATURES X2)."""
    filters = ContactFilters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        found = listing.find_contacts(
            session, typed=filters.typed, kind=filters.kind, place=filters.place
        )
        closed = closed_to(session, current_user)
        counts = listing.open_matters(session, (row.id for row in found.page.rows), closed)
    return list_or_fragment(
        "clients/staff_contacts.html",
        "clients/_contacts.html",
        _address(filters, after=filters.place.after, before=filters.place.before),
        filters=filters,
        found=found,
        counts=counts,
        tabs=_kinds(filters),
        pages=lists.places(found.page, partial(_address, filters)),
        count_words=lists.count_words(
            found.count,
            len(found.page.rows),
            lambda count: ngettext("%(num)s contact", "%(num)s contacts", count),
        ),
        import_url=import_url("contacts"),
        export_url=url_for("client_exports.contacts", **cast(Any, filters.query()))
        if current_user.may(EXPORT_BOOKS)
        else None,
        turned=filters.place != TOP,
    )


def _address(filters: ContactFilters, **changed: str | int | None) -> str:
    return url_for("contacts.index", **cast(Any, filters.query(**changed)))


def _kinds(filters: ContactFilters) -> list[dict[str, Any]]:
    names = [(None, _("All")), (ContactKind.PERSON, _("People"))]
    names.append((ContactKind.COMPANY, _("Companies")))
    return lists.tabs(names, filters.kind, lambda kind: _address(filters, kind=kind))


@blueprint.get("/contacts/new", needs=KEEP_CLIENTS)
def new() -> str:
    """The empty form of a new contact."""
    return _form(ContactForm.of(ContactDetails("")))


@blueprint.post("/contacts/new", needs=KEEP_CLIENTS)
def add() -> AnyResponse | str:
    """Keep a new contact."""
    form = ContactForm.read(request.form, _country())
    if form.changed_rows:
        return _form(form)
    try:
        with db.transaction() as session:
            contact = actions.add_contact(session, form.details, by=current_user.actor)
    except Problems as wrong:
        return make_response(_form(form, errors=wrong.errors), 422)
    flash(_("The contact was added."))
    return redirect(url_for("contacts.show", public_id=contact.public_id), 303)


@blueprint.get("/contacts/<public_id>", needs=LOOK)
def show(public_id: str) -> str:
    """One contact: how to reach them, their matters, and the matters that they play a part in."""
    with db.read() as session:
        g.brand = brand(session)
        contact = queries.contact(session, public_id)
        closed = closed_to(session, current_user)
        matters, more_matters = listing.some_matters(session, contact.id, closed, MATTERS_MAX)
        parts = queries.parts_in_matters(session, contact.id, closed, most=MATTERS_MAX)
    return render_template(
        "clients/staff_contact.html",
        **tabs.contact_frame(contact),
        matters=matters,
        more_matters=more_matters,
        parts=parts,
        countries=_countries(),
        languages=_language_names(),
        panels=tabs.contact_panels(),
    )


@blueprint.get("/contacts/<public_id>/edit", needs=KEEP_CLIENTS)
def edit(public_id: str) -> str:
    """The form of a contact as it stands."""
    contact = _contact(public_id)
    return _form(ContactForm.of(actions.details_of(contact)), contact)


@blueprint.post("/contacts/<public_id>/edit", needs=KEEP_CLIENTS)
def save(public_id: str) -> AnyResponse | str:
    """Keep what was changed on a contact."""
    form = ContactForm.read(request.form, _country())
    if form.changed_rows:
        return _form(form, _contact(public_id))
    try:
        with db.transaction() as session:
            contact = queries.contact(session, public_id)
            before = email_uses.uses(session, contact)
            actions.edit_contact(session, contact, form.details, by=current_user.actor)
            lost = email_uses.lost(session, contact, before)
    except Problems as wrong:
        return make_response(_form(form, _contact(public_id), wrong.errors), 422)
    for sentence in (_("The contact was saved."), *lost):
        flash(sentence)
    return redirect(url_for("contacts.show", public_id=public_id), 303)


def _contact(public_id: str, session: Session | None = None) -> Contact:
    if session is None:
        with db.read() as reading:
            return _contact(public_id, reading)
    return queries.contact(session, public_id)


def _form(
    form: ContactForm, contact: Contact | None = None, errors: dict[str, str] | None = None
) -> str:
    template = (
        "clients/_contact_form.html" if wants_fragment() else "clients/staff_contact_form.html"
    )
    return render_template(
        template,
        form=form,
        contact=contact,
        errors=errors or {},
        kinds=kind_options(),
        languages=_languages(form.details.language),
        countries=[{"value": code, "label": name} for code, name in _countries().items()],
        email_uses=_email_uses(contact),
        action=url_for("contacts.save", public_id=contact.public_id)
        if contact
        else url_for("contacts.add"),
        back_url=url_for("contacts.show", public_id=contact.public_id)
        if contact
        else url_for("contacts.index"),
    )


def _email_uses(contact: Contact | None) -> list[EmailUse]:
    if contact is None:
        return []
    with db.read() as session:
        return email_uses.uses(session, contact)


def _languages(kept: str | None) -> list[dict[str, str]]:
    """The languages to choose from: English as the firm's country spells it, French, Spanish; and
    the one that stands already."""
    offered = [*OFFERED[Country(_country())], *([kept] if kept in LANGUAGES else [])]
    names = _language_names()
    chosen = [{"value": code, "label": names[code]} for code in dict.fromkeys(offered)]
    return [{"value": "", "label": _("Not known")}, *chosen]


def _language_names() -> dict[str, str]:
    """Each language by its own name, so that its reader knows it."""
    return {
        "en_US": "English",
        "en_CA": "English",
        "fr_CA": "Français (Canada)",
        "es_US": "Español (Estados Unidos)",
    }


def _country() -> str:
    with db.read() as session:
        settings = firm(session)
    return settings.country if settings else "US"


def _countries() -> dict[str, str]:
    """The countries by code, in the order of their names: ours and our neighbour's first."""
    names = Locale.parse(language.current()).territories
    ordered = sorted(COUNTRIES, key=lambda code: (code not in {"US", "CA"}, str(names[code])))
    return {code: str(names[code]) for code in ordered}
