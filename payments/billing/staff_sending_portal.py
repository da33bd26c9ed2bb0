"""The toggle **Send to client portal**: what the dialog says beside it, and what is said once it is
done (FEATURES D3, D4)."""

from dataclasses import dataclass

from flask import flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.billing.payables import Payable
from payments.billing.portals import is_shared, portal_problem, readers
from payments.billing.staff_sending_shown import title_of
from portal.documents.audience import Reader


@dataclass(frozen=True, slots=True)
class PortalToggle:
    """Whether it can be switched on, and in words who will see it, or why it cannot."""

    possible: bool
    hint: str


def portal_toggle(session: Session, payable: Payable) -> PortalToggle:
    """The toggle of one bill or trust request."""
    problem = portal_problem(session, payable)
    if problem is not None:
        return PortalToggle(possible=False, hint=problem)
    if is_shared(session, payable):
        return PortalToggle(True, _("It is shared already. The client sees it as it is now."))
    seen_by = readers(session, payable)
    words = [_("%(names)s will see it, always as it is now.", names=_names(seen_by))]
    invited = [one for one in seen_by if not one.joined and one.has_address]
    if invited:
        words.append(_("%(names)s gets an invitation first.", names=_names(invited)))
    lacking = _cannot_be_invited(seen_by)
    if lacking:
        words.append(_("%(names)s has no email address to be invited by.", names=_names(lacking)))
    return PortalToggle(True, " ".join(words))


def tell_of_portal(session: Session, payable: Payable, *, was_shared: bool) -> None:
    """Say on the next page what became of it in the portal."""
    what = title_of(payable)
    if was_shared:
        flash(_("%(what)s was shared in the client portal already.", what=what))
        return
    flash(_("%(what)s is shared in the client portal.", what=what))
    lacking = _cannot_be_invited(readers(session, payable))
    if lacking:
        names = _names(lacking)
        flash(_("No invitation went to %(names)s: add an email address first.", names=names))


def _cannot_be_invited(seen_by: list[Reader]) -> list[Reader]:
    return [one for one in seen_by if not (one.joined or one.has_address)]


def _names(those: list[Reader]) -> str:
    return ", ".join(one.name for one in those)
