"""Matters: the list, one of them, and the form to open or edit one."""

from functools import partial
from typing import Any, cast

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients import access, actions, listing, numbering, queries, tabs
from portal.clients.access import closed_to
from portal.clients.choosing import Choice
from portal.clients.details import MatterDetails, Problems, checked_matter
from portal.clients.filters import NOBODY, MatterFilters
from portal.clients.forms import MatterForm, status_options
from portal.clients.models import Matter, MatterStatus
from portal.clients.queries import CONTACT
from portal.clients.restricting import group_options, way_options
from portal.clients.staff_lists import import_url
from portal.core import db
from portal.core.errors import Invalid
from portal.firm import queries as firm_queries
from portal.firm.brand import brand
from portal.firm.models import Group, User
from portal.web import lists
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import list_or_fragment, wants_fragment
from portal.web.pagination import TOP
from portal.web.permissions import EXPORT_BOOKS, KEEP_CLIENTS, LOOK, RESTRICT_MATTERS

blueprint = staff_blueprint("matters", __name__)


@blueprint.get("/matters", needs=LOOK)
def index() -> Response:
    """The matters that fit the filters of the address, newest first (FEATURES X2)."""
    with db.read() as session:
        g.brand = brand(session)
        users = firm_queries.users(session)
        filters = MatterFilters.read(request.args, users)
        found = listing.find_matters(
            session,
            closed_to(session, current_user),
            typed=filters.typed,
            status=filters.status,
            responsible_id=filters.responsible_id,
            place=filters.place,
        )
    return list_or_fragment(
        "clients/staff_matters.html",
        "clients/_matters.html",
        _address(filters, after=filters.place.after, before=filters.place.before),
        filters=filters,
        found=found,
        responsible_options=[
            {"value": "", "label": _("Everybody")},
            *({"value": user.public_id, "label": user.name} for user in users),
            {"value": NOBODY, "label": _("Nobody yet")},
        ],
        tabs=_statuses(filters),
        pages=lists.places(found.page, partial(_address, filters)),
        count_words=lists.count_words(
            found.count,
            len(found.page.rows),
            lambda count: ngettext("%(num)s matter", "%(num)s matters", count),
        ),
        import_url=import_url("matters"),
        export_url=url_for("client_exports.matters", **cast(Any, filters.query()))
        if current_user.may(EXPORT_BOOKS)
        else None,
        turned=filters.place != TOP,
    )


def _address(filters: MatterFilters, **changed: str | int | None) -> str:
    return url_for("matters.index", **cast(Any, filters.query(**changed)))


def _statuses(filters: MatterFilters) -> list[dict[str, Any]]:
    names = [(None, _("All")), (MatterStatus.OPEN, _("Open"))]
    names += [(MatterStatus.PENDING, _("Pending")), (MatterStatus.CLOSED, _("Closed"))]
    return lists.tabs(names, filters.status, lambda status: _address(filters, status=status))


@blueprint.get("/matters/new", needs=KEEP_CLIENTS)
def new() -> str:
    """The form of a new matter, its number proposed; `client` may name its client."""
    with db.read() as session:
        client = Choice()
        if asked := request.args.get("client"):
            closed = closed_to(session, current_user)
            chosen = queries.option(session, f"{CONTACT}:{asked}", closed)
            client = Choice(chosen, chosen.label)
        return _form(session, MatterForm(numbering.next_matter_number(session), client=client))


@blueprint.post("/matters/new", needs=KEEP_CLIENTS)
def add() -> AnyResponse | str:
    """Open a matter."""
    with db.read() as session:
        form = MatterForm.read(session, request.form, closed_to(session, current_user))
        if form.unsaved:
            return _form(session, form, errors=form.shown_errors(request.form))
        details, errors = form.details(_users(session, None), _groups(session, None))
    try:
        _refuse(details, errors)
        with db.transaction() as session:
            matter = actions.add_matter(session, details, by=current_user.actor)
    except Invalid as wrong:
        return _again(form, wrong)
    flash(_("The matter was added."))
    return redirect(url_for("matters.show", public_id=matter.public_id), 303)


