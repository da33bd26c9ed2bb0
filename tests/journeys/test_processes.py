"""A real mail server, and a worker that dies in the middle of a payment.

How the product starts, stops and shares its data is in test_boot.py, where nothing else runs.
"""

import os
import signal
import subprocess
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import letters, office
from tests.journeys.letters import Letter
from tests.journeys.paying import CARD_WORKS, Payer, PayPage
from tests.journeys.sent_to_clients import Firm
from tests.support.browser import Product

Open = Callable[..., PayPage]


def _about(firm: Firm, reference: str) -> list[Letter]:
    """What has come about one payment."""
    return [one for one in list(firm.post.letters) if reference in one.subject + one.text]


def _review(paying: PayPage, firm: Firm, payer: Payer, amount: str) -> None:
    """From the printed link to the review."""
    paying.open(firm.product.printed.split("Pay into")[1].split()[-1])
    paying.type_words(payer, amount)
    paying.type_card(CARD_WORKS)
    paying.review()


def worker_of(product: Product) -> int:
    """The process id of the worker: the only child of the product."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    children = [int(pid) for pid, parent in pairs if int(parent) == product.process.pid]
    assert len(children) == 1, children
    return children[0]


def test_N1_P6_the_same_emails_arrive_at_a_real_mail_server(
    mailing: Firm, desk: Page, window: Open
) -> None:
    payer, paying = Payer(), window()
    _review(paying, mailing, payer, "310.00")
    reference = paying.submit()
    made = letters.wait_for(lambda: _about(mailing, reference), 2)
    assert {letter.to for letter in made} == {office.ADA, payer.email}
    desk.goto(office.TRANSACTIONS)
    office.advance(desk, "1 day", times=2)
    sent = letters.wait_for(lambda: _about(mailing, reference), 4)
    assert {letter.to for letter in sent[2:]} == {office.ADA, payer.email}
    paying.page.goto(f"{mailing.product.base_url}/sandbox/mail")
    expect(paying.page.get_by_role("heading", level=1)).to_have_text("Not found")


def test_S1_a_worker_killed_during_a_payment_is_started_again_and_the_emails_still_come(
    mailing: Firm, window: Open
) -> None:
    paying = window()
    _review(paying, mailing, Payer(), "45.00")
    killed = worker_of(mailing.product)
    os.kill(killed, signal.SIGKILL)
    reference = paying.submit()
    expect(paying.page.get_by_text("Authorized", exact=True)).to_be_visible()
    letters.wait_for(lambda: _about(mailing, reference), 2)
    assert worker_of(mailing.product) != killed
