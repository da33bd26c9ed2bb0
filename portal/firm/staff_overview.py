"""**Overview**: where the firm's people begin, with what needs work before everything else."""

import hashlib
from collections.abc import Sequence

from flask import redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.firm import checklist
from portal.web import overview
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.overview import Work
from portal.web.permissions import LOOK, SET_UP_FIRM

blueprint = staff_blueprint("overview", __name__)


@blueprint.get("/", needs=LOOK)
def index() -> AnyResponse:
    """What waits for the user, and the panels; for who can set the firm up, first what is left to
    do there. An open page asks again with what it has `seen`, and hears nothing while that is so.
    """
    with db.read() as session:
        if not wants_fragment() and _is_to_set_up(session):
            return redirect(url_for("settings.index"), 303)
        work = overview.work(session, current_user.may)
    seen = _mark(work)
    if wants_fragment() and request.args.get("seen") == seen:
        return nothing_new()
    return page_or_fragment(
        "firm/staff_overview.html",
        "firm/_work.html",
        work=work,
        seen=seen,
        panels=overview.panels(current_user.may),
    )


def _is_to_set_up(session: Session) -> bool:
    return current_user.may(SET_UP_FIRM) and not checklist.is_done(session)


def _mark(work: Sequence[Work]) -> str:
    """A short name of just these counts."""
    told = repr([(one.label, one.count) for one in work])
    return hashlib.sha256(told.encode()).hexdigest()[:12]
