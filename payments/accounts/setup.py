"""The steps of the checklist about Stripe and the bank accounts."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from payments.accounts import queries
from payments.accounts.models import BankAccount
from portal.core import config
from portal.firm.checklist import Action, Found, State, step


@step("processor", 40, lazy_gettext("Stripe"))
def look_at_processor(session: Session) -> Found:
    """Whether the keys are set and Stripe says that the firm's own account can take money."""
    found, asked_at = queries.last_processor_check(session), queries.unanswered_at(session)
    action = (Action(_("Check now"), "bank_accounts.check_processor", busy=_("Asking Stripe…")),)
    words, facts = [_mode()], [(_("Last checked"), found.at)] if found is not None else []
    state = State.TO_DO
    if found is not None and found.problems:
        state = State.TROUBLE
        words += [*found.problems, _("Mend this at Stripe, then check again.")]
    elif found is not None:
        state = State.DONE
        words.append(
            _("Stripe says that your account can take payments in %(c)s.", c=found.currency)
        )
    elif asked_at is None:
        words.append(_("Ask Stripe whether your account can take payments."))
    if asked_at is not None:
        words.append(_("Stripe gave no answer when it was asked last. Try again in a minute."))
        facts.append((_("No answer"), asked_at))
        state = State.TROUBLE if found is None else state
    return Found(state, tuple(words), tuple(facts), action)


def _mode() -> str:
    settings = config.current()
    if settings.sandbox:
        return _(
            "No Stripe keys are set, so this runs on the built-in sandbox: no real money moves. "
            "For real money, set the STRIPE settings of your server, and begin with a new database."
        )
    if settings.live:
        return _("Live Stripe keys are set: real money moves.")
    return _("Stripe test keys are set: no real money moves.")


@step("bank-account", 50, lazy_gettext("Bank account"))
def look_at_bank_accounts(session: Session) -> Found:
    """Whether one bank account at least can take money."""
    accounts = queries.bank_accounts(session)
    all_of_them = Action(_("Open Bank accounts"), "bank_accounts.index")
    if not accounts:
        words = _("Add the account that clients pay into: trust for client money, or operating.")
        add = Action(_("Add bank account"), "bank_accounts.new")
        return Found(State.TO_DO, (words,), actions=(add,))
    facts = tuple((account.name, _standing(account)) for account in accounts)
    if any(account.connected for account in accounts):
        words = _("A connected account can take payments.")
        return Found(State.DONE, (words,), facts, (all_of_them,))
    if any(account.checked_at is None for account in accounts):
        words = _("Stripe is being asked about your account.")
        return Found(State.WAITING, (words,), facts, (all_of_them,))
    words = _("No account is connected yet, so none can take payments.")
    return Found(State.TROUBLE, (words,), facts, (all_of_them,))


def _standing(account: BankAccount) -> str:
    if account.connected:
        return _("Connected")
    if account.checked_at is None:
        return _("Not checked yet")
    return " ".join(account.checked_problems)
