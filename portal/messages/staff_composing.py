"""What staff are writing: the draft, and **Attach a document** (FEATURES C2, C3)."""

from dataclasses import asdict

from flask import Response, make_response, redirect, url_for
from flask_login import current_user
from htmx_flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db
from portal.documents import listing
from portal.documents.listing import Cursor, Shelf, Wanted
from portal.documents.models import Folder
from portal.documents.queries import folder as folder_of
from portal.documents.queries import folders_of, in_matter, path_to
from portal.messages import drafts, shown
from portal.messages.forms import Written
from portal.messages.staff_shown import (
    PORTAL,
    SIDE,
    blueprint,
    find,
    me,
    part,
    to_the_page,
    view_of,
)
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import PORTALS


@blueprint.post(f"{PORTAL}/draft", needs=PORTALS)
def keep_draft(public_id: str) -> AnyResponse:
    """Keep what is typed so far, as the page does a second after typing; without script on the way
    to **Attach a document**."""
    written = Written.read(request.form)
    with db.transaction() as session:
        matter = find(session, public_id)
        drafts.keep(session, matter.id, by=me(), **asdict(written))
    if wants_fragment():
        return make_response("", 204)
    return redirect(url_for("staff_messages.choose", public_id=public_id), 303)


@blueprint.get(f"{PORTAL}/attachment", needs=PORTALS)
def choose(public_id: str) -> Response:
    """What can be attached: a file from the device, or what lies in the matter."""
    with db.read() as session:
        matter = find(session, public_id)
        view_of(session, matter)
        typed = request.args.get("q", "").strip()[:200]
        folder = _folder(session, matter)
        folders = folders_of(session, matter.id)
        shelf = _shelf(session, matter, folder, typed)
    return page_or_fragment(
        "messages/staff_attach.html",
        "messages/_attach_list.html" if _searches() else "messages/_attach_task.html",
        **SIDE,
        matter=matter,
        typed=typed,
        folder=folder,
        path=path_to(folders, folder.id if folder else None),
        shelf=shelf,
    )


def _searches() -> bool:
    return request.htmx.target == "attach-list"


def _folder(session: Session, matter: Matter) -> Folder | None:
    asked = request.args.get("folder")
    if not asked:
        return None
    return in_matter(folder_of(session, asked, closed_to(session, current_user)), matter.id)


def _shelf(session: Session, matter: Matter, folder: Folder | None, typed: str) -> Shelf:
    after = Cursor.read(request.args.get("after") or "-")
    if typed:
        return listing.named(session, matter.id, typed, Wanted(after=after))
    return listing.in_folder(session, matter.id, folder.id if folder else None, Wanted(after=after))


@blueprint.post(f"{PORTAL}/attachment", needs=PORTALS)
def attach(public_id: str) -> AnyResponse:
    """Keep what is to be sent with the message, or take it off (`detach`)."""
    keys = [] if "detach" in request.form else request.form.getlist("attachment")
    with db.transaction() as session:
        matter = find(session, public_id)
        problem = drafts.attach(session, matter.id, by=me(), keys=keys)
    if not wants_fragment():
        return to_the_page(public_id)
    with db.read() as session:
        context = shown.composer(session, view_of(session, matter))
    return part("messages/_attached_now.html", matter, **context, problem=problem)
