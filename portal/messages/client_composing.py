"""What a client is writing: the draft, and **Attach a document** (FEATURES C2)."""

from dataclasses import asdict

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.messages import drafts, shown
from portal.messages.client_shown import (
    MESSAGES,
    SIDE,
    blueprint,
    find,
    me,
    part,
    to_the_page,
    view_of,
)
from portal.messages.forms import Written
from portal.web.fragments import page_or_fragment, wants_fragment


@blueprint.route(f"{MESSAGES}/draft", methods=["POST"])
def keep_draft(public_id: str) -> AnyResponse:
    """Keep what is typed so far, as the page does a second after typing; without script on the way
    to **Attach a document**."""
    written = Written.read(request.form)
    with db.transaction() as session:
        matter = find(session, public_id)
        drafts.keep(session, matter.id, by=me(), **asdict(written))
    if wants_fragment():
        return make_response("", 204)
    return redirect(url_for("client_messages.choose", public_id=public_id), 303)


@blueprint.route(f"{MESSAGES}/attachment", methods=["GET"])
def choose(public_id: str) -> Response:
    """A file from the device."""
    with db.read() as session:
        matter = find(session, public_id)
        view_of(session, matter)
    return page_or_fragment(
        "messages/client_attach.html", "messages/_attach_task.html", **SIDE, matter=matter
    )


@blueprint.route(f"{MESSAGES}/attachment", methods=["POST"])
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
