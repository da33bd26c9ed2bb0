"""The payer's language: how it is chosen, and that no English word is left (FEATURES B3)."""

from collections.abc import Callable, Generator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from payments.accounts.models import BankAccount
from payments.checkout import public_drawing
from payments.links.actions import retire
from payments.links.models import AccountLink
from payments.transactions import emails as _emails  # noqa: F401  registers them
from payments.transactions import failures
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from portal.outbox import render
from portal.outbox.registry import EMAILS, Recipient
from tests.factories.payments import (
    BANK_WORKS,
    CARD_ASKS,
    CARD_DECLINED,
    CARD_WORKS,
    Links,
    Payer,
    payments,
    the_payment,
)
from tests.support.cast import Cast
from tests.support.languages import EVERY_LANGUAGE, Asked, english_left, offer, visible
from tests.support.outbox import Outbox
from tests.support.page import Page

RunJobs = Callable[[], int]
SPOKEN = pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
REFUNDS = {"refund-made-payer", "refund-failed-payer"}  # read in test_languages_money_back
TO_PAYERS = sorted({kind for kind in EMAILS if kind.endswith("-payer")} - REFUNDS)
MANDATE_BEGINS = {
    "fr_CA": "J’autorise Harlow & Reyes LLP",
    "es_US": "Autorizo a Harlow & Reyes LLP",
}


@pytest.fixture(autouse=True)
def asked(links: Links, monkeypatch: pytest.MonkeyPatch) -> Generator[Asked]:
    """All three languages are offered; whatever is asked for in one of them is translated."""
    offer(EVERY_LANGUAGE)
    public_drawing.forget()  # another test may have had the same page drawn
    listening = Asked(monkeypatch)
    yield listening
    assert listening.untranslated == set()


@pytest.fixture
def reads(asked: Asked) -> Callable[[Page, str], None]:
    """Fails where a page has an English sentence of ours left, or tells a wrong language."""

    def check(page: Page, locale: str) -> None:
        tag = locale.replace("_", "-")
        assert page.headers["Content-Language"] == tag
        assert "Accept-Language" in page.headers.getlist("Vary")
        if page.is_whole:
            assert page.one("html")["lang"] == tag
        assert english_left(visible(page.body), locale) == []
        assert asked.count > 0, "no text was asked for in this language"

    return check


Reads = Callable[[Page, str], None]


def in_language(link: str, locale: str) -> str:
    """The address of a payer who chose a language."""
    return f"{link}?lang={locale[:2]}"


def alter(**values: Any) -> None:
    """Bring the one payment into a state."""
    with db.transaction() as session:
        session.execute(update(Payment).values(**values))


@SPOKEN
def test_B3_the_pay_page_and_its_problems(
    locale: str, payer: Payer, client_of_trust: Payer, links: Links, reads: Reads
) -> None:
    link = in_language(links.operating, locale)
    reads(payer.get(link), locale)
    reads(client_of_trust.get(in_language(links.trust, locale)), locale)
    empty = dict.fromkeys(("amount", "name", "email", "paid_for", "postal_code"), "")
    wrong = {
        "amount": "12 or so",
        "name": "4242 4242 4242 4242",
        "email": "nobody",
        "paid_for": "a\u202eb",
        "reference": "x" * 101,
        "postal_code": "?",
    }
    for typed in (empty, wrong, {"amount": "0.01"}, {"amount": "100000.01"}, {"form_token": "x"}):
        for htmx in (True, False):
            page = payer.post(link, payer.type_in(link, **typed), htmx=htmx, status=422)
            reads(page, locale)
    reads(payer.post(link, payer.type_in(link), status=422), locale)  # without script


@SPOKEN
def test_B3_a_card_from_the_review_to_the_end(
    locale: str, payer: Payer, links: Links, reads: Reads, advance: Callable[..., int]
) -> None:
    link = in_language(links.operating, locale)
    reviewed = payer.review(link)
    reads(reviewed, locale)
    answer = payer.press_submit(reviewed)
    address = answer.headers["HX-Redirect"]
    assert address.endswith(f"?lang={locale[:2]}")
    reads(payer.get(address), locale)
    assert the_payment().language == locale
    reads(payer.press_submit(payer.review(link, number=CARD_DECLINED), status=422), locale)
    reads(payer.press_submit(payer.review(link, number=CARD_ASKS), status=200), locale)


