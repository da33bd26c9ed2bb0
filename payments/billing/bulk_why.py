"""The ways of a document to its client, and why one goes another way than asked (FEATURES D5)."""

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _


class Way(StrEnum):
    """How a document goes to its client."""

    BOTH = "both"
    PORTAL = "portal"
    EMAIL = "email"
    NONE = "none"


class Why(StrEnum):
    """Why it goes that way, where that is not what was asked for."""

    AS_ASKED = ""
    MATTERS = "matters"
    CLIENT_LEVEL = "client level"
    NO_PORTAL = "no portal"
    NOBODY = "nobody"
    NO_EMAIL = "no email"
    DRAFT = "draft"
    PAID = "paid"
    VOID = "void"
    UNDER_WAY = "under way"
    BEING_SENT = "being sent"


@dataclass(frozen=True, slots=True)
class Toggles:
    """**Send to client portal** and **Send via email**."""

    portal: bool = False
    email: bool = True


def words(why: Why) -> str:
    """The reason, for whoever sends; nothing where it goes as asked."""
    told = {
        Why.MATTERS: _("A bill with several matters never goes through a portal."),
        Why.CLIENT_LEVEL: _(
            "A trust request of the client as a whole never goes through a portal."
        ),
        Why.NO_PORTAL: _("The matter has no client portal yet."),
        Why.NOBODY: _("No client takes part in the matter’s portal now."),
        Why.NO_EMAIL: _("The client has no email address."),
        Why.DRAFT: _("Still a draft. Issue it first."),
        Why.PAID: _("Paid already."),
        Why.VOID: _("Voided."),
        Why.UNDER_WAY: _("A payment of all that is left is under way."),
        Why.BEING_SENT: _("It is being sent already, with others."),
    }
    return told.get(why, "")


def way_of(toggles: Toggles, problem: Why | None, *, emailed: bool) -> tuple[Way, Why]:
    """The way of what can be sent: what cannot go through the portal goes by email alone."""
    if toggles.portal and problem is None:
        if toggles.email and emailed:
            return Way.BOTH, Why.AS_ASKED
        return Way.PORTAL, Why.NO_EMAIL if toggles.email else Why.AS_ASKED
    if not emailed:
        return Way.NONE, Why.NO_EMAIL
    if toggles.portal and problem is not None:
        return Way.EMAIL, problem
    return (Way.EMAIL, Why.AS_ASKED) if toggles.email else (Way.NONE, Why.AS_ASKED)
