"""How a bulk sending goes, what became of each document, **Retry failed**, and the earlier ones."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, flash, redirect, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import bulk_telling
from payments.billing.bulk import ItemState
from payments.billing.bulk_sending import retry_failed
from payments.billing.bulk_telling import Progress, Result
from payments.billing.bulk_ways import DOCUMENTS_MAX
from payments.billing.staff_shown import blueprint
from portal.clients.access import closed_to
from portal.core import db
from portal.firm.queries import actor_names
from portal.web import lists
from portal.web.asked import row_id
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import SEND_BILLS

QUARTER_PERCENT = 25


@blueprint.get("/bulk-sendings/<public_id>", needs=SEND_BILLS)
def bulk_sending(public_id: str) -> Response:
    """How far it is, and what became of each document. An open page asks again by itself; 204
    while nothing changed."""
    seen = Progress.read(request.args.get("seen", ""))
    result = next((one for one in Result if one == request.args.get("result")), None)
    before, after = _position("before"), _position("after")
    with db.read() as session:
        sending = bulk_telling.bulk_sending(session, public_id)
        progress = bulk_telling.progress(session, sending)
        if wants_fragment() and seen == progress:
            return Response(status=204)
        closed = closed_to(session, current_user)
        page = bulk_telling.items(session, sending, closed, result, before=before, after=after)
        stuck = bool(progress.waiting) and bulk_telling.stands_still(session, sending)
        not_open = bulk_telling.not_open(session, sending, closed)
        names = actor_names(session, [sending.made_by])

    def address(**changed: Any) -> str:
        asked = {"public_id": public_id, "result": result, **changed}
        return url_for("bills.bulk_sending", **cast(Any, asked))

    return page_or_fragment(
        "billing/staff_bulk.html",
        "billing/_bulk.html",
        sending=sending,
        progress=progress,
        made_by=names[sending.made_by],
        tabs=lists.tabs(_names(progress), result, lambda one: address(result=one)),
        result=result,
        rows=page.rows,
        pages=_pages(page.older_than, page.newer_than, address),
        poll_url=address(seen=progress.mark, before=before, after=after)
        if progress.waiting + progress.going
        else None,
        stuck=stuck,
        not_open=not_open,
        announced=_announced(seen, progress),
    )


def _position(name: str) -> int | None:
    """Where a page of results begins; none for what is no place in any bulk sending."""
    typed = row_id(request.args.get(name, ""))
    return typed if typed is not None and typed <= DOCUMENTS_MAX + 1 else None


def _pages(later: int | None, sooner: int | None, address: Any) -> dict[str, str | None]:
    return {
        "previous_url": address(after=sooner) if sooner else None,
        "next_url": address(before=later) if later else None,
    }


def _names(progress: Progress) -> list[tuple[str | None, str]]:
    """The results as tabs, with how many there are; those that nothing has come to are left out."""
    told = {
        Result.WAITING: (_("Waiting"), progress.waiting),
        Result.GOING: (_("On the way"), progress.going),
        Result.SENT: (_("Sent"), progress.sent),
        Result.SKIPPED: (_("Not needed"), progress.skipped),
        Result.FAILED: (_("Failed"), progress.failed),
    }
    shown = [(one, f"{label} {format_decimal(n)}") for one, (label, n) in told.items() if n]
    return [(None, _("All")), *shown]


def _announced(seen: Progress | None, progress: Progress) -> str | None:
    """What is read out when another quarter is done since what the page shows (UX S8)."""
    if seen is None or progress.quarters <= seen.quarters:
        return None
    return _(
        "%(percent)s percent done: %(done)s of %(all)s.",
        percent=progress.quarters * QUARTER_PERCENT,
        done=format_decimal(progress.done),
        all=format_decimal(progress.all),
    )


@blueprint.post("/bulk-sendings/<public_id>/tries", needs=SEND_BILLS)
def retry_bulk_sending(public_id: str) -> AnyResponse:
    """**Retry failed**: send once more what failed, and nothing else."""
    with db.transaction() as session:
        sending = bulk_telling.bulk_sending(session, public_id)
        closed = closed_to(session, current_user)
        again = retry_failed(session, sending, closed, by=current_user.actor)
    if again:
        flash(ngettext("%(num)s is sent again.", "%(num)s are sent again.", again))
    else:
        flash(_("Nothing has failed, so nothing is sent again."))
    return redirect(url_for("bills.bulk_sending", public_id=public_id), 303)


@blueprint.get("/bulk-sendings", needs=SEND_BILLS)
def bulk_sendings() -> Response:
    """Everything that was sent together so far, newest first."""
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        page = bulk_telling.past(session, before=before, after=after)
        standing = bulk_telling.standing(session, page.rows)
        names = actor_names(session, {one.made_by for one in page.rows})
    return page_or_fragment(
        "billing/staff_bulks.html",
        "billing/_bulks.html",
        rows=[(one, names[one.made_by], _state(standing[one.id])) for one in page.rows],
        pages=lists.pages(page, lambda **place: url_for("bills.bulk_sendings", **place)),
        turned=before is not None or after is not None,
    )


def _state(states: Mapping[str, int]) -> str:
    if states.get(ItemState.WAITING):
        return "waiting"
    return "failed" if states.get(ItemState.FAILED) else "done"