@SPOKEN
def test_B3_P4_a_bank_account_with_its_mandate_and_test_deposits(
    locale: str, payer: Payer, links: Links, reads: Reads
) -> None:
    link = in_language(links.operating, locale)
    form = payer.type_in(link, method="bank")
    form["confirmation_token"] = payer.type_bank_numbers()
    reviewed = payer.post(link, form, htmx=True)
    reads(reviewed, locale)
    assert reviewed.texts(".mandate p")[0].startswith(MANDATE_BEGINS[locale])
    reads(payer.press_submit(reviewed, mandate=False, status=422), locale)
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    reads(status, locale)
    assert (the_payment().mandate_text or "").startswith(MANDATE_BEGINS[locale])
    deposits = payer.get(str(status.one(".sheet a.button")["href"]))
    reads(deposits, locale)
    action = str(deposits.one("form.sheet")["action"])
    reads(payer.post(action, {"first": "11", "second": "12"}, status=422), locale)
    reads(payer.post(action, {"first": "32", "second": "45"}), locale)
    nobody = payer.get(in_language("/sandbox/verify-deposits/pi_none", locale), status=404)
    reads(nobody, locale)


@SPOKEN
def test_B3_P6_the_status_page_in_every_state_and_every_failure_in_words(
    locale: str, app: Flask, payer: Payer, links: Links, reads: Reads
) -> None:
    """The address in an email says no language: the page is in the one of the payment."""
    payer.pay(in_language(links.operating, locale))
    address = f"/payments/{the_payment().status_token}"
    for status in Status:
        alter(status=status)
        reads(payer.get(address), locale)
        reads(payer.get(address, htmx=True), locale)
    with app.test_request_context("/"):
        either = set(failures._either())
        codes = {"card": set(failures._card()) | either, "bank": set(failures._bank()) | either}
    for method, known in codes.items():
        for code in {*known, "a code of tomorrow"}:
            alter(status=Status.FAILED, method=method, failure_code=code, mandate_text="…")
            reads(payer.get(address), locale)


@SPOKEN
def test_B3_L5_links_that_take_no_payment_and_addresses_that_lead_nowhere(
    locale: str, payer: Payer, links: Links, reads: Reads
) -> None:
    wish: dict[str, Any] = {"headers": {"Accept-Language": f"{locale[:2]},en;q=0.1"}}
    reads(payer.get("/nowhere", status=404, **wish), locale)
    reads(payer.get("/pay/nothing", status=404, **wish), locale)
    reads(payer.get("/payments/nothing", status=404, **wish), locale)
    reads(payer.get(f"{links.operating}/submit", status=405, **wish), locale)
    with db.transaction() as session:
        found = session.query(AccountLink).filter_by(token=links.operating[5:]).one()
        retire(session, found, "ada", found.bank_account.name)
        session.execute(update(BankAccount).values(checked_problems=["It was closed."]))
    reads(payer.get(links.operating, status=410, **wish), locale)
    answer = payer.http.get(links.trust, **wish)
    assert answer.status_code == 503
    reads(Page(answer, links.trust), locale)


@SPOKEN
def test_B3_too_many_tries(locale: str, payer: Payer, links: Links, reads: Reads) -> None:
    link = in_language(links.operating, locale)
    while (page := payer.ask("POST", link, data={}, status=None)).status != 429:
        assert page.status == 422
    reads(page, locale)
    reads(payer.ask("POST", link, data={}, status=429, htmx=True), locale)


