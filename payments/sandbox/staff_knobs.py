"""The **Sandbox** page of the staff: payers who complain, eChecks that come back, accounts set up
wrongly. It exists in sandbox mode only."""

from collections.abc import Mapping
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from flask_login import current_user
from werkzeug.wrappers import Response

from payments.sandbox.accounts import Terms
from payments.sandbox.current import sandbox
from payments.sandbox.delivery import nudge
from payments.sandbox.disputes import BANK_COMPLAINTS, CARD_COMPLAINTS
from payments.sandbox.knobs import accounts_there, complain, payments_there, put_on_terms
from payments.sandbox.staff import blueprint
from portal.core import audit, db
from portal.core.errors import Conflict, Invalid, Missing
from portal.web.permissions import LOOK

COMPLAINTS = {
    "fraud": CARD_COMPLAINTS[0],
    "nothing": CARD_COMPLAINTS[1],
    "twice": CARD_COMPLAINTS[2],
    "inquiry": CARD_COMPLAINTS[3],
    "unauthorized": BANK_COMPLAINTS[0],
    "no_money": BANK_COMPLAINTS[1],
    "no_account": BANK_COMPLAINTS[2],
}
COMPLAINT_WORDS = {
    "fraud": lazy_gettext("The payer does not know this charge"),
    "nothing": lazy_gettext("The payer says that nothing was delivered"),
    "twice": lazy_gettext("The payer says that it was charged twice"),
    "inquiry": lazy_gettext("The bank only asks first, and takes nothing yet"),
    "unauthorized": lazy_gettext("The payer did not authorize it (R10)"),
    "no_money": lazy_gettext("Not enough money (R01)"),
    "no_account": lazy_gettext("No such account (R03)"),
}
FEES = {
    "firm": Terms(fees_payer="application"),
    "trust": Terms(fees_payer="account"),
    "hidden": Terms(fees_payer="application", fees_from_account=True),
}
FEE_WORDS = {
    "firm": lazy_gettext("The firm's own account pays them, as it should be"),
    "trust": lazy_gettext("This account pays them, and says so"),
    "hidden": lazy_gettext("This account pays them, though it says otherwise"),
}
DEBITS = {"no": False, "yes": True}
DEBIT_WORDS = {"no": lazy_gettext("No, as it should be"), "yes": lazy_gettext("Yes")}

audit.describe(
    {
        "sandbox.payer_complained": lazy_gettext("Payer's complaint made in the sandbox"),
        "sandbox.terms_changed": lazy_gettext("Account set up otherwise in the sandbox"),
    },
    {
        "sandbox_charge": audit.Kind(lazy_gettext("Payment in the sandbox")),
        "sandbox_account": audit.Kind(lazy_gettext("Account in the sandbox")),
    },
)


@blueprint.get("/sandbox", needs=LOOK)
def index() -> str:
    """What can be made to happen: the latest payments, and the connected accounts."""
    service = sandbox().service
    names = {complaint: name for name, complaint in COMPLAINTS.items()}
    payments = [
        (payment, [(names[one], COMPLAINT_WORDS[names[one]]) for one in payment.complaints])
        for payment in payments_there(service)
    ]
    accounts = [
        (account, _fees_of(account.terms), "yes" if account.terms.debit_negative_balances else "no")
        for account in accounts_there(service)
    ]
    return render_template(
        "sandbox/staff_sandbox.html",
        payments=payments,
        accounts=accounts,
        fees=_options(FEE_WORDS),
        debits=_options(DEBIT_WORDS),
    )


@blueprint.post("/sandbox/payments/<charge_id>/complaint", needs=LOOK)
def make_complaint(charge_id: str) -> Response:
    """The payer of a card disputes it, or the bank sends an eCheck back (FEATURES M7)."""
    complaint = COMPLAINTS.get(request.form.get("complaint", ""))
    if complaint is None:
        raise Invalid(_("Choose what the payer tells the bank."))
    done = complain(sandbox().service, charge_id, complaint)
    if done is None:
        raise Missing(_("There is no such payment in the sandbox."))
    nudge()
    if not done:
        raise Conflict(_("This payment was disputed, sent back or refunded already."))
    _record("sandbox.payer_complained", f"sandbox_charge:{charge_id}", reason=complaint.reason)
    flash(_("The payer's bank has the complaint. It shows on the payment in a moment."))
    return redirect(url_for("sandbox.index"), 303)


@blueprint.post("/sandbox/accounts/<account_id>/terms", needs=LOOK)
def set_terms(account_id: str) -> Response:
    """Set a connected account up wrongly, or rightly again (FEATURES M4)."""
    fees = FEES.get(request.form.get("fees", ""))
    debits = DEBITS.get(request.form.get("debits", ""))
    if fees is None or debits is None:
        raise Invalid(_("Choose who pays the fees, and whether the bank account may be debited."))
    terms = replace(fees, debit_negative_balances=debits)
    if not put_on_terms(sandbox().service, account_id, terms):
        raise Missing(_("There is no such account in the sandbox."))
    nudge()
    _record("sandbox.terms_changed", f"sandbox_account:{account_id}", fees=request.form["fees"])
    flash(_("The account is set up so. Check it under Settings, Bank accounts."))
    return redirect(url_for("sandbox.index"), 303)


def _options(words: Mapping[str, LazyString]) -> list[dict[str, str | LazyString]]:
    return [{"value": value, "label": label} for value, label in words.items()]


def _fees_of(terms: Terms) -> str:
    if terms.fees_from_account:
        return "hidden"
    return "firm" if terms.fees_payer == "application" else "trust"


def _record(action: str, subject: str, **details: str) -> None:
    with db.transaction() as session:
        audit.record(session, current_user.actor, action, subject, **details)
