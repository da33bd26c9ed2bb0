"""Money comes back: refunded, disputed, returned, and what the firm does for its trust account.

Each way starts from the email of a bill or trust request, the firm reads its own pages and alerts,
**Advance** moves the days, and the books are checked after every turn (FEATURES M4, M6, M7, M8).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

from tests.journeys import bookkeeping, office
from tests.journeys.clients import Client
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, PayPage, line
from tests.journeys.screens import DESK_LIGHT, PHONE_DARK
from tests.journeys.sent_to_clients import (
    APPROVE,
    Firm,
    client_who_owes,
    expect_books,
    pass_days,
    send,
    send_bill,
    trust_request,
)

Open = Callable[..., PayPage]
SANDBOX, ALERTS, TASKS = "/staff/sandbox", "/staff/alerts", "/staff/online-payments/trust-tasks"


class Paid(NamedTuple):
    """A completed payment: its reference, and its page for staff."""

    reference: str
    page: str


def by_card(desk: Page, paying: PayPage, address: str) -> Paid:
    """Pay what the emailed page asks for, and wait until it is Completed."""
    paying.open(address)
    paying.type_card(CARD_WORKS)
    paying.review()
    return completed(desk, paying.submit())


def by_echeck(desk: Page, paying: PayPage, address: str, client: Client) -> Paid:
    """The same from a bank account, with the payer's approval."""
    paying.open(address)
    paying.connect_bank(client.name, "works")
    paying.review()
    paying.page.get_by_label(APPROVE).check()
    return completed(desk, paying.submit())


def completed(desk: Page, reference: str) -> Paid:
    row = pass_days(desk, reference, "Completed")
    page = row.locator(f"a[href^='{office.TRANSACTIONS}/']").first.get_attribute("href")
    assert page is not None
    return Paid(reference, page.removesuffix("/link"))


def refund(desk: Page, paid: Paid, amount: str, reason: str, after: str) -> None:
    """**Refund** on the payment's page, once the preview says what will be owed on the bill."""
    desk.goto(paid.page)
    desk.get_by_role("link", name="Refund", exact=True).click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Amount").fill(amount)
    owed = bookkeeping.column(dialog.locator("#refund-bills"), "Owed afterwards")
    expect(owed).to_have_text([after])
    dialog.get_by_label("Reason").fill(reason)
    look_over(desk)
    dialog.get_by_role("button", name="Refund", exact=True).click()
    expect(desk.locator("#status")).to_contain_text("was refunded. The payer is emailed.")


def complain(desk: Page, paid: Paid, button: str) -> None:
    """The payer's bank takes the payment back: a button of the **Sandbox** page."""
    desk.goto(SANDBOX)
    named = desk.locator(f"a[href='{paid.page}']")
    desk.get_by_role("row").filter(has=named).get_by_role("button", name=button).click()
    office.advance(desk, "5 minutes")


def alert(desk: Page, paid: Paid, words: str) -> Locator:
    """The row of the alert that says this of the payment."""
    desk.goto(ALERTS)
    row = desk.get_by_role("row").filter(has_text=paid.reference).filter(has_text=words)
    expect(row).to_have_count(1)
    return row


def dispute_of(desk: Page, paid: Paid) -> None:
    """Its page, from the payment's."""
    desk.goto(paid.page)
    expect(desk.locator("#payment").get_by_text("Disputed", exact=True).first).to_be_visible()
    desk.get_by_role("link", name="Open the dispute").click()
    expect(desk.locator("#dispute")).to_be_visible()


def finish_task(desk: Page, paid: Paid, to_do: str) -> None:
    """The trust task of a payment: look at it, do it, and it is done."""
    desk.goto(TASKS)
    row = desk.get_by_role("row").filter(has_text=paid.reference)
    row.get_by_role("link", name=re.compile(re.escape(to_do))).click()
    look_over(desk)
    day = desk.get_by_label("Day the bank moved it")
    day.fill(day.get_attribute("max") or "")
    desk.get_by_label("Bank's reference").fill("Wire 4471")
    desk.get_by_role("button", name="Record as done").click()
    expect(desk.locator("#status")).to_contain_text("The task is done")
    look_over(desk)
    desk.goto(TASKS)
    expect(desk.get_by_role("row").filter(has_text=paid.reference)).to_have_count(0)


