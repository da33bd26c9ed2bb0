"""The stand-in for Stripe.js in a real browser, under the product's own content policy.

The page here does what the pay page does: one group of elements for cards and one for banks, a
token, and the answer of `handleNextAction` (FEATURES P3, P4).
"""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

from payments.sandbox.service import SandboxService
from tests.payments.sandbox.page_host import Quiet, host

BILLING = {"name": "Cleo Client", "address": {"country": "US", "postal_code": "10001"}}


@pytest.fixture
def address(service: SandboxService) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, host(service), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pay(page: Page, address: str) -> Iterator[Page]:
    """The page with its fields drawn. Any complaint in the console fails the test."""
    complaints: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.evaluate("start()")
    expect(page.locator("#card .sbx")).to_be_visible()
    expect(page.locator("#bank .sbx")).to_be_visible()
    assert page.evaluate("window.ready") is True
    yield page
    # The browser writes a line for each refused request; those are looked at by the tests.
    assert [words for words in complaints if "Failed to load resource" not in words] == []


def _fill_card(page: Page, number: str, expiry: str = "1234", code: str = "123") -> None:
    card = page.locator("#card")
    card.get_by_label("Card number").press_sequentially(number)
    card.get_by_label("Expiry date").press_sequentially(expiry)
    card.get_by_label("Security code").fill(code)


def _token(page: Page, group: str, billing: Any) -> Any:
    return page.evaluate(f"(billing) => token({group}, billing)", billing)


def _no_axe_violations(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.slow
def test_a_card_is_typed_and_becomes_a_token(pay: Page, firm: Any) -> None:
    _fill_card(pay, "4242424242424242")
    number = pay.get_by_label("Card number")
    expect(number).to_have_value("4242 4242 4242 4242")
    expect(number).to_have_attribute("autocomplete", "cc-number")
    expect(number).to_have_attribute("inputmode", "numeric")
    expect(pay.get_by_label("Expiry date")).to_have_attribute("autocomplete", "cc-exp")
    expect(pay.get_by_label("Security code")).to_have_attribute("autocomplete", "cc-csc")
    assert pay.evaluate("events.at(-1)")["complete"] is True
    made = _token(pay, "cards", BILLING)
    preview = firm.v1.confirmation_tokens.retrieve(
        made["confirmationToken"]["id"]
    ).payment_method_preview
    assert preview.card.last4 == "4242"
    assert preview.billing_details.name == "Cleo Client"
    assert preview.billing_details.address.postal_code == "10001"


@pytest.mark.slow
def test_no_field_is_ever_sent_with_the_pages_own_form(pay: Page) -> None:
    _fill_card(pay, "4242424242424242")
    assert pay.evaluate("[...new FormData(document.forms[0])].length") == 0
    assert pay.evaluate("document.querySelectorAll('form [style], style').length") == 0


@pytest.mark.slow
def test_a_number_that_is_no_test_number_is_refused_in_the_page(pay: Page) -> None:
    requests: list[str] = []
    pay.on("request", lambda request: requests.append(request.url))
    _fill_card(pay, "4111111111111111")
    refused = _token(pay, "cards", BILLING)
    assert refused["error"]["code"] == "incorrect_number"
    number = pay.get_by_label("Card number")
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_accessible_description(
        "Use one of the test numbers below. This page takes no real cards."
    )
    assert requests == []


@pytest.mark.slow
def test_what_is_missing_is_said_at_its_field(pay: Page) -> None:
    assert _token(pay, "cards", BILLING)["error"]["code"] == "incomplete_number"
    _fill_card(pay, "4242424242424242", expiry="1320", code="12")
    assert _token(pay, "cards", BILLING)["error"]["code"] == "incomplete_expiry"
    card = pay.locator("#card")
    expect(card).to_contain_text("Enter a month from 01 to 12.")
    expect(card).to_contain_text("Enter the three digits on the back of the card.")
    expect(card).not_to_contain_text("It has 16 digits.")
    _no_axe_violations(pay)


@pytest.mark.slow
def test_a_test_number_is_filled_in_by_keyboard(pay: Page, firm: Any) -> None:
    pay.locator("#card summary").focus()
    pay.keyboard.press("Enter")
    pay.locator("#card").get_by_role("button", name="Declined card").focus()
    pay.keyboard.press("Enter")
    expect(pay.get_by_text("Filled in: Declined card.")).to_be_visible()
    made = _token(pay, "cards", BILLING)
    assert made["confirmationToken"]["payment_method_preview"]["card"]["last4"] == "0002"


@pytest.mark.slow
def test_P4_a_bank_is_selected_signed_in_to_and_summed_up(pay: Page, firm: Any) -> None:
    bank = pay.locator("#bank")
    bank.get_by_label("Name on the account").fill("Cleo Client")
    assert "error" in _token(pay, "banks", {})
    expect(bank).to_contain_text("Select your bank, or enter its numbers.")
    bank.get_by_role("button", name="Select your bank").click()
    dialog = pay.get_by_role("dialog")
    _no_axe_violations(pay)
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_label("Find your bank")).to_be_focused()
    dialog.get_by_label("Find your bank").fill("harbor")
    dialog.get_by_role("button", name="Harborlight Test Credit Union").press("Enter")
    expect(dialog.get_by_label("Username (test)")).to_have_value("test-user")
    _no_axe_violations(pay)
    dialog.get_by_role("button", name="Agree and sign in").click()
    dialog.get_by_label("Checking ••6789: works").check()
    dialog.get_by_role("button", name="Connect account").click()
    expect(dialog).to_have_count(0)
    summary = bank.get_by_text("Harborlight Test Credit Union, Checking ••6789")
    expect(summary).to_be_focused()
    made = _token(pay, "banks", {})
    paid = firm.confirm(firm.intent().id, made["confirmationToken"]["id"])
    assert paid.status == "processing"
    assert paid.payment_method.us_bank_account.bank_name == "Harborlight Test Credit Union"


