"""The messages of one portal for its clients: read and write (FEATURES C2, C6)."""

from dataclasses import asdict
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.feed import actions as feed
from portal.messages import actions, client_composing, drafts, queries, shown, timeline
from portal.messages.client_shown import MESSAGES, blueprint, find, me, part, to_the_page, view_of
from portal.messages.drafts import Begun
from portal.messages.forms import Written, position
from portal.messages.timeline import View
from portal.web.fragments import nothing_new, wants_fragment

# This registers its routes.
__all__ = ["blueprint", "client_composing"]


@blueprint.route(MESSAGES, methods=["GET"])
def show(public_id: str) -> Response:
    """The messages, opened at what is new; `before` a position: what came before it."""
    before = position(request.args, "before")
    with db.read() as session:
        matter = find(session, public_id)
        view = view_of(session, matter)
        if before is not None and wants_fragment():
            page = timeline.earlier(session, view, before)
            return part("messages/_earlier.html", matter, page=page)
        context = _page(session, view, before)
    return part("messages/client_messages.html", matter, **context)


def _page(session: Session, view: View, before: int | None = None) -> dict[str, Any]:
    context = {
        **shown.page(session, view),
        **shown.composer(session, view, uploaded=request.args.get("upload")),
    }
    if before is not None:
        context |= {"page": timeline.earlier(session, view, before), "older": True}
    return context


@blueprint.route(f"{MESSAGES}/news", methods=["GET"])
def news(public_id: str) -> AnyResponse:
    """What came after a position, for an open page; 204 for nothing. Where that is more than can
    be added, the page opens anew."""
    after = position(request.args, "after") or 0
    with db.read() as session:
        matter = find(session, public_id)
        if queries.last_position(session, matter.id) <= after:
            return nothing_new()
        found = shown.news(session, view_of(session, matter), after)
        if found["page"].is_cut:
            return to_the_page(public_id)
        return part("messages/_news.html", matter, **found)


@blueprint.route(MESSAGES, methods=["POST"])
def send(public_id: str) -> AnyResponse:
    """**Send**."""
    written, after = Written.read(request.form), position(request.form, "after")
    try:
        with db.transaction() as session:
            matter = find(session, public_id)
            actions.send_written(session, matter, by=me(), **asdict(written))
    except Invalid as wrong:
        return _refused(public_id, written, wrong)
    if not wants_fragment() or after is None:
        return to_the_page(public_id)
    with db.read() as session:
        view = view_of(session, matter)
        context = shown.news(session, view, after) | shown.composer(session, view, begun=Begun())
        if context["page"].is_cut:
            return to_the_page(public_id)
        return part("messages/_sent.html", matter, told=[], **context)


def _refused(public_id: str, written: Written, wrong: Invalid) -> Response:
    errors = {wrong.field or "text": str(wrong)}
    with db.read() as session:
        matter = find(session, public_id)
        view = view_of(session, matter)
        begun = drafts.typed(session, matter.id, me(), written.text, written.attached)
        composer = shown.composer(session, view, begun=begun, errors=errors)
        if not wants_fragment():
            context = {**_page(session, view), **composer}
            return part("messages/client_messages.html", matter, 422, **context)
        response = part("messages/_composer.html", matter, 422, **composer)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#composer", "outerHTML"
    return response


@blueprint.route(f"{MESSAGES}/read", methods=["POST"])
def mark_read(public_id: str) -> AnyResponse:
    """The messages up to a position were on the screen (FEATURES C6)."""
    up_to = position(request.form, "position") or 0
    with db.transaction() as session:
        matter = find(session, public_id)
        feed.mark_read(session, matter.id, me(), up_to)
    if not wants_fragment():
        return to_the_page(public_id)
    with db.read() as session:
        found = shown.unread(session, view_of(session, matter))
        return part("messages/_unread.html", matter, **found)
