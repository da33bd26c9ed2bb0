"""The matter's tab **Documents**, and one document with its versions (FEATURES C3)."""

from typing import Any, cast

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients import queries as clients
from portal.clients import tabs
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db
from portal.documents import (
    audience,
    listing,
    log_words,  # noqa: F401  its words register themselves
    queries,
    staff_keeping,  # noqa: F401  registers its routes
)
from portal.documents.forms import Filters
from portal.documents.listing import BY_NAME, NEWEST, Shelf
from portal.documents.models import Folder
from portal.documents.staff_tasks import blueprint, list_url, matter_of
from portal.documents.types import PDF, PICTURES
from portal.firm.brand import brand
from portal.web import lists
from portal.web.fragments import list_or_fragment
from portal.web.pagination import COUNTED_MAX
from portal.web.permissions import PORTALS


def show_on_other_pages() -> None:
    """Documents as a tab of their matter. Called by app.py."""
    tabs.add_matter_tab(_lazy("Documents"), "documents.of_matter")


@blueprint.get("/matters/<public_id>/documents", needs=PORTALS)
def of_matter(public_id: str) -> Response:
    """What lies in a folder of the matter, or what is called as was typed (FEATURES X2)."""
    filters = Filters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        closed = closed_to(session, current_user)
        matter = clients.matter(session, public_id, closed)
        folders = queries.folders_of(session, matter.id)
        folder = _folder_asked(session, matter, filters)
        shelf = _shelf(session, matter, folder, filters)
        shown = audience.shown_how(session, matter.id, shelf.rows, folders)
        path = queries.path_to(folders, _id(folder))
        folder_shares = audience.folder_shares(session, matter.id, path)
    here = {"after": _cursor(filters.wanted.after), "before": _cursor(filters.wanted.before)}
    return list_or_fragment(
        "documents/staff_documents.html",
        "documents/_documents.html",
        _address(matter, filters, **here),
        **tabs.matter_frame(matter),
        **_list_context(matter, filters, shelf, folders),
        folder=folder,
        path=path,
        shown=shown,
        seen_by=folder_shares[0] if folder_shares else None,
        own=[share for share in folder_shares if share.folder_id == _id(folder)],
    )


def _folder_asked(session: Session, matter: Matter, filters: Filters) -> Folder | None:
    if not filters.folder:
        return None
    folder = queries.folder(session, filters.folder, closed_to(session, current_user))
    return queries.in_matter(folder, matter.id)


def _id(folder: Folder | None) -> int | None:
    return folder.id if folder else None


def _shelf(session: Session, matter: Matter, folder: Folder | None, filters: Filters) -> Shelf:
    if filters.typed:
        return listing.named(session, matter.id, filters.typed, filters.wanted)
    return listing.in_folder(session, matter.id, _id(folder), filters.wanted)


def _list_context(
    matter: Matter, filters: Filters, shelf: Shelf, folders: dict[int, Folder]
) -> dict[str, Any]:
    return {
        "filters": filters,
        "shelf": shelf,
        "folders": folders,
        "places": {
            one: " / ".join(up.name for up in queries.path_to(folders, one))
            for one in {row.folder_id for row in shelf.rows if row.folder_id}
        },
        "sorts": {name: _address(matter, filters, sort=name) for name in (BY_NAME, NEWEST)},
        "all_url": _address(matter, filters, q=None),
        "pages": {
            "previous_url": _address(matter, filters, before=str(shelf.newer))
            if shelf.newer
            else None,
            "next_url": _address(matter, filters, after=str(shelf.older)) if shelf.older else None,
        },
        "count_words": lists.count_words(
            shelf.count,
            len(shelf.rows),
            lambda count: ngettext("%(num)s item", "%(num)s items", count),
            lambda most: _("More than %(most)s items", most=most),
        ),
        "counted_max": COUNTED_MAX,
    }


def _cursor(cursor: listing.Cursor | None) -> str | None:
    return str(cursor) if cursor else None


def _address(matter: Matter, filters: Filters, **changed: str | None) -> str:
    asked = cast(Any, filters.query(**changed))
    return url_for("documents.of_matter", public_id=matter.public_id, **asked)


@blueprint.get("/folders/<public_id>", needs=PORTALS)
def folder(public_id: str) -> AnyResponse:
    """A folder, wherever it lies now."""
    with db.read() as session:
        found = queries.folder(session, public_id, closed_to(session, current_user))
        return redirect(list_url(matter_of(session, found), found), 303)


@blueprint.get("/documents/<public_id>", needs=PORTALS)
def show(public_id: str) -> str:
    """One document: its versions, and how clients see it."""
    with db.read() as session:
        g.brand = brand(session)
        document = queries.document(session, public_id, closed_to(session, current_user))
        matter = matter_of(session, document)
        matter = clients.matter(session, matter.public_id, closed_to(session, current_user))
        folders = queries.folders_of(session, matter.id)
        path = queries.path_to(folders, document.folder_id)
        shares = audience.showing(session, document, folders)
        opened = audience.opened(session, matter.id, [document.public_id])
        openings = opened.get(document.public_id, [])
        versions = queries.versions_of(session, document.id)
        expected = audience.expected(session, matter.id, [document.id])
    return render_template(
        "documents/staff_document.html",
        **tabs.matter_frame(matter),
        current_tab="documents.of_matter",
        document=document,
        path=path,
        versions=versions,
        opens={PDF, *PICTURES},
        shares=shares,
        own=[one for one in shares if one.document_id is not None],
        folders=folders,
        opened=openings,
        unopened=expected.not_yet(expected.senders.get((document.id, document.latest)), openings),
    )
