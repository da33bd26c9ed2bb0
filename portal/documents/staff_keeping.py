"""New folders, other names, other places."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients import queries as clients
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.documents import keeping, queries
from portal.documents.forms import public_id_in
from portal.documents.keeping import Change
from portal.documents.models import Folder
from portal.documents.staff_tasks import (
    Find,
    What,
    blueprint,
    list_url,
    matter_of,
    me,
    on_both,
    place_of,
    task,
    url_of,
)
from portal.documents.visible import visible
from portal.web.permissions import PORTALS


@blueprint.get("/matters/<public_id>/folders/new", needs=PORTALS)
def new_folder(public_id: str) -> Response:
    """Ask for the name of a new folder; `folder` names the one that it is to lie in."""
    with db.read() as session:
        matter, into = _matter_and_folder(session, public_id)
    return _folder_form(matter, into, "")


@blueprint.post("/matters/<public_id>/folders/new", needs=PORTALS)
def make_folder(public_id: str) -> AnyResponse:
    """**New folder**."""
    typed = request.form.get("name", "")
    try:
        with db.transaction() as session:
            matter, into = _matter_and_folder(session, public_id)
            by = me()
            made = keeping.make_folder(session, matter, name=typed, into=into, by=by)
    except (Invalid, Conflict) as wrong:
        with db.read() as session:
            matter, into = _matter_and_folder(session, public_id)
        return _folder_form(matter, into, typed, 422, {"name": str(wrong)})
    flash(_("The folder “%(name)s” was made.", name=made.name))
    return redirect(list_url(matter, made), 303)


def _matter_and_folder(session: Session, public_id: str) -> tuple[Matter, Folder | None]:
    matter = clients.matter(session, public_id, closed_to(session, current_user))
    return matter, _folder_named(session, "folder", matter.id)


def _folder_named(session: Session, field: str, matter_id: int) -> Folder | None:
    """The folder of this matter that the request names; None where the field is empty. Raises
    `Missing` for any other."""
    if not request.values.get(field):
        return None
    asked = public_id_in(request.values, field)
    folder = queries.folder(session, asked, closed_to(session, current_user))
    return queries.in_matter(folder, matter_id)


def _folder_form(
    matter: Matter,
    into: Folder | None,
    typed: str,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    return task(
        "documents/_new_folder.html",
        _("New folder"),
        list_url(matter, into),
        status,
        errors=errors,
        matter=matter,
        into=into,
        typed=typed,
    )


@on_both(blueprint, "GET", "name", ("document_name", "folder_name"))
def ask_name(find: Find) -> Response:
    """Ask for another name."""
    with db.read() as session:
        what = find(session)
        return _name_form(session, what, what.name)


@on_both(blueprint, "POST", "name", ("rename_document", "rename_folder"))
def rename(find: Find) -> AnyResponse:
    """**Rename** a document or folder, for its clients too."""
    typed = request.form.get("name", "")
    try:
        with db.transaction() as session:
            what, by = find(session), me()
            if isinstance(what, Folder):
                keeping.rename_folder(session, what, name=typed, by=by)
                return _done(session, what, _("The folder was renamed."))
            keeping.rename_document(session, what, name=typed, by=by)
            return _done(session, what, _("The document was renamed."))
    except (Invalid, Conflict) as wrong:
        with db.read() as session:
            return _name_form(session, find(session), typed, str(wrong))


def _name_form(session: Session, what: What, typed: str, wrong: str = "") -> Response:
    matter = matter_of(session, what)
    return task(
        "documents/_rename.html",
        _("Rename “%(name)s”", name=what.name),
        url_of(what, matter),
        422 if wrong else 200,
        errors={"name": wrong} if wrong else None,
        what=what,
        is_folder=isinstance(what, Folder),
        typed=typed,
        seen=_clients_see(session, what),
    )


def _clients_see(session: Session, what: What) -> bool:
    shown = visible(session, what.matter_id)
    return shown.shows_folder(what.id) if isinstance(what, Folder) else shown.shows_document(what)


@on_both(blueprint, "GET", "place", ("document_place", "folder_place"))
def ask_place(find: Find) -> Response:
    """Ask where it is to lie."""
    with db.read() as session:
        return _place_form(session, find(session))


@on_both(blueprint, "POST", "place", ("move_document", "move_folder"))
def move(find: Find) -> AnyResponse:
    """**Move** a document, or a folder with all that lies in it."""
    with db.transaction() as session:
        return _move(session, find(session))


def _move(session: Session, what: What) -> AnyResponse:
    """Move it there; where that begins or ends what clients see, only once that was confirmed."""
    if "into" not in request.form:
        errors = {"into": _("Choose where it is to lie.")}
        return _place_form(session, what, errors=errors, status=422)
    into = _folder_named(session, "into", what.matter_id)
    change = keeping.change_by_moving(session, what, into)
    if change is not Change.NONE and request.form.get("agreed") != change:
        return _place_form(session, what, into=into, change=change, status=422)
    try:
        by = me()
        keeping.move(session, what, into=into, by=by, expected=change)
    except (Invalid, Conflict) as wrong:
        return _place_form(session, what, into=into, errors={"into": str(wrong)}, status=422)
    return _done(session, what, _("“%(name)s” was moved.", name=what.name))


def _place_form(
    session: Session,
    what: What,
    *,
    into: Folder | None = None,
    change: Change = Change.NONE,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    matter, folders = matter_of(session, what), queries.folders_of(session, what.matter_id)
    shown = visible(session, what.matter_id)
    left_out: set[int] = set()
    if isinstance(what, Folder):
        left_out = queries.inside(folders, what.id)
    here = place_of(what)
    options = [{"value": "", "label": _("Documents (no folder)"), "disabled": here is None}]
    paths = {one: queries.path_to(folders, one) for one in folders if one not in left_out}
    for one, path in sorted(paths.items(), key=lambda item: [up.name_key for up in item[1]]):
        label = " / ".join(up.name for up in path)
        if shown.shows_folder(one):
            label = _("%(folder)s (clients see it)", folder=label)
        chosen: dict[str, Any] = {"value": folders[one].public_id, "label": label}
        options.append({**chosen, "disabled": one == here})
    return task(
        "documents/_move.html",
        _("Move “%(name)s”", name=what.name),
        url_of(what, matter),
        status,
        errors=errors,
        what=what,
        is_folder=isinstance(what, Folder),
        options=options,
        chosen=into.public_id if into else "",
        into=into,
        change=change,
    )


def _done(session: Session, what: What, told: str) -> AnyResponse:
    flash(told)
    if isinstance(what, Folder):
        return redirect(url_for("documents.folder", public_id=what.public_id), 303)
    return redirect(url_of(what, matter_of(session, what)), 303)