@blueprint.get("/matters/<public_id>", needs=LOOK)
def show(public_id: str) -> str:
    """One matter: whose it is, who works on it, and who else has to do with it."""
    with db.read() as session:
        g.brand = brand(session)
        matter = queries.matter(session, public_id, closed_to(session, current_user))
        related = queries.related_to(session, matter.id)
        groups = access.groups_of(session, matter.id)
        client = queries.contact_by_id(session, matter.client_id)
    return render_template(
        "clients/staff_matter.html",
        **tabs.matter_frame(matter),
        related=related,
        groups=groups,
        client=client,
        panels=tabs.matter_panels(),
    )


@blueprint.get("/matters/<public_id>/edit", needs=KEEP_CLIENTS)
def edit(public_id: str) -> str:
    """The form of a matter as it stands."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        matter = queries.matter(session, public_id, closed)
        return _form(session, MatterForm.of(session, matter, closed), matter)


@blueprint.post("/matters/<public_id>/edit", needs=KEEP_CLIENTS)
def save(public_id: str) -> AnyResponse | str:
    """Keep what was changed on a matter, unless somebody changed it since the form was drawn."""
    with db.read() as session:
        closed = closed_to(session, current_user)
        matter = queries.matter(session, public_id, closed)
        client = MatterForm.of(session, matter, closed).client
        form = MatterForm.read(session, request.form, closed, client)
        if form.unsaved:
            return _form(session, form, matter, form.shown_errors(request.form))
        details, errors = form.details(_users(session, matter), _groups(session, matter))
    try:
        _refuse(details, errors)
        with db.transaction() as session:
            stored = queries.matter(session, public_id, closed_to(session, current_user))
            actions.edit_matter(session, stored, details, by=current_user.actor, shown=form.shown)
    except Invalid as wrong:
        return _again(form, wrong, matter)
    flash(_("The matter was saved."))
    return redirect(url_for("matters.show", public_id=public_id), 303)


def _refuse(details: MatterDetails, errors: dict[str, str]) -> None:
    """Raise `Problems` where something was not understood, with all else that is wrong."""
    if not errors:
        return
    try:
        checked_matter(details)
    except Problems as wrong:
        raise Problems({**wrong.errors, **errors}) from wrong
    raise Problems(errors)


_FORM_ORDER = (
    *("client", "name", "number", "matter-status", "responsible", "opened_on"),
    *("open_to", "group"),
)


def _in_form_order(errors: dict[str, str]) -> dict[str, str]:
    """The summary of errors reads as the form does; rows of others come after the rest."""
    last = len(_FORM_ORDER)
    return dict(
        sorted(
            errors.items(),
            key=lambda one: _FORM_ORDER.index(one[0]) if one[0] in _FORM_ORDER else last,
        )
    )


def _again(form: MatterForm, wrong: Invalid, matter: Matter | None = None) -> Response:
    errors = wrong.errors if isinstance(wrong, Problems) else {str(wrong.field): str(wrong)}
    with db.read() as session:
        if matter is not None:  # closed to the user meanwhile: not found, as anywhere else
            matter = queries.matter(session, matter.public_id, closed_to(session, current_user))
        return make_response(_form(session, form, matter, errors), 422)


def _users(session: Session, matter: Matter | None) -> list[User]:
    """Who can be responsible: everybody who works here, and whoever is so already."""
    kept = matter.responsible_id if matter else None
    users = firm_queries.users(session)
    return [user for user in users if user.disabled_at is None or user.id == kept]


def _groups(session: Session, matter: Matter | None) -> list[Group] | None:
    """The groups that a user who may restrict matters chooses from; None for anybody else."""
    if not current_user.may(RESTRICT_MATTERS):
        return None
    chosen = access.groups_of(session, matter.id) if matter else ()
    return access.groups_to_choose(session, (group.id for group in chosen))


def _form(
    session: Session,
    form: MatterForm,
    matter: Matter | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    template = "clients/_matter_form.html" if wants_fragment() else "clients/staff_matter_form.html"
    users = [{"value": user.public_id, "label": user.name} for user in _users(session, matter)]
    place = {"public_id": matter.public_id} if matter else {}
    groups = _groups(session, matter)
    return render_template(
        template,
        form=form,
        matter=matter,
        errors=_in_form_order(errors or {}),
        statuses=status_options(),
        users=[{"value": "", "label": _("Nobody yet")}, *users],
        ways=way_options(),
        groups=None if groups is None else group_options(groups),
        restricted_to=access.groups_of(session, matter.id) if matter else [],
        action=url_for("matters.save" if matter else "matters.add", **cast(Any, place)),
        back_url=url_for("matters.show" if matter else "matters.index", **cast(Any, place)),
    )