def held(desk: Page, client: Client, figure: str) -> None:
    standing = bookkeeping.Standing("$0.00", held=figure)
    bookkeeping.expect_standing(desk, "contacts", client.public_id, standing)


def test_M6_refunded_in_part_and_then_in_full_from_the_payment(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 10_000)
    paying = window(PHONE_DARK)
    address = send_bill(desk, mailing, client)
    paid = by_card(desk, paying, address)
    status_page = paying.page.url
    refund(desk, paid, "40.00", "Billed twice for one call.", "$40.00")
    expect(desk.locator("#payment").get_by_text("Partly refunded", exact=True)).to_be_visible()
    look_over(desk)
    expect_books(desk, mailing, client, "$40.00")
    for to in (client.email, office.ADA):
        told = mailing.letter(to, "$40.00")
        assert "refund" in told.subject.lower()
        assert ("Billed twice" in told.text) == (to == office.ADA), "the reason is the firm's own"
    refund(desk, paid, "60.00", "The engagement has ended.", "$100.00")
    expect(desk.locator("#payment").get_by_text("Refunded", exact=True).first).to_be_visible()
    expect(desk.get_by_role("link", name="Refund", exact=True)).to_have_count(0)
    expect_books(desk, mailing, client, "$100.00")
    paying.page.goto(status_page)
    expect(paying.page.get_by_text("Refunded", exact=True).first).to_be_visible()
    look_over(paying.page, (PHONE_DARK,))


def test_M7_a_dispute_that_is_accepted_leaves_the_paid_bill_unpaid(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 8_000)
    paid = by_card(desk, window(DESK_LIGHT), send_bill(desk, mailing, client))
    expect_books(desk, mailing, client, "$0.00")
    complain(desk, paid, "Open a dispute")
    expect_books(desk, mailing, client, "$80.00")
    told = mailing.letter(office.ADA, paid.reference)
    assert told.to == office.ADA
    row = alert(desk, paid, "disput")
    expect(row).to_contain_text(re.compile(r"\d+ days? left"))
    look_over(desk)
    row.get_by_role("link").first.click()
    expect(desk.locator("#dispute")).to_be_visible()
    look_over(desk)
    desk.get_by_role("link", name="Accept dispute").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name="Accept dispute").click()
    expect(desk.locator("#dispute").get_by_text("Lost", exact=True)).to_be_visible()
    desk.goto(paid.page)
    expect(desk.locator("#payment").get_by_text("Dispute lost", exact=True)).to_be_visible()
    expect_books(desk, mailing, client, "$80.00")


def test_M7_a_dispute_is_won_with_evidence_that_a_partner_released(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 9_000)
    paid = by_card(desk, window(DESK_LIGHT), send_bill(desk, mailing, client))
    complain(desk, paid, "Open a dispute")
    expect_books(desk, mailing, client, "$90.00")
    dispute_of(desk, paid)
    kit = desk.locator("#dispute-kit")
    expect(kit).not_to_contain_text(client.matters[0].label.split(maxsplit=1)[1])
    expect(desk.get_by_role("button", name="Send to the bank")).to_have_count(0)
    desk.get_by_role("radio", name=re.compile("partner", re.IGNORECASE)).check()
    desk.get_by_label("Note").fill("Decided by Ada Reyes by telephone.")
    desk.get_by_role("button", name="Record the release").click()
    look_over(desk)
    desk.get_by_role("button", name="Send to the bank").click()
    expect(desk.locator("#dispute").get_by_text("With the bank").first).to_be_visible()
    office.advance(desk, "1 day", times=2)
    desk.goto(paid.page)
    expect(desk.locator("#payment").get_by_text("Dispute won", exact=True)).to_be_visible()
    expect_books(desk, mailing, client, "$0.00")


