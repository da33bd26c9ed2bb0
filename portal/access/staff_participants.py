"""A portal's **Participants**: who takes part; adding, removing, inviting (FEATURES C14, C15)."""

from typing import Any, cast

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from portal.access import actions, queries
from portal.access.adding import FIELD, add, candidates, shut_out
from portal.access.frame import portal_frame
from portal.access.inviting import send_new_invitation
from portal.access.models import Participant
from portal.access.states import first_invited, standings
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.clients.queries import matter, related_to
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from portal.feed.people import Person, person_of_user
from portal.firm.brand import brand
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import PORTALS

PARTICIPANTS = "/matters/<public_id>/portal/participants"
ONE = f"{PARTICIPANTS}/<participant>"

blueprint = staff_blueprint("participants", __name__)


@blueprint.get(PARTICIPANTS, needs=PORTALS)
def index(public_id: str) -> str:
    """Who takes part, each client with the address used and how far their joining has come."""
    with db.read() as session:
        found = _matter(session, public_id)
        portal = queries.portal_of(session, found.id)
        everybody = queries.participants(session, found.id)
        clients = [one for one in everybody if one.contact is not None]
        people = [one for one in everybody if one.user is not None]
        parts = {row.contact_id: row.relation for row in related_to(session, found.id)}
        context = {
            **portal_frame(session, found, current_user),
            "portal": portal,
            "clients": clients,
            "people": people,
            "shut_out": shut_out(session, found, (one.user for one in people if one.user)),
            "parts": {**parts, found.client_id: _("Client")},
            "standings": standings(session, (one.contact for one in clients if one.contact)),
            "first_invited": None if portal else first_invited(session, found),
        }
    return render_template("access/staff_participants.html", **context)


@blueprint.get(f"{PARTICIPANTS}/new", needs=PORTALS)
def new(public_id: str) -> Response:
    """Whom to add, and what they will see (FEATURES C15)."""
    return _adding(public_id)


@blueprint.post(f"{PARTICIPANTS}/new", needs=PORTALS)
def create(public_id: str) -> AnyResponse:
    """**Add participant**."""
    chosen = request.form.get(FIELD, "")
    try:
        with db.transaction() as session:
            found = _matter(session, public_id)
            added = add(session, found, chosen, _by())
            name, is_client = _name(session, added), added.contact_id is not None
    except (Invalid, Conflict) as wrong:
        return _adding(public_id, chosen, wrong)
    if is_client:
        flash(_("%(name)s was added. The next message or share invites them.", name=name))
    else:
        flash(_("%(name)s was added.", name=name))
    return _back(public_id)


def _adding(public_id: str, chosen: str = "", wrong: Invalid | Conflict | None = None) -> Response:
    with db.read() as session:
        found = _matter(session, public_id)
        context = {
            "matter": found,
            "portal": queries.portal_of(session, found.id),
            "candidates": candidates(session, found),
            "chosen": chosen,
        }
    return _task("access/_add_participant.html", _("Add participant"), wrong, context)


@blueprint.get(f"{ONE}/remove", needs=PORTALS)
def confirm_removal(public_id: str, participant: str) -> Response:
    """Ask before somebody is removed, and say what they lose (FEATURES C14)."""
    with db.read() as session:
        found = _matter(session, public_id)
        chosen = _participant(session, found, participant)
        others = [one for one in queries.participants(session, found.id) if one.id != chosen.id]
        context = {
            "matter": found,
            "participant": chosen,
            "is_last": not any((one.user_id is None) == (chosen.user_id is None) for one in others),
            "is_self": chosen.user_id == current_user.id,
        }
    return _task("access/_remove_participant.html", _("Remove participant"), None, context)


@blueprint.post(f"{ONE}/remove", needs=PORTALS)
def remove(public_id: str, participant: str) -> AnyResponse:
    """**Remove participant**: a client's sessions end at once."""
    with db.transaction() as session:
        chosen = _participant(session, _matter(session, public_id), participant)
        name = _name(session, chosen)
        actions.remove_participant(session, chosen, _by())
    flash(_("%(name)s no longer takes part in this portal.", name=name))
    return _back(public_id)


@blueprint.post(f"{ONE}/invite", needs=PORTALS)
def invite(public_id: str, participant: str) -> AnyResponse:
    """**Send a new invitation**: the link sent before is void (FEATURES C8)."""
    try:
        with db.transaction() as session:
            chosen = _participant(session, _matter(session, public_id), participant)
            address = send_new_invitation(session, chosen, _by())
    except Conflict as refusal:
        flash(str(refusal))
        return _back(public_id)
    flash(
        _("A new invitation goes to %(address)s. The older link no longer works.", address=address)
    )
    return _back(public_id)


def _matter(session: Session, public_id: str) -> Matter:
    g.brand = brand(session)
    return matter(session, public_id, closed_to(session, current_user))


def _participant(session: Session, here: Matter, public_id: str) -> Participant:
    """One participant of this portal, removed ones too. Raises `Missing` for one of another."""
    found = session.scalar(
        select(Participant)
        .options(joinedload(Participant.contact), joinedload(Participant.user))
        .where(
            Participant.matter_id == here.id,
            Participant.public_id == public_id.replace("\0", ""),
        )
    )
    if found is None:
        raise Missing(_("There is no such participant."))
    return found


def _name(session: Session, participant: Participant) -> str:
    session.refresh(participant, ["contact", "user"])
    whose = participant.contact or participant.user
    return whose.name if whose else ""


def _by() -> Person:
    return person_of_user(cast(Any, current_user))


def _back(public_id: str) -> AnyResponse:
    return redirect(url_for("participants.index", public_id=public_id), 303)


def _task(
    body: str, label: str, wrong: Invalid | Conflict | None, context: dict[str, Any]
) -> Response:
    """One thing to do: a dialog for htmx, else a page of its own."""
    errors = {FIELD: str(wrong)} if wrong is not None else {}
    context |= {"body": body, "title": label, "errors": errors}
    context["back_url"] = url_for("participants.index", public_id=context["matter"].public_id)
    status = wrong.status if wrong else 200
    return page_or_fragment(
        "access/staff_task.html", "components/task_dialog.html", status, **context
    )
