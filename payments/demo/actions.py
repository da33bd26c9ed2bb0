"""Making the demo: the firm, its bank accounts and links, and its payments, each made for real."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from payments.accounts.actions import check_connection
from payments.accounts.demo import make_demo_accounts
from payments.accounts.models import AccountKind, BankAccount
from payments.checkout.actions import Submission, submit
from payments.checkout.details import Details
from payments.checkout.mandate import mandate_text
from payments.checkout.state import Reviewed, new_nonce
from payments.checkout.target import of_account
from payments.demo.asking import ask
from payments.demo.bookkeeping import Past, link_payments
from payments.demo.story import STORY, STORY_HOURS, Told
from payments.gateway.current import gateway
from payments.gateway.results import MethodKind, ProcessorAccount
from payments.links.actions import add_site, ensure_link
from payments.links.models import AccountLink
from payments.links.queries import LinkTarget, linked_accounts, live_link
from payments.methods.entering import method_label
from payments.money.amounts import Money
from portal.clients.demo import make_demo_clients
from portal.core import config, db, demo_clock
from portal.core.jobs.worker import run_due_jobs
from portal.firm.demo import HARLOW_REYES, make_demo_firm
from portal.firm.models import Firm
from portal.messages.demo import demo_portal

PAST_DAYS = 65
SAMPLE_WEBSITE = "http://localhost:8001"
"""Where docs/sample-website is served to try the embed out (docs/website.md says how)."""

NewToken = Callable[[str | None, Told], str]
"""Enters a test number as a payer would, on a processor account; answers the token."""


def is_made() -> bool:
    """Whether a firm is set up already: then nothing is added to it."""
    with db.read() as session:
        return session.scalar(select(Firm.id)) is not None


def make(new_token: NewToken, around: Callable[..., object]) -> None:
    """Make the whole demo. Its clock begins in the past and has caught up when this is done.

    Every payment goes the way of a real one: reviewed, submitted, charged at the sandbox, settled
    as its clock passes, told by email. `around` is the context that jobs run in.
    """
    with db.transaction() as session:
        demo_clock.start_at(session, -timedelta(days=PAST_DAYS))
    with db.transaction() as session:
        firm = make_demo_firm(session)
        accounts = make_demo_accounts(session)
        clients = make_demo_clients(session, firm)
    ana = f"user:{firm.ana.public_id}"
    Past(clients, accounts, ana).live_through(STORY_HOURS // 24)
    run_jobs = partial(run_due_jobs, around)  # type: ignore[arg-type]
    happenings = _payments(new_token) + demo_portal(firm, clients, run_jobs).scenes()
    passed = 0
    for hours_ago, happen in sorted(happenings, key=lambda one: -one[0]):
        _let_pass(STORY_HOURS - hours_ago - passed, around)
        passed = STORY_HOURS - hours_ago
        happen()
    _let_pass(STORY_HOURS - passed, around)
    link_payments(by=ana)
    ask(clients, accounts, by=f"user:{firm.ben.public_id}")
    run_jobs()


def catch_up() -> None:
    """Bring the clock of a demo whose making was killed to the present."""
    with db.transaction() as session:
        behind = demo_clock.stored_offset(session)
        if behind < timedelta(0):
            demo_clock.advance(session, -behind)


def _let_pass(hours: int, around: Callable[..., object]) -> None:
    # A day at a time, so that what falls due in between happens at its own hour.
    while hours > 0:
        step = min(hours, 24)
        with db.transaction() as session:
            demo_clock.advance(session, timedelta(hours=step))
        run_due_jobs(around)  # type: ignore[arg-type]
        hours -= step


def _payments(new_token: NewToken) -> list[tuple[int, Callable[[], None]]]:
    links = _links()
    return [(told.hours_ago, partial(_pay, links[_kind(told)], told, new_token)) for told in STORY]


def _kind(told: Told) -> AccountKind:
    return AccountKind.TRUST if told.trust else AccountKind.OPERATING


def _links() -> dict[AccountKind, LinkTarget]:
    with db.read() as session:
        account_ids = list(session.scalars(select(BankAccount.id)))
    for account_id in account_ids:
        check_connection(account_id)
    with db.transaction() as session:
        for account in session.scalars(select(BankAccount)):
            link = ensure_link(session, account)
            own = config.current().origin == SAMPLE_WEBSITE  # somebody serves the demo there
            if account.kind == AccountKind.OPERATING and not own:
                add_site(session, link, SAMPLE_WEBSITE, by="system")
    with db.read() as session:
        found = [live_link(session, token) for token in session.scalars(select(AccountLink.token))]
    return {link.kind: link for link in found if link is not None and link.connected}


def _pay(link: LinkTarget, told: Told, new_token: NewToken) -> None:
    token = new_token(link.processor_account, told)
    preview = gateway().preview_method(ProcessorAccount(link.processor_account), token)
    details = Details(
        amount_cents=told.cents,
        name=told.name,
        email=told.email,
        paid_for=told.paid_for,
        reference=told.reference,
        postal_code="95814" if told.method is MethodKind.CARD else "",
        method=told.method,
    )
    label, amount = method_label(preview), Money(told.cents, link.currency)
    bank = told.method is MethodKind.BANK
    text = mandate_text(HARLOW_REYES.legal_name, amount, label, "en_US") if bank else ""
    reviewed = Reviewed(new_nonce(), link.link_id, details, token, label, text)
    submit(
        Submission(
            reviewed=reviewed,
            target=of_account(link),
            language="en_US",
            ip_address="192.0.2.10",
            user_agent="demo",
            return_url=f"{config.current().base_url}/pay/{link.token}",
        )
    )


def addresses() -> list[tuple[str, str]]:
    """The demo's live payment links, by the name of their bank account."""
    with db.read() as session:
        return [
            (linked.account.name, linked.url)
            for linked in linked_accounts(session)
            if linked.url is not None
        ]
