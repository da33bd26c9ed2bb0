"""The portal's tab **Shared resources**: all that is shared now, and who has opened it
(FEATURES C4)."""

from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access.frame import portal_frame
from portal.clients import queries as clients
from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db
from portal.documents import audience, queries, sharing
from portal.documents.audience import Expected, Opening
from portal.documents.models import Share
from portal.documents.sharing import Shared
from portal.documents.staff_sharing import blueprint
from portal.firm.brand import brand
from portal.web import lists
from portal.web.asked import row_id
from portal.web.fragments import page_or_fragment
from portal.web.permissions import PORTALS

__all__ = ["blueprint"]


@blueprint.get("/matters/<public_id>/portal/shared-resources", needs=PORTALS)
def index(public_id: str) -> Response:
    """Everything that is shared in this portal now, the newest first."""
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        g.brand = brand(session)
        matter = clients.matter(session, public_id, closed_to(session, current_user))
        found = queries.shared_now(session, matter.id, before=before, after=after)
        shares = found.page.rows
        told = sharing.told_of(session, shares)
        opened = audience.opened(session, matter.id, (share.subject_id for share in shares))
        documents = [share.document_id for share in shares if share.document_id]
        expected = audience.expected(session, matter.id, documents)
        rows = [(share.user_id, share.contact_id) for share in shares]
        names = queries.people(session, (one for one, _c in rows), (one for _u, one in rows))
        frame = portal_frame(session, matter, current_user)
    return page_or_fragment(
        "documents/staff_shared_resources.html",
        "documents/_shared_resources.html",
        **frame,
        rows=[_row(share, told, opened, expected) for share in shares],
        names=names,
        pages=lists.pages(found.page, lambda **place: _address(matter, **place)),
        turned=before is not None or after is not None,
        count_words=lists.count_words(
            found.count,
            len(shares),
            lambda count: ngettext("%(num)s thing is shared", "%(num)s things are shared", count),
            lambda most: _("More than %(most)s things are shared", most=most),
        ),
    )


def _address(matter: Matter, **place: Any) -> str:
    return url_for("shared_resources.index", public_id=matter.public_id, **place)


def _row(
    share: Share,
    told: dict[tuple[str, str], Shared],
    opened: dict[str, list[Opening]],
    expected: Expected,
) -> dict[str, Any]:
    what = share.document or share.folder
    other = told.get((share.kind, share.subject_id))
    openings = opened.get(share.subject_id, [])
    name = what.name if what else other.name if other else ""
    theirs = share.folder is not None and share.folder.from_client
    return {
        "share": share,
        "name": name,
        "about": other.about if other else "",
        "url": _view_url(share, other),
        "from_client": theirs,
        "openings": openings,
        "not_yet": [] if theirs else expected.not_yet(expected.sender(share), openings),
    }


def _view_url(share: Share, other: Shared | None) -> str | None:
    if share.document is not None:
        return url_for("documents.show", public_id=share.document.public_id)
    if share.folder is not None:
        return url_for("documents.folder", public_id=share.folder.public_id)
    return other.staff_url if other else None
