"""What was sent of a bill or trust request, on its page, and **Send again**."""

from flask import Response, flash
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import sent
from payments.billing.payables import Payable
from payments.billing.staff_sending_shown import address_of, back_to, both, found, page_of, title_of
from portal.core import db
from portal.core.errors import Conflict, Missing
from portal.firm.queries import actor_names
from portal.outbox.actions import send_again as try_again
from portal.web.fragments import page_or_fragment, wants_fragment
from portal.web.permissions import LOOK, SEND_BILLS


@both("sendings", needs=LOOK)
def sendings(kind: str, public_id: str) -> Response:
    """Each sending and reminder: when, by whom, to whom, and what became of the emails."""
    with db.read() as session:
        return _shown(session, found(session, kind, public_id))


@both("sendings/<delivery_id>/attempts", needs=SEND_BILLS, method="POST")
def send_again(kind: str, public_id: str, delivery_id: str) -> AnyResponse:
    """**Send again**: try a failed email of this document for another day, as the same message."""
    told = _("The email will be sent again.")
    with db.transaction() as session:
        payable = found(session, kind, public_id)
        delivery = sent.delivery_of(session, payable, delivery_id)
        if delivery is None:
            raise Missing(_("There is no such email."))
        try:
            try_again(session, delivery, by=current_user.actor)
        except Conflict as changed:
            told = str(changed)
        if wants_fragment():
            return _shown(session, payable, told)
    flash(told)
    return back_to(payable)


def _shown(session: Session, payable: Payable, told: str | None = None) -> Response:
    history = sent.history(session, payable)
    return page_or_fragment(
        "billing/staff_sendings.html",
        "billing/_sendings.html",
        history=history,
        names=actor_names(session, {one.by for one in history.latest}),
        back_url=page_of(payable),
        title=_("%(what)s: what was sent", what=title_of(payable)),
        again_url=lambda delivery_id: address_of(payable, "send_again", delivery_id=delivery_id),
        told=told,
    )
