"""Thirty mixed documents sent at once while the worker is killed, as seen from the progress page.

Three hundred, and more kills, are in tests/promises/test_bulk_sending.py.
"""

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.clients import Client, Owed, client_with_bills
from tests.journeys.looking import look_over
from tests.journeys.sent_to_clients import Firm, trust_request
from tests.journeys.test_processes import worker_of

BILLS = [Owed(20 + nth, (5_000, 2_500) if nth % 3 == 2 else (7_500,)) for nth in range(27)]
DOCUMENTS = 30
NUMBER = re.compile(r"(Bill|Trust request) \d+")
THREADS = 4  # of the worker: so many emails may be on their way when it dies
# A job of the dead worker is free again when its lease has run out, a minute later.
PATIENCE_MILLISECONDS = 180_000


def owing(firm: Firm) -> Client:
    """A client with twenty-seven bills, nine of them of two matters, and three trust requests."""
    client = client_with_bills(firm.product.var, BILLS)
    for cents in (10_000, 20_000, 30_000):
        trust_request(firm, client, cents)
    return client


@pytest.mark.slow
def test_D5_thirty_documents_go_out_though_the_worker_is_killed(mailing: Firm, desk: Page) -> None:
    client = owing(mailing)
    desk.goto(f"/staff/contacts/{client.public_id}/bills")
    desk.get_by_role("button", name="Choose all on this page").click()
    expect(desk.locator("#chosen-count")).to_have_text("27 chosen")
    look_over(desk)
    desk.get_by_role("button", name="Send chosen").click()
    expect(desk.locator(".bulk-group-title")).to_have_text("27 by email")
    desk.get_by_label("Message").fill("With thanks")
    desk.get_by_label("Also the unpaid trust requests of the same clients").check()
    expect(desk.locator(".bulk-group-title")).to_have_text("30 by email")
    desk.get_by_label("Send to client portal").check()
    several = desk.locator(".bulk-group", has_text="A bill with several matters never goes")
    expect(several).to_contain_text("9 by email only")
    look_over(desk)
    expect(desk.get_by_label("Message")).to_have_value("With thanks")
    mailing.post.seconds = 1.0  # else all may have gone before the worker dies
    desk.get_by_role("button", name="Send 30").click()
    expect(desk.locator("#bulk")).to_contain_text("of 30")
    expect(desk.locator("#bulk")).to_contain_text(re.compile("On the way|Sent"))
    os.kill(worker_of(mailing.product), signal.SIGKILL)
    desk.reload()
    expect(desk.locator("#bulk")).to_contain_text("of 30")
    mailing.post.seconds = 0.0
    look_over(desk)
    expect(desk.locator("#bulk")).to_contain_text("30 sent.", timeout=PATIENCE_MILLISECONDS)
    expect(desk.locator("#status")).to_contain_text("100 percent done: 30 of 30.")
    look_over(desk)
    letters = mailing.post.to(client.email)
    named = {found[0] for one in letters if (found := NUMBER.search(one.text))}
    assert len(named) == DOCUMENTS
    assert len(letters) <= DOCUMENTS + THREADS
    assert all("With thanks" in one.text for one in letters)
