"""**Share** and **Stop sharing**, from the matter's Documents and from **Shared resources**
(FEATURES C3, C12)."""

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.access.actions import invite_missing
from portal.clients.access import closed_to
from portal.clients.queries import matter_by_id
from portal.core import db
from portal.documents import audience, queries, sharing
from portal.documents.models import Folder, Share
from portal.documents.staff_tasks import (
    Find,
    What,
    list_url,
    matter_of,
    me,
    on_both,
    task,
    url_of,
)
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import PORTALS

PORTAL = "portal"

blueprint = staff_blueprint("shared_resources", __name__)


@on_both(blueprint, "GET", "sharing", ("confirm_document", "confirm_folder"))
def confirm(find: Find) -> Response:
    """Say who will see it before it is shared, and of a folder that what comes later is shared."""
    with db.read() as session:
        return _share_form(session, find(session))


@on_both(blueprint, "POST", "sharing", ("share_document", "share_folder"))
def share(find: Find) -> AnyResponse:
    """**Share** a document or folder of the matter with its clients."""
    with db.transaction() as session:
        return _share(session, find(session))


def _share_form(session: Session, what: What) -> Response:
    matter = matter_of(session, what)
    folders = queries.folders_of(session, matter.id)
    above = queries.path_to(folders, what.parent_id if isinstance(what, Folder) else what.folder_id)
    seen_by = next(iter(audience.folder_shares(session, matter.id, above)), None)
    return task(
        "documents/_share.html",
        _("Share “%(name)s”", name=what.name),
        url_of(what, matter),
        what=what,
        is_folder=isinstance(what, Folder),
        readers=audience.readers(session, matter),
        seen_by=folders[seen_by.folder_id].name if seen_by and seen_by.folder_id else "",
        matter=matter,
    )


def _share(session: Session, what: What) -> AnyResponse:
    matter, by = matter_of(session, what), me()
    sharing.start(session, matter, by=by, what=what)
    lacking = invite_missing(session, matter, by)
    flash(_("“%(name)s” is shared with the client.", name=what.name))
    if lacking:
        names = ", ".join(lacking)
        flash(_("No invitation went to %(names)s: add an email address first.", names=names))
    return redirect(url_of(what, matter), 303)


@blueprint.get("/shares/<public_id>/stop", needs=PORTALS)
def confirm_stop(public_id: str) -> Response:
    """Say what ends, and which other shares still show the same, before sharing is stopped."""
    with db.read() as session:
        share = queries.share(session, public_id, closed_to(session, current_user))
        folders = queries.folders_of(session, share.matter_id)
        others = sharing.also_shared(_relevant(session, share), share, folders)
        name = _name_of(session, share)
        back_url = _back_url(session, share)
    return task(
        "documents/_stop_sharing.html",
        _("Stop sharing “%(name)s”", name=name),
        back_url,
        share=share,
        name=name,
        others=others,
        folders=folders,
        from_client=share.folder is not None and share.folder.from_client,
        came_from=_came_from(),
    )


@blueprint.post("/shares/<public_id>/stop", needs=PORTALS)
def stop(public_id: str) -> AnyResponse:
    """**Stop sharing**: from the next request on it is gone for clients."""
    with db.transaction() as session:
        share = queries.share(session, public_id, closed_to(session, current_user))
        name = _name_of(session, share)
        sharing.stop(session, share, by=me(), name=name)
        folders = queries.folders_of(session, share.matter_id)
        left = sharing.also_shared(_relevant(session, share), share, folders)
        back_url = _back_url(session, share)
    flash(_("This share of “%(name)s” has ended.", name=name) if left else _gone(name))
    return redirect(back_url, 303)


def _gone(name: str) -> str:
    return _("“%(name)s” is no longer shared.", name=name)


def _relevant(session: Session, share: Share) -> list[Share]:
    """The shares that may show the same: of this document or folder, and every shared folder."""
    documents = [share.document_id] if share.document_id else []
    return list(queries.live_shares(session, share.matter_id, documents))


def _name_of(session: Session, share: Share) -> str:
    what = share.document or share.folder
    if what is not None:
        return what.name
    told = sharing.told_of(session, [share]).get((share.kind, share.subject_id))
    return told.name if told else _("this")


def _came_from() -> str:
    return PORTAL if request.values.get("from") == PORTAL else ""


def _back_url(session: Session, share: Share) -> str:
    matter = matter_by_id(session, share.matter_id)
    what = share.document or share.folder
    if what is None or _came_from():
        return url_for("shared_resources.index", public_id=matter.public_id)
    return list_url(matter, what) if isinstance(what, Folder) else url_of(what, matter)