@pytest.mark.slow
def test_P4_a_bank_sign_in_that_is_broken_off_leaves_everything_as_it_was(pay: Page) -> None:
    select = pay.get_by_role("button", name="Select your bank")
    select.click()
    pay.get_by_role("button", name="Continue").click()
    pay.keyboard.press("Escape")
    expect(pay.get_by_role("dialog")).to_have_count(0)
    expect(select).to_be_focused()
    # Enter in the search field sent no form either.
    assert pay.url.endswith("/")


@pytest.mark.slow
def test_P4_a_bank_account_is_typed_in_by_its_numbers(pay: Page, firm: Any) -> None:
    bank = pay.locator("#bank")
    bank.get_by_label("Name on the account").fill("Cleo Client")
    bank.get_by_role("button", name="Enter account numbers instead").click()
    expect(bank.get_by_label("Routing number")).to_be_focused()
    bank.get_by_label("Routing number").fill("021000021")
    bank.get_by_label("Account number").fill("12345")
    assert _token(pay, "banks", {})["error"]["type"] == "validation_error"
    expect(bank).to_contain_text("This page takes no real accounts.")
    bank.get_by_text("Use a test account").click()
    bank.get_by_role("button", name="works 000123456789").click()
    made = _token(pay, "banks", {})
    waiting = firm.confirm(firm.intent().id, made["confirmationToken"]["id"])
    assert waiting.next_action.type == "verify_with_microdeposits"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "status"), [("Approve", "succeeded"), ("Refuse", "requires_payment_method")]
)
def test_P3_the_test_bank_asks_and_the_payer_answers(
    pay: Page, firm: Any, answer: str, status: str
) -> None:
    intent = firm.pay("pm_card_authenticationRequiredOnSetup")
    pay.evaluate(
        "(clientSecret) => { window.answer = stripe.handleNextAction({ clientSecret }); }",
        intent.client_secret,
    )
    dialog = pay.get_by_role("dialog", name="Test bank: approve this payment?")
    expect(dialog).to_contain_text("$100.00")
    _no_axe_violations(pay)
    dialog.get_by_role("button", name=answer).click()
    answered = pay.evaluate("window.answer")
    assert firm.read(intent.id).status == status
    if answer == "Approve":
        assert answered["paymentIntent"]["status"] == "succeeded"
    else:
        assert answered["error"]["code"] == "payment_intent_authentication_failure"


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        "Stripe('pk_live_123')",
        "Stripe('pk_test_123')",
        "Stripe('sk_sandbox_123')",
        "stripe.elements({mode: 'payment', amount: 1, currency: 'usd', paymentMethodTypes: []})",
        "cards.update({paymentMethodTypes: ['card']})",
        "stripe.elements({mode: 'payment', amount: 1.5, currency: 'usd'})",
        "cards.create('card')",
        "stripe.createConfirmationToken({elements: cards})",
        "token(cards, {})",
    ],
)
def test_what_stripe_would_refuse_is_refused(pay: Page, call: str) -> None:
    _fill_card(pay, "4242424242424242")
    attempt = f"(async () => {{ try {{ await {call}; }} catch (e) {{ return e.name; }} }})()"
    thrown = pay.evaluate(attempt)
    assert thrown == "IntegrationError"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fields_fit_a_small_phone_in_light_and_dark(pay: Page, scheme: Any) -> None:
    pay.set_viewport_size({"width": 320, "height": 640})
    pay.emulate_media(color_scheme=scheme)
    pay.locator("#card summary").click()
    pay.get_by_role("button", name="Enter account numbers instead").click()
    wide = pay.evaluate("document.documentElement.scrollWidth")
    assert wide == 320
    _no_axe_violations(pay)
    pay.get_by_role("button", name="Select your bank instead").click()
    pay.get_by_role("button", name="Select your bank").click()
    assert pay.evaluate("document.querySelector('dialog').scrollWidth <= 320") is True
    _no_axe_violations(pay)


@pytest.mark.slow
def test_P4_instant_verification_offers_no_account_numbers(pay: Page) -> None:
    pay.evaluate(
        """stripe.elements({ mode: "payment", amount: 100, currency: "usd",
          allowedPaymentMethodTypes: ["us_bank_account"],
          paymentMethodOptions: { us_bank_account: { verification_method: "instant" } } })
          .create("payment").mount("h1")"""
    )
    expect(pay.locator("h1").get_by_role("button", name="Select your bank")).to_be_visible()
    expect(pay.locator("h1").get_by_role("button", name="Enter account numbers")).to_have_count(0)
    expect(pay.locator("#bank").get_by_role("button", name="Enter account numbers")).to_be_visible()
