"""Choosing how many bills and trust requests go out at once, and **Send** (FEATURES D5)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from payments.billing import (
    bulk_job,  # noqa: F401  registers the job
    bulk_log_words,  # noqa: F401  its words register themselves
    bulk_sending,
)
from payments.billing.bulk_choosing import TRUST_REQUESTS, Choice
from payments.billing.bulk_sending import ToSendMany
from payments.billing.bulk_ways import DOCUMENTS_MAX, Group, Plan, plan
from payments.billing.bulk_why import Toggles, words
from payments.billing.sending import MESSAGE_CHARS_MAX
from payments.billing.staff_shown import blueprint
from payments.money.amounts import Money
from portal.clients.access import closed_to
from portal.core import db, ids
from portal.core.errors import Conflict, Invalid
from portal.firm.brand import brand
from portal.web import language
from portal.web.asked import row_id
from portal.web.fragments import page_or_fragment
from portal.web.permissions import SEND_BILLS

GROUP_ROWS = 25


@dataclass(frozen=True, slots=True)
class Form:
    """The page as it was asked for or sent: what was chosen, and how it is to go."""

    choice: Choice
    toggles: Toggles
    message: str = ""
    nonce: str = ""
    digest: str = ""
    shown: int = 0

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> "Form":
        """The query string or the form. Before the toggles were shown, email alone is on."""
        shown = sent.get("toggles") == "shown"
        toggles = Toggles(sent.get("portal") == "yes", sent.get("email") == "yes")
        return cls(
            Choice.read(sent),
            toggles if shown else Toggles(),
            sent.get("message", ""),
            sent.get("nonce", ""),
            sent.get("digest", ""),
            row_id(sent.get("shown", "")) or 0,
        )

    def wanted(self) -> ToSendMany:
        """The same for the actions."""
        return ToSendMany(self.nonce, self.digest, self.shown, self.message)

    def query(self) -> list[tuple[str, str]]:
        """What asks for the same in an address, but for what was typed."""
        toggles = [("portal", self.toggles.portal), ("email", self.toggles.email)]
        on = [(name, "yes") for name, value in toggles if value]
        return [*self.choice.query(), ("toggles", "shown"), *on]


@blueprint.get("/bulk-sendings/new", needs=SEND_BILLS)
def new_bulk_sending() -> Response:
    """What was chosen, and what of it will go which way, before anything is sent."""
    form = Form.read(request.args)
    with db.read() as session:
        found = _plan(session, form)
    return _page(form, found)


@blueprint.post("/bulk-sendings", needs=SEND_BILLS)
def start_bulk_sending() -> AnyResponse:
    """**Send**. Pressed twice, it sends once; where something changed meanwhile, it asks again."""
    form = Form.read(request.form)
    with db.read() as session:
        done = bulk_sending.pressed(session, form.nonce)
        found = _plan(session, form)
    if request.form.get("look") == "yes":
        return _page(form, found)
    try:
        if done is None:
            with db.transaction() as session:
                done = bulk_sending.start(session, found, form.wanted(), by=current_user.actor)
    except (Invalid, Conflict) as problem:
        return _page(form, found, problem)
    return redirect(url_for("bills.bulk_sending", public_id=done.public_id), 303)


def _plan(session: Session, form: Form) -> Plan:
    g.brand = brand(session)
    closed = closed_to(session, current_user)
    return plan(session, form.choice, form.toggles, closed, g.brand.today)


def _page(form: Form, found: Plan, problem: Invalid | Conflict | None = None) -> Response:
    field = problem.field if isinstance(problem, Invalid) else None
    requests = form.choice.of == TRUST_REQUESTS
    return page_or_fragment(
        "billing/staff_bulk_new.html",
        "billing/_bulk_ways.html",
        problem.status if problem else 200,
        errors={field or "ways": str(problem)} if problem else {},
        form=form,
        nonce=form.nonce or ids.public_id(),
        plan=found,
        groups=[_group(form, group) for group in found.groups],
        back_url=url_for("trust_requests.index" if requests else "bills.index"),
        of_requests=requests,
        message_chars_max=MESSAGE_CHARS_MAX,
        documents_max=DOCUMENTS_MAX,
    )


def _group(form: Form, group: Group) -> dict[str, Any]:
    """A group with a page of its rows: the first, unless a further one of its own is asked for."""
    asked = request.args.get("group") == group.name
    start = min(row_id(request.args.get("from", "")) or 0, len(group.rows)) if asked else 0
    end = start + GROUP_ROWS
    locale = language.current()
    shown = [
        (one, Money(one.left_cents, one.currency).format(locale)) for one in group.rows[start:end]
    ]
    return {
        "group": group,
        "why": words(group.why),
        "open": asked,
        "rows": shown,
        "first": start + 1,
        "last": start + len(shown),
        "previous_url": _turned(form, group, max(0, start - GROUP_ROWS)) if start else None,
        "next_url": _turned(form, group, end) if end < len(group.rows) else None,
    }


def _turned(form: Form, group: Group, start: int) -> str:
    """The address of the same page with other rows of a group."""
    fields = [*form.query(), ("group", group.name), ("from", str(start))]
    return f"{url_for('bills.new_bulk_sending')}?{urlencode(fields)}"
