"""**Send bill**, **Send trust request** and **Remind**: the dialog, the preview, and the press."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, flash, g, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import sending as posting
from payments.billing import (
    sent,
    staff_client_links,  # noqa: F401  registers its routes
    staff_sendings,  # noqa: F401  registers its routes
)
from payments.billing.details import cleaned
from payments.billing.letters import Told, letter
from payments.billing.models import Bill, BillStatus
from payments.billing.panels import ON_BILLS, ON_TRUST_REQUESTS, Action
from payments.billing.payables import Payable, refuse_unpayable
from payments.billing.portals import is_shared
from payments.billing.reminders import primary_first
from payments.billing.sending import MESSAGE_CHARS_MAX, ToSend
from payments.billing.staff_sending_portal import portal_toggle, tell_of_portal
from payments.billing.staff_sending_shown import back_to, both, found, page_of, task, title_of
from portal.clients.models import Contact
from portal.clients.queries import contact_by_id
from portal.core import db, ids
from portal.core.errors import Conflict, Invalid
from portal.web import language
from portal.web.permissions import SEND_BILLS

REMINDERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SendForm:
    """The form as typed; `addresses` none while it was not sent: then the first one is ticked."""

    message: str = ""
    addresses: tuple[str, ...] | None = None
    email: bool = True
    portal: bool = False
    nonce: str = ""

    @classmethod
    def read(cls) -> "SendForm":
        """What was sent."""
        form = request.form
        return cls(
            message=form.get("message", ""),
            addresses=tuple(form.getlist("addresses")),
            email=form.get("email") == "yes",
            portal=form.get("portal") == "yes",
            nonce=form.get("nonce", ""),
        )

    def wanted(self) -> ToSend:
        """The same for the actions."""
        addresses = self.addresses or ()
        return ToSend(self.nonce, self.message, addresses, email=self.email, portal=self.portal)


def _asks(shown: Any) -> bool:
    """Whether a bill or request, or its row, still asks for something."""
    bill = hasattr(shown, "total_cents")
    total = shown.total_cents if bill else shown.amount_cents
    paid = shown.applied_cents if bill else shown.paid_cents
    return shown.status == BillStatus.AWAITING_PAYMENT and total > paid + shown.reserved_cents


def _buttons(kind: str, copy: Any) -> list[dict[str, Any]]:
    """**Send**, and behind the arrow beside it the link to copy and **Remind** (FEATURES L8)."""
    send_it = f"bills.{kind}_sending"
    common = {"needs": SEND_BILLS, "fits": _asks, "dialog": True, "listed": True}
    return [
        {"label": _lazy("Send"), "endpoint": send_it, **common},
        {"label": copy, "endpoint": f"bills.{kind}_client_link", "menu_of": send_it, **common},
        {"label": _lazy("Remind"), "endpoint": f"bills.{kind}_reminder", "menu_of": send_it}
        | common,
    ]


def _offer() -> None:
    """Buttons on bills and requests, and what was sent on their pages (FEATURES D3)."""
    for button in _buttons("bill", _lazy("Copy link to pay client balance")):
        ON_BILLS.add_action(Action(**button))
    for button in _buttons("trust_request", _lazy("Copy link to pay")):
        ON_TRUST_REQUESTS.add_action(Action(**button))
    ON_BILLS.add_panel("bills.bill_sendings", _lazy("Show what was sent"))
    ON_TRUST_REQUESTS.add_panel("bills.trust_request_sendings", _lazy("Show what was sent"))


_offer()


@both("sending", needs=SEND_BILLS)
def sending(kind: str, public_id: str) -> Response:
    """Choose how a bill or request is sent, with the email as it will read (FEATURES D3)."""
    return _send_page(kind, public_id, SendForm())


@both("sending", needs=SEND_BILLS, method="POST")
def send(kind: str, public_id: str) -> AnyResponse:
    """**Send bill** or **Send trust request**. Pressed twice, it sends once."""
    form = SendForm.read()
    try:
        with db.transaction() as session:
            payable = found(session, kind, public_id)
            was_shared = is_shared(session, payable)
            done = posting.send(session, payable, form.wanted(), by=current_user.actor)
            to = ", ".join(posting.sent_to(session, done))
            if done.shared:
                tell_of_portal(session, payable, was_shared=was_shared)
    except (Invalid, Conflict) as problem:
        return _send_page(kind, public_id, form, problem)
    if to:
        flash(_("%(what)s is being emailed to %(to)s.", what=title_of(payable), to=to))
    return back_to(payable)


@both("reminder", needs=SEND_BILLS)
def reminder(kind: str, public_id: str) -> Response:
    """Remind by hand: whom, with which words, and when that was done last (FEATURES D8)."""
    return _send_page(kind, public_id, SendForm(), reminds=True)


@both("reminder", needs=SEND_BILLS, method="POST")
def remind(kind: str, public_id: str) -> AnyResponse:
    """**Send reminder**. Pressed twice, it reminds once."""
    form = SendForm.read()
    try:
        with db.transaction() as session:
            payable = found(session, kind, public_id)
            done = posting.remind(session, payable, form.wanted(), by=current_user.actor)
            to = ", ".join(posting.sent_to(session, done))
    except (Invalid, Conflict) as problem:
        return _send_page(kind, public_id, form, problem, reminds=True)
    flash(_("A reminder of %(what)s is being emailed to %(to)s.", what=title_of(payable), to=to))
    return back_to(payable)


@both("sending/preview", needs=SEND_BILLS, method="POST")
def preview(kind: str, public_id: str) -> str:
    """The email as it will read with the message typed so far."""
    reminds = request.form.get("reminds") == "yes"
    with db.read() as session:
        payable = found(session, kind, public_id)
        client = contact_by_id(session, payable.client_id)
        context = _preview(session, payable, client, SendForm.read(), reminds=reminds)
    return render_template("billing/_email_preview.html", **context)


def _send_page(
    kind: str,
    public_id: str,
    form: SendForm,
    problem: Invalid | Conflict | None = None,
    *,
    reminds: bool = False,
) -> Response:
    with db.read() as session:
        payable = found(session, kind, public_id)
        client = contact_by_id(session, payable.client_id)
        toggle = None if reminds else portal_toggle(session, payable)
        context = _preview(session, payable, client, form, reminds=reminds)
        told = sent.history(session, payable).latest if reminds else ()
        unsent = posting.unsent(session, payable) if reminds else None
    what = title_of(payable)
    title = _("Remind: %(what)s", what=what) if reminds else _("Send: %(what)s", what=what)
    return task(
        payable,
        "billing/_send.html",
        title,
        problem.status if problem else 200,
        errors=_errors(problem),
        form=replace(form, nonce=form.nonce or ids.public_id()),
        client=client,
        recipients=_recipients(client),
        chosen=_chosen(client, form),
        message_chars_max=MESSAGE_CHARS_MAX,
        reminds=reminds,
        button_label=_button_label(payable, reminds=reminds),
        refused=_refused(payable) or unsent,
        portal=toggle,
        reminded=[one for one in told if one.reminds][:REMINDERS_SHOWN],
        **context,
    )


def _preview(
    session: Session, payable: Payable, client: Contact, form: SendForm, *, reminds: bool
) -> dict[str, Any]:
    reader = posting.language_of(client, g.brand)
    message = cleaned(form.message)[:MESSAGE_CHARS_MAX]
    told = Told(payable, reminds, message, pay_url=page_of(payable))
    words = letter(session, told, language=reader, today=g.brand.today)
    to = _chosen(client, form)
    alone = form.portal and not form.email
    return {
        "letter": words,
        "letter_language": language.tag(reader),
        "to": ", ".join(to),
        "portal_alone": alone,
        "shared_already": alone and is_shared(session, payable),
    }


def _recipients(client: Contact) -> list[dict[str, str]]:
    return [
        {"value": one.address, "label": one.address, "hint": _("Primary") if one.is_primary else ""}
        for one in primary_first(client.emails)
    ]


def _chosen(client: Contact, form: SendForm) -> Sequence[str]:
    theirs = [one.address for one in primary_first(client.emails)]
    if form.addresses is None:
        return theirs[:1]
    return [address for address in theirs if address in form.addresses]


def _button_label(payable: Payable, *, reminds: bool) -> str:
    if reminds:
        return _("Send reminder")
    return _("Send bill") if isinstance(payable, Bill) else _("Send trust request")


def _errors(problem: Invalid | Conflict | None) -> dict[str, str]:
    if problem is None:
        return {}
    field = problem.field if isinstance(problem, Invalid) else None
    return {field or "message": str(problem)}


def _refused(payable: Payable) -> str | None:
    try:
        refuse_unpayable(payable)
    except Conflict as why:
        return str(why)
    return None