def test_M7_M8_an_echeck_into_trust_is_held_spent_returned_and_covered_by_the_firm(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 25_000)
    asked = send(desk, mailing, client, trust_request(mailing, client, 40_000))
    paid = by_echeck(desk, window(DESK_LIGHT), asked, client)
    bill = f"/staff/bills/{client.bills[0].public_id}"
    desk.goto(f"/staff/contacts/{client.public_id}/ledger")
    expect(desk.locator("main")).to_contain_text("on hold")
    look_over(desk)
    office.advance(desk, "5 days", times=3)  # five banking days, a weekend, perhaps a holiday
    desk.goto(bill)
    desk.get_by_role("link", name="Pay from trust").click()
    expect(desk.get_by_label("Amount")).to_have_value("250.00")
    desk.get_by_role("button", name="Pay from trust").click()
    expect(desk.get_by_text("$250.00 was paid from trust.")).to_be_visible()
    held(desk, client, "$150.00")
    complain(desk, paid, "Send it back")
    held(desk, client, "$0.00")
    expect_books(desk, mailing, client, "$0.00")
    told = mailing.letter(client.email, "returned")
    assert "Lease" not in told.subject + told.text
    finish_task(desk, paid, "$250.00")
    bookkeeping.check_books(mailing.product)


def test_M7_an_echeck_that_is_linked_into_trust_is_returned_before_it_was_spent(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 5_000)
    paying = window(DESK_LIGHT)
    asked = send(desk, mailing, client, trust_request(mailing, client, 30_000))
    paid = by_echeck(desk, paying, asked, client)
    status_page = paying.page.url
    bookkeeping.expect_standing(
        desk, "contacts", client.public_id, bookkeeping.Standing("$50.00", held="$300.00")
    )
    complain(desk, paid, "Send it back")
    bookkeeping.expect_standing(
        desk, "contacts", client.public_id, bookkeeping.Standing("$50.00", held="$0.00")
    )
    expect_books(desk, mailing, client, "$50.00")
    assert mailing.letter(client.email, "returned").to == client.email
    desk.goto(TASKS)
    expect(desk.get_by_role("heading", name="Trust tasks")).to_be_visible()
    expect(desk.get_by_role("row").filter(has_text=paid.reference)).to_have_count(0)
    paying.page.goto(status_page)
    expect(paying.page.get_by_text("Your bank returned this payment")).to_be_visible()
    look_over(paying.page, (DESK_LIGHT,))


def test_M4_a_fee_taken_from_trust_is_alarmed_and_put_back(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 5_000)
    desk.goto(SANDBOX)
    account = desk.get_by_role("region", name=re.compile("Connected account: .*Trust"))
    account.get_by_label("Stripe's fees").select_option(index=2)
    account.get_by_role("button", name="Set it up so").click()
    paying = window(DESK_LIGHT)
    asked = send(desk, mailing, client, trust_request(mailing, client, 30_000))
    paid = by_card(desk, paying, asked)
    standing = bookkeeping.Standing("$50.00", held="$300.00")
    bookkeeping.expect_standing(desk, "contacts", client.public_id, standing)
    row = alert(desk, paid, "from trust")
    row.get_by_role("link").first.click()
    expect(line(desk.locator("#task-facts"), "Payment")).to_contain_text(paid.reference)
    fee = re.compile(r"\$\d+\.\d\d")
    expect(desk.locator("#do-it")).to_contain_text(fee)
    finish_task(desk, paid, "$")
    bookkeeping.check_books(mailing.product)
    desk.goto(SANDBOX)
    account.get_by_label("Stripe's fees").select_option(index=0)
    account.get_by_role("button", name="Set it up so").click()
