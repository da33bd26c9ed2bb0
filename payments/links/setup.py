"""The step of the checklist about the first payment link."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from payments.links import queries
from portal.firm.checklist import Action, Found, State, step


@step("first-link", 60, lazy_gettext("First payment link"))
def look_at_links(session: Session) -> Found:
    """Whether there is a link that takes money now (FEATURES L3)."""
    rows = queries.linked_accounts(session)
    new_charge = (Action(_("Open New charge"), "links.new_charge"),)
    live = next((row for row in rows if row.url is not None), None)
    if live is not None and live.url is not None:
        words = _("This link is live. Send it to a client, or open it to see what they see.")
        to_copy = (_("Payment link"), live.url, _("Copy payment link"))
        facts = ((_("Account"), live.account.name),)
        return Found(State.DONE, (words,), facts, new_charge, to_copy)
    if any(not row.online for row in rows):
        words = _("Online payments are turned off, so no link takes money.")
        return Found(
            State.TO_DO, (words,), actions=(Action(_("Open Billing"), "billing_settings.show"),)
        )
    if any(row.account.connected for row in rows):
        words = _("Your account is connected. New charge makes its payment link.")
        return Found(State.TO_DO, (words,), actions=new_charge)
    return Found(State.TO_DO, (_("A connected bank account gets its payment link by itself."),))
