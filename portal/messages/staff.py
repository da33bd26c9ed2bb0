"""A portal's **Messages** for staff: read, write, and look at every event (FEATURES C2, C6, C7)."""

from dataclasses import asdict
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.clients.models import Matter
from portal.core import db
from portal.core.errors import Invalid
from portal.feed import actions as feed
from portal.messages import (
    actions,
    drafts,
    log_words,
    queries,
    shown,
    staff_composing,
    staff_deleting,
    timeline,
)
from portal.messages.drafts import Begun
from portal.messages.forms import Written, position
from portal.messages.staff_shown import (
    PORTAL,
    blueprint,
    find,
    frame,
    me,
    part,
    to_the_page,
    view_of,
)
from portal.messages.timeline import View
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.permissions import PORTALS

# These register their routes and words.
__all__ = ["blueprint", "log_words", "staff_composing", "staff_deleting"]


@blueprint.get(PORTAL, needs=PORTALS)
def show(public_id: str) -> Response:
    """The feed, opened at what is new; `before` a position: what came before it."""
    before = position(request.args, "before")
    with db.read() as session:
        matter = find(session, public_id)
        view = view_of(session, matter)
        if before is not None and wants_fragment():
            return part(
                "messages/_earlier.html", matter, page=timeline.earlier(session, view, before)
            )
        context = _page(session, matter, view, before)
    return page_or_fragment("messages/staff_messages.html", "messages/_feed.html", **context)


def _page(
    session: Session, matter: Matter, view: View, before: int | None = None
) -> dict[str, Any]:
    context = {
        **frame(session, matter),
        **shown.page(session, view),
        **shown.before_the_first(session, matter),
        **shown.composer(session, view, uploaded=request.args.get("upload")),
        "all_events": view.all_events,
    }
    if before is not None:
        context |= {"page": timeline.earlier(session, view, before), "older": True}
    return context


@blueprint.get(f"{PORTAL}/news", needs=PORTALS)
def news(public_id: str) -> AnyResponse:
    """What came after a position, for an open page; 204 for nothing. Where that is more than can
    be added, the page opens anew."""
    after = position(request.args, "after") or 0
    with db.read() as session:
        matter = find(session, public_id)
        last = queries.last_position(session, matter.id)
        if last <= after:
            return nothing_new()
        found = _news(session, view_of(session, matter), after)
        if found["page"].is_cut:
            return to_the_page(public_id)
        return part("messages/_news.html", matter, **found)


def _news(session: Session, view: View, after: int) -> dict[str, Any]:
    return {**shown.news(session, view, after), "all_events": view.all_events}


@blueprint.post(f"{PORTAL}/messages", needs=PORTALS)
def send(public_id: str) -> AnyResponse:
    """**Send**. The first message opens the portal (FEATURES C8)."""
    written, after = Written.read(request.form), position(request.form, "after") or 0
    try:
        with db.transaction() as session:
            matter = find(session, public_id)
            sent = actions.send_written(session, matter, by=me(), **asdict(written))
    except Invalid as wrong:
        return _refused(public_id, written, wrong)
    told = _who_is_lacking(sent.lacking)
    if not wants_fragment() or not after:
        return _anew(public_id, told)
    with db.read() as session:
        view = view_of(session, matter)
        context = {**_news(session, view, after), **shown.composer(session, view, begun=Begun())}
        if not context["page"].is_cut:
            return part("messages/_sent.html", matter, told=told, **context)
    return _anew(public_id, told)


def _anew(public_id: str, told: list[str]) -> AnyResponse:
    for sentence in told:
        flash(sentence)
    return to_the_page(public_id)


def _who_is_lacking(names: list[str]) -> list[str]:
    return [
        _("%(name)s could not be invited: their contact card has no email address.", name=name)
        for name in names
    ]


def _refused(public_id: str, written: Written, wrong: Invalid) -> Response:
    errors = {wrong.field or "text": str(wrong)}
    with db.read() as session:
        matter = find(session, public_id)
        view = view_of(session, matter)
        begun = drafts.typed(session, matter.id, me(), written.text, written.attached)
        composer = {**shown.composer(session, view, begun=begun, errors=errors)}
        if wants_fragment():
            response = part("messages/_composer.html", matter, 422, **composer)
            response.headers["HX-Retarget"], response.headers["HX-Reswap"] = (
                "#composer",
                "outerHTML",
            )
            return response
        context = {**_page(session, matter, view), **composer}
        return part("messages/staff_messages.html", matter, 422, **context)


@blueprint.post(f"{PORTAL}/read", needs=PORTALS)
def mark_read(public_id: str) -> AnyResponse:
    """The messages up to a position were on the screen (FEATURES C6)."""
    up_to = position(request.form, "position") or 0
    with db.transaction() as session:
        matter = find(session, public_id)
        if queries.last_position(session, matter.id):
            feed.mark_read(session, matter.id, me(), up_to)
    if not wants_fragment():
        return to_the_page(public_id)
    with db.read() as session:
        return part(
            "messages/_unread.html", matter, **shown.unread(session, view_of(session, matter))
        )


@blueprint.post(f"{PORTAL}/events", needs=PORTALS)
def show_all_events(public_id: str) -> AnyResponse:
    """**Show all client portal events**, for this user in every portal (FEATURES C7)."""
    with db.transaction() as session:
        find(session, public_id)
        feed.show_all_events(session, current_user.id, request.form.get("shown") == "yes")
    return redirect(url_for("staff_messages.show", public_id=public_id), 303)
