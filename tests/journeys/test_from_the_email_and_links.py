"""Trust requests, links that staff copied, and withdrawn bills, from the client's side on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping
from tests.journeys.from_email import PAY_ADDRESS, Hands, heading
from tests.journeys.looking import look_over
from tests.journeys.paying import CARD_WORKS, Payer, PayPage, line
from tests.journeys.screens import DESK_DARK, PHONE_DARK, PHONE_LIGHT, Screen
from tests.journeys.sent_to_clients import (
    Firm,
    client_who_owes,
    copy_link,
    expect_books,
    pass_days,
    payments_of,
    send,
    send_bill,
    trust_request,
)

Open = Callable[..., PayPage]


def test_D2_S9_a_trust_request_is_paid_into_trust_and_pays_a_bill_by_pay_from_trust(
    mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 25_000)
    asked = trust_request(mailing, client, 40_000)
    address = send(desk, mailing, client, asked)
    paying, hands = window(DESK_DARK), Hands()
    page = paying.page
    hands.watch(page)
    paying.open(address)
    expect(page.locator("#pay-about")).to_contain_text("Held for you in the firm's trust account.")
    look_over(page, (DESK_DARK,))
    paying.type_card(CARD_WORKS)
    expect(paying.review()).to_contain_text("will be held for you in the firm's trust account")
    reference = paying.submit()
    assert (len(hands.clicks), len(hands.typed)) == (3, 4), hands
    pass_days(desk, reference, "Completed")
    page.goto(address)
    expect(heading(page)).to_contain_text(re.compile(r"^Trust request \S+ is paid$"))
    look_over(page, (DESK_DARK,))
    desk.goto(asked)
    expect(desk.locator("#trust-request .badge").first).to_have_text("Paid")
    held = bookkeeping.Standing("$250.00", held="$400.00", balances=[(client.bills[0], "$250.00")])
    bookkeeping.expect_standing(desk, "contacts", client.public_id, held)

    desk.goto(f"/staff/bills/{client.bills[0].public_id}")
    desk.get_by_role("link", name="Pay from trust").click()
    expect(desk.get_by_label("Amount")).to_have_value("250.00")
    desk.get_by_role("button", name="Pay from trust").click()
    expect(desk.get_by_text("$250.00 was paid from trust.")).to_be_visible()
    told = mailing.letter(client.email, "Held for you in trust after this: $150.00")
    assert "Lease" not in told.subject + told.text
    after = bookkeeping.Standing(held="$150.00", balances=[(client.bills[0], "$0.00")])
    bookkeeping.expect_standing(desk, "contacts", client.public_id, after)
    expect_books(desk, mailing, client, "$0.00")


def test_L2_L8_M12_somebody_else_pays_by_the_copied_link_and_learns_of_no_matter(
    mailing: Firm, desk: Page, window: Open, payer: Payer
) -> None:
    client = client_who_owes(mailing, 7_500)
    matter = client.matters[0].label.split(maxsplit=1)[1]
    address = copy_link(desk, client)
    paying = window(PHONE_LIGHT)
    page = paying.page
    paying.open(address)
    expect(page.get_by_label("Your name")).to_have_value("")
    page.get_by_label("I am paying for someone else").check()
    page.get_by_label("Your name").fill(payer.name)
    page.get_by_label("Email").fill(payer.email)
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(review.get_by_label("Store it for next time")).to_have_count(0)
    expect(line(review, "Paying for someone else")).to_contain_text("Yes")
    look_over(page, (PHONE_LIGHT,))
    reference = paying.submit()
    expect(page.locator("main")).not_to_contain_text(matter)
    pass_days(desk, reference, "Completed")
    mailing.letter(payer.email, "complete")
    theirs = [one for one in mailing.post.to(payer.email) if reference in one.text]
    assert len(theirs) == 2
    for letter in theirs:
        assert matter not in letter.subject + letter.text
        assert client.name not in letter.subject + letter.text
    page.reload()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save receipt as PDF").click()
    assert saved.value.path().read_bytes().startswith(b"%PDF-")
    expect_books(desk, mailing, client, "$0.00")


@pytest.mark.parametrize("screen", [PHONE_DARK], ids=str)
def test_L10_a_voided_bill_says_so_at_the_emailed_and_the_copied_address(
    screen: Screen, mailing: Firm, desk: Page, window: Open
) -> None:
    client = client_who_owes(mailing, 5_000)
    addresses = [send_bill(desk, mailing, client), copy_link(desk, client)]
    assert PAY_ADDRESS.fullmatch(addresses[0])
    paying = window(screen)
    page = paying.page
    paying.open(addresses[0])
    paying.type_card(CARD_WORKS)
    paying.review()
    desk.goto(f"/staff/bills/{client.bills[0].public_id}")
    desk.get_by_role("link", name="Void").click()
    desk.get_by_label("Reason").fill("Sent to the wrong person.")
    desk.get_by_role("button", name="Void").click()
    expect(desk.locator("#bill .badge").first).to_have_text("Void")
    paying.press_submit()
    withdrawn = f"Bill {client.bills[0].number} was withdrawn"
    expect(heading(page)).to_have_text(withdrawn)
    for address in addresses:
        page.goto(address)
        expect(heading(page)).to_have_text(withdrawn)
        expect(page.get_by_role("link", name=re.compile("^Call "))).to_be_visible()
    look_over(page, (screen,))
    assert payments_of(desk, client) == 0
    bookkeeping.check_books(mailing.product)
