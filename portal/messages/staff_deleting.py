"""**Delete message** (FEATURES C13): what goes, what stays shared by other ways, and doing it."""

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from portal.clients.access import closed_to
from portal.clients.models import Matter
from portal.core import db
from portal.core.errors import Conflict
from portal.documents import sharing
from portal.documents.models import Folder, Share
from portal.documents.queries import folders_of, live_shares
from portal.messages import actions, queries, timeline
from portal.messages.models import Message
from portal.messages.staff_shown import SIDE, blueprint, me, view_of
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import PORTALS

DELETION = "/messages/<public_id>/deletion"


@blueprint.get(DELETION, needs=PORTALS)
def confirm_deletion(public_id: str) -> Response:
    """What is deleted, and by which other ways clients still see what it carries (FEATURES C3)."""
    with db.read() as session:
        message, matter = queries.message(session, public_id, closed_to(session, current_user))
        view_of(session, matter)
        folders = folders_of(session, matter.id)
        others = _others(session, message, folders)
    return page_or_fragment(
        "messages/staff_deletion.html",
        "components/task_dialog.html",
        body="messages/_deletion.html",
        title=_("Delete message"),
        errors={},
        message=message,
        matter=matter,
        others=others,
        folders=folders,
        back_url=_back(matter),
    )


def _others(session: Session, message: Message, folders: dict[int, Folder]) -> list[Share]:
    loaded = (joinedload(Share.document), joinedload(Share.folder))
    own = session.get(Share, message.share_id, options=loaded) if message.share_id else None
    if own is None or own.stopped_at is not None:
        return []
    documents = [own.document_id] if own.document_id else []
    return sharing.also_shared(live_shares(session, message.matter_id, documents), own, folders)


@blueprint.post(DELETION, needs=PORTALS)
def delete(public_id: str) -> AnyResponse:
    """Delete it, for everybody in the portal."""
    problem = ""
    with db.transaction() as session:
        message, matter = queries.message(session, public_id, closed_to(session, current_user))
        try:
            actions.delete(session, message, by=me())
        except Conflict as wrong:
            problem = str(wrong)
    told = problem or _("The message was deleted.")
    if not wants_fragment():
        flash(told)
        return redirect(_back(matter), 303)
    with db.read() as session:
        view = view_of(session, matter)
        drawn = timeline.again(session, view, [public_id])
        again = [bubble for bubble in drawn if bubble.public_id == public_id]
    context = {**SIDE, "matter": matter, "again": again, "told": told}
    return make_response(render_template("messages/_deleted.html", **context))


def _back(matter: Matter) -> str:
    return url_for("staff_messages.show", public_id=matter.public_id)
