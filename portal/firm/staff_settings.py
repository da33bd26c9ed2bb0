"""**Settings**: what there is to set, and how far a new firm has come."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask_babel import lazy_gettext
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.core import db
from portal.core.errors import Conflict
from portal.firm import checklist, queries
from portal.firm import setup as _setup  # noqa: F401  its steps register themselves
from portal.firm.checklist import Action, Found, State, Step
from portal.firm.models import Country
from portal.outbox.registry import Recipient
from portal.outbox.trial import send_test_email
from portal.web import language
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import SET_UP_FIRM
from portal.web.staff_shell import is_open

blueprint = staff_blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class Setting:
    """A page of settings: its label, its endpoint, and in one line what is set there."""

    label: Any
    endpoint: str
    words: Any

    @property
    def url(self) -> str:
        """Where it is."""
        return url_for(self.endpoint)


_USERS = Setting(
    lazy_gettext("Users"), "users.index", lazy_gettext("Who works here, and what each may do.")
)
_GROUPS = Setting(
    lazy_gettext("Groups, Permissions, and Job Titles"),
    "groups.index",
    lazy_gettext("People under one name, what each level may do, and what people are called."),
)
_NOTIFICATIONS = Setting(
    lazy_gettext("Payment Notifications"),
    "payment_notifications.show",
    lazy_gettext("Who at your firm is emailed when a client pays."),
)
_BANK_ACCOUNTS = Setting(
    lazy_gettext("Bank accounts"),
    "bank_accounts.index",
    lazy_gettext("Trust and operating accounts, and whether they can take payments."),
)
_BILLING = Setting(
    lazy_gettext("Billing"),
    "billing_settings.show",
    lazy_gettext("Whether clients pay online, how bills are written, and when they are reminded."),
)
_PORTAL = Setting(
    lazy_gettext("Client portal"),
    "portal_settings.show",
    lazy_gettext("What emails to clients may say."),
)
_BRANDING = Setting(
    lazy_gettext("Branding"),
    "branding.show",
    lazy_gettext("Your logo, color, address and languages on everything that clients see."),
)
_IMPORTS = Setting(
    lazy_gettext("Import and export"),
    "imports.index",
    lazy_gettext("Contacts, matters and bills from another system, and out of this one."),
)
_LOG = Setting(
    lazy_gettext("Activity log"), "activity_log.index", lazy_gettext("Who did what, and when.")
)

# A card each: its heading, where it holds several pages, and the pages.
SECTIONS: tuple[tuple[Any, tuple[Setting, ...]], ...] = (
    (None, (_USERS,)),
    (None, (_GROUPS,)),
    (lazy_gettext("Online payments"), (_NOTIFICATIONS, _BANK_ACCOUNTS)),
    (None, (_BILLING,)),
    (None, (_PORTAL,)),
    (None, (_BRANDING,)),
    (None, (_IMPORTS,)),
    (None, (_LOG,)),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A step as it was found, with those of its actions that this user can take."""

    step: Step
    found: Found
    actions: list[Action]


@blueprint.get("/settings", needs=SET_UP_FIRM)
def index() -> Response:
    """The checklist of a new firm, and where everything else is set."""
    with db.read() as session:
        steps = [_look(session, one) for one in checklist.steps()]
    left = [one for one in steps if one.step.required and one.found.state is not State.DONE]
    return page_or_fragment(
        "firm/staff_settings.html",
        "firm/_checklist.html",
        steps=steps,
        left=len(left),
        required=sum(one.step.required for one in steps),
        waits=any(one.found.state is State.WAITING for one in steps),
        sections=_sections(),
    )


@blueprint.post("/settings/test-emails", needs=SET_UP_FIRM)
def send_test() -> Response:
    """Send the user a test email."""
    with suppress(Conflict), db.transaction() as session:  # one is on its way: the page shows it
        firm = queries.firm(session)
        spoken = language.for_staff(firm.country if firm is not None else Country.US)
        to = Recipient(current_user.name, current_user.email, spoken)
        send_test_email(session, to, by=current_user.actor)
    return redirect(url_for("settings.index", _anchor="step-mail"), 303)


def _sections() -> list[tuple[Any, list[Setting]]]:
    """The cards with the pages that this deployment has and the user may open."""
    may = current_user.may
    open_pages = [
        (head, [one for one in ones if is_open(one.endpoint, may)]) for head, ones in SECTIONS
    ]
    return [(head, pages) for head, pages in open_pages if pages]


def _look(session: Session, one: Step) -> Looked:
    found = one.look(session)
    actions = [action for action in found.actions if is_open(action.endpoint, current_user.may)]
    return Looked(one, found, actions)
