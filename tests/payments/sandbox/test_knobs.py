"""The Sandbox page: payers complain, eChecks come back, accounts are set up otherwise."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from payments.gateway.current import gateway
from payments.gateway.results import (
    AccountCheck,
    DisputeStatus,
    GatewayPayment,
    ProcessorAccount,
)
from payments.sandbox.current import sandbox, use
from payments.sandbox.making import TRUST_ACCOUNT_ID, make_sandbox
from portal.core import db
from portal.core.config import Settings
from portal.notifications.queries import OpenAlert, open_alerts
from tests.factories.payments import (
    BANK_WORKS,
    Links,
    Payer,
    books_problems,
    make_links,
    the_payment,
)
from tests.support.cast import Cast
from tests.support.page import Page

PAGE = "/staff/sandbox"
DEBITED = "Stripe may take money back from your trust bank account by itself."
NEW_CHARGE = "/staff/online-payments/new-charge"
Advance = Callable[[timedelta], int]


@pytest.fixture
def links(cast: Cast) -> Links:
    return make_links()


def there(account: str | None = None) -> GatewayPayment:
    """The one payment, as the processor has it."""
    intent = the_payment().intent_id
    assert intent is not None
    return gateway().get_payment(ProcessorAccount(account), intent)


def alerts() -> list[OpenAlert]:
    """What waits for the staff."""
    with db.read() as session:
        return open_alerts(session)


def trust_account() -> AccountCheck:
    return gateway().check_account(ProcessorAccount(TRUST_ACCOUNT_ID), "USD")


def press(cast: Cast, address: str, status: int, **fields: str) -> Page:
    """Send a form that the page does not offer."""
    token = str(cast.ana.get(PAGE).select("input[name=csrf_token]")[0]["value"])
    return cast.ana.post(address, fields | {"csrf_token": token}, status=status)


def complain(cast: Cast, page: Page, button: str, complaint: str) -> Page:
    return cast.ana.submit(page, button, complaint=complaint)


def test_M7_nothing_stands_there_until_somebody_has_paid(cast: Cast, links: Links) -> None:
    page = cast.ana.get(PAGE)
    assert "Nobody has paid yet" in page
    assert cast.ana.click(page, "Open New charge")


def test_M7_the_payer_of_a_card_disputes_it(app: Flask, cast: Cast, links: Links) -> None:
    Payer(app).pay(links.operating)
    page = cast.ana.get(PAGE)
    assert "Card •••• 4242" in page
    page = complain(cast, page, "Open a dispute", "nothing")
    assert "The payer's bank has the complaint." in page
    (dispute,) = there().disputes
    assert (dispute.status, dispute.reason) == (DisputeStatus.OPEN, "product_not_received")
    assert "Disputed" in page
    assert not page.select("select[name=complaint]")
    payment = cast.ana.click(page, "Card •••• 4242")
    assert the_payment().reference in payment


def test_M7_an_echeck_that_went_through_is_sent_back(
    app: Flask, cast: Cast, links: Links, advance: Advance
) -> None:
    Payer(app, TRUST_ACCOUNT_ID).pay(links.trust, method="bank", number=BANK_WORKS)
    assert "Nobody has paid yet" in cast.ana.get(PAGE)
    advance(timedelta(days=8))
    complain(cast, cast.ana.get(PAGE), "Send it back", "no_money")
    (back,) = there(TRUST_ACCOUNT_ID).disputes
    assert (back.status, back.reason, back.network_code) == (
        DisputeStatus.LOST,
        "insufficient_funds",
        "R01",
    )
    assert "Sent back" in cast.ana.get(PAGE)


def test_M7_what_was_done_there_is_told_by_webhook_and_stands_on_the_payments_page(
    app: Flask, cast: Cast, links: Links, advance: Advance
) -> None:
    Payer(app).pay(links.operating)
    advance(timedelta(days=3))
    complain(cast, cast.ana.get(PAGE), "Open a dispute", "fraud")
    advance(timedelta(minutes=1))
    page = cast.ana.click(cast.ana.get(PAGE), "Card •••• 4242")
    assert "Disputed" in page.texts(".badge")
    assert books_problems(app) == []


def test_M7_a_bank_may_only_ask_first(app: Flask, cast: Cast, links: Links) -> None:
    Payer(app).pay(links.operating)
    complain(cast, cast.ana.get(PAGE), "Open a dispute", "inquiry")
    (asked,) = there().disputes
    assert (asked.status, asked.out_cents) == (DisputeStatus.INQUIRY, 0)


def test_M7_what_cannot_be_complained_of_is_said_and_changes_nothing(
    app: Flask, cast: Cast, links: Links
) -> None:
    Payer(app).pay(links.operating)
    charge = there().charge_id
    address = f"{PAGE}/payments/{charge}/complaint"
    for wrong in ("", "nonsense"):
        refused = press(cast, address, 422, complaint=wrong)
        assert "Choose what the payer tells the bank." in refused
    # R10 is a return code of banks; nobody can say it of a card.
    press(cast, address, 404, complaint="unauthorized")
    press(cast, f"{PAGE}/payments/ch_unknown/complaint", 404, complaint="fraud")
    assert there().disputes == ()
    press(cast, address, 200, complaint="fraud")
    refused = press(cast, address, 409, complaint="fraud")
    assert "disputed, sent back or refunded already" in refused
    assert len(there().disputes) == 1


def test_M4_a_trust_account_is_set_up_wrongly_and_stays_so_after_a_restart(
    app: Flask, cast: Cast, links: Links, settings: Settings
) -> None:
    assert [one.safe for one in trust_account().findings] == [True, True, True]
    page = cast.ana.submit(cast.ana.get(PAGE), "Set it up so", fees="trust", debits="yes")
    assert [one.safe for one in trust_account().findings] == [False, True, False]
    before = sandbox()
    use(make_sandbox(settings))
    assert [one.safe for one in trust_account().findings] == [False, True, False]
    use(before)
    chosen = [option["value"] for option in page.select("option[selected]")]
    assert chosen == ["trust", "yes"]
    cast.ana.submit(page, "Set it up so", fees="firm", debits="no")
    assert [one.safe for one in trust_account().findings] == [True, True, True]


def test_M4_what_changes_at_the_processor_is_noticed_at_once(
    cast: Cast, links: Links, run_jobs: Callable[[], int]
) -> None:
    """Its webhook asks for a check; nobody waits for the nightly one."""
    page = cast.ana.submit(cast.ana.get(PAGE), "Set it up so", fees="firm", debits="yes")
    run_jobs()
    assert DEBITED in cast.ana.get(NEW_CHARGE)
    (alert,) = alerts()
    assert DEBITED in alert.sentence
    cast.ana.submit(page, "Set it up so", fees="firm", debits="no")
    run_jobs()
    assert DEBITED not in cast.ana.get(NEW_CHARGE)
    assert alerts() == []


def test_M4_fees_in_secret_pass_the_check_and_show_on_the_payment(
    app: Flask, cast: Cast, links: Links
) -> None:
    page = cast.ana.submit(cast.ana.get(PAGE), "Set it up so", fees="hidden", debits="no")
    assert [option["value"] for option in page.select("option[selected]")] == ["hidden", "no"]
    assert [one.safe for one in trust_account().findings] == [True, True, True]
    Payer(app, TRUST_ACCOUNT_ID).pay(links.trust)
    entry = there(TRUST_ACCOUNT_ID).balance_entry
    assert entry is not None
    assert entry.fee_cents > 0


def test_M4_only_a_connected_account_has_terms_to_choose(cast: Cast, links: Links) -> None:
    right = {"fees": "firm", "debits": "no"}
    address = f"{PAGE}/accounts/{TRUST_ACCOUNT_ID}/terms"
    for wrong in ({}, {"fees": "firm"}, right | {"debits": "perhaps"}):
        assert "Choose who pays the fees" in press(cast, address, 422, **wrong)
    for unknown in ("acct_nobody", "acct_sandboxplatform"):
        press(cast, f"{PAGE}/accounts/{unknown}/terms", 404, **right)