@SPOKEN
@pytest.mark.parametrize("method", ["card", "bank"])
@pytest.mark.parametrize("kind", TO_PAYERS)
def test_B3_every_email_to_a_payer(
    kind: str, method: str, locale: str, app: Flask, links: Links, payer: Payer, asked: Asked
) -> None:
    number = CARD_WORKS if method == "card" else BANK_WORKS
    payer.pay(in_language(links.operating, locale), method=method, number=number)
    codes = {"failed": "insufficient_funds", "returned": "account_closed"}
    code = codes.get(kind.split("-")[1])
    alter(failure_code=code, expected_on=date(2026, 12, 1))
    recipient = Recipient("Dana Whitfield", "dana@payer.test", locale)
    with app.app_context():
        with db.read() as session:
            email = EMAILS[kind].write(session, {"payment_id": the_payment().id}, recipient)
        sent = render.render(email, recipient, message_id="<1@x.test>", stream="payments")
    assert sent["Content-Language"] == locale.replace("_", "-")
    for part in ("plain", "html"):
        body = sent.get_body((part,))
        assert body is not None
        text = body.get_content()
        read = visible(text) if part == "html" else text
        assert english_left(f"{sent['Subject']} {read}", locale) == []
    assert asked.count > 10


def test_B3_the_browser_chooses_first_and_the_payer_may_choose_otherwise(
    payer: Payer, links: Links
) -> None:
    wish: dict[str, Any] = {"headers": {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}}
    page = payer.get(f"{links.operating}?amount=12.50&name=Ana", **wish)
    assert page.texts("h1") == ["Pagar a Harlow & Reyes"]
    switch = {tag.get_text(): tag for tag in page.select(".languages a")}
    assert list(switch) == ["English", "Español", "Français"]
    assert [name for name, tag in switch.items() if tag.get("aria-current")] == ["Español"]
    assert switch["Français"]["lang"] == switch["Français"]["hreflang"] == "fr-CA"
    french = payer.get(str(switch["Français"]["href"]), **wish)
    assert french.texts("h1") == ["Payer Harlow & Reyes"]
    assert french.one("#amount")["value"] == "12.50"
    assert french.one("#name")["value"] == "Ana"
    assert str(french.one("#pay-form")["action"]).endswith("?lang=fr")


@pytest.mark.parametrize("asked_for", ["de", "fr/../x", "FRENCH", "", "%00", "fr_CA_x_y_z_0"])
def test_B3_a_language_that_is_not_offered_is_passed_over(
    asked_for: str, payer: Payer, links: Links
) -> None:
    page = payer.get(f"{links.operating}?lang={asked_for}")
    assert page.texts("h1") == ["Pay Harlow & Reyes"]
    assert "lang=" not in str(page.one("#pay-form")["action"])


def test_B3_where_the_firm_offers_one_language_there_is_no_switch(
    payer: Payer, links: Links
) -> None:
    offer(["en_US"])
    page = payer.get(f"{links.operating}?lang=fr", headers={"Accept-Language": "fr"})
    assert page.texts("h1") == ["Pay Harlow & Reyes"]
    assert page.select(".languages") == []


def test_B3_L4_a_french_amount_is_read_and_shown_in_us_dollars(payer: Payer, links: Links) -> None:
    reviewed = payer.review(in_language(links.operating, "fr_CA"), amount="1 234,50")
    assert "1 234,50 $ US" in reviewed
    again = payer.press_submit(
        payer.review(in_language(links.operating, "fr_CA"), amount="9,50", number=CARD_DECLINED),
        status=422,
    )
    assert again.one("#amount")["value"] == "9,50"


def test_B3_staff_and_the_firms_emails_stay_english(
    payer: Payer, links: Links, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    payer.pay(in_language(links.operating, "fr_CA"))
    run_jobs()
    assert [email.subject for email in outbox.to("dana@payer.test")] == [
        "Votre paiement à Harlow & Reyes a été envoyé"
    ]
    (to_firm,) = outbox.to("ada@harlow.test")
    assert to_firm.subject == f"Payment {payments()[0].reference} was made"
    page = cast.ada.get("/staff/alerts?lang=fr", headers={"Accept-Language": "fr"})
    assert page.one("html")["lang"] == "en-US"
    assert "Content-Language" not in page.headers
