"""What clients read of bills, trust requests and stored methods, in French and Spanish (B3)."""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from payments.accounts.settings import set_online_payments
from payments.billing.actions import void
from payments.billing.models import Bill
from payments.checkout.details import BALANCE
from payments.receipts.models import ReceiptSource
from payments.receipts.recording import Recorded, record
from portal.core import db
from tests.factories.billing import BEN, TODAY
from tests.factories.payments import BANK_WORKS, CARD_ASKS, CARD_DECLINED
from tests.payments.checkout.documents import CLEO, Counter, open_counter
from tests.payments.receipts import trust_desk
from tests.support.cast import Cast
from tests.support.days import firm_day
from tests.support.languages import EVERY_LANGUAGE, Asked, english_left, offer, visible
from tests.support.outbox import Outbox
from tests.support.page import Page
from tests.support.pdfs import language_of, text_of

Advance = Callable[[timedelta], int]
SPOKEN = pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
TYPED = {"fr_CA": "10,00", "es_US": "10.00"}
TOO_NEAR = {"fr_CA": "99,80", "es_US": "99.80"}  # of 100.00: the rest could not be paid online


@pytest.fixture(autouse=True)
def asked(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Generator[Asked]:
    """All three languages are offered; whatever is asked for in one of them is translated."""
    offer(EVERY_LANGUAGE)
    listening = Asked(monkeypatch)
    yield listening
    assert listening.count > 0, "no text was asked for in another language"
    assert listening.untranslated == set()


@pytest.fixture
def counter(app: Flask, cast: Cast) -> Counter:
    """A firm that takes payments, and Cleo, who is asked for them."""
    return open_counter(app)


def reads(page: Page, locale: str) -> Page:
    """Nothing of ours is English in it, and it says in which language it is."""
    tag = locale.replace("_", "-")
    assert page.headers["Content-Language"] == tag
    if page.is_whole:
        assert page.one("html")["lang"] == tag
    assert english_left(visible(page.body), locale) == []
    return page


def reads_pdf(pdf: bytes, locale: str) -> None:
    """The same of a document to keep."""
    assert language_of(pdf) == locale.replace("_", "-")
    assert english_left(text_of(pdf), locale) == []


def voided(bill: Bill) -> None:
    with db.transaction() as session:
        void(session, session.get_one(Bill, bill.id), reason="Sent by mistake", by=BEN)


def paid_in(counter: Counter, cents: int, number: str = "") -> None:
    """Cash or a check of Cleo's that pays her bills."""
    source = ReceiptSource.CHEQUE if number else ReceiptSource.CASH
    office, today = counter.office, firm_day()
    account = office.accounts.operating
    got = Recorded(source, office.cleo.id, None, account, cents, today, number=number)
    with db.transaction() as session:
        record(session, got, apply=True, expected=None, by=BEN)


@SPOKEN
def test_B3_a_bill_from_its_page_to_its_receipt(
    locale: str, counter: Counter, advance: Advance, outbox: Outbox
) -> None:
    bill, payer = counter.bill(), counter.payer()
    counter.bill(5_000, due_on=TODAY + timedelta(days=3))
    address = counter.emailed(bill, locale)
    reads(payer.get(address), locale)
    for amount in ("", "one", "0", "99999", TOO_NEAR[locale]):
        reads(payer.review(address, amount=amount, status=422, **CLEO), locale)
    typed: dict[str, Any] = {"amount": TYPED[locale], **CLEO}
    reads(payer.review(address, third_party="yes", **typed), locale)
    declined = payer.review(address, number=CARD_DECLINED, **typed)
    reads(payer.press_submit(declined, status=422), locale)
    whole = payer.review(address, **{**typed, "amount": "120", "pays": BALANCE})
    status = payer.get(payer.press_submit(reads(whole, locale), store="yes").headers["HX-Redirect"])
    reads(status, locale)
    lasting = status.address.split("?")[0]
    reads(payer.get(address), locale)
    reads(payer.get(f"{lasting}/receipt"), locale)
    advance(timedelta(days=7))
    reads(payer.get(lasting), locale)
    reads(payer.get(f"{lasting}/receipt"), locale)
    reads_pdf(payer.http.get(f"{lasting}/receipt.pdf").data, locale)
    told = outbox.to(str(CLEO["email"]))
    assert len(told) == 3  # made, completed, and the card that is stored
    for email in told:
        assert english_left(f"{email.subject} {email.text} {visible(email.html)}", locale) == []


@SPOKEN
def test_B3_a_trust_request_by_echeck_with_both_consents(
    locale: str, counter: Counter, advance: Advance
) -> None:
    asked, payer = counter.request(), counter.trust_payer()
    address = counter.emailed(asked, locale)
    reads(payer.get(address), locale)
    reviewed = payer.review(address, method="bank", number=BANK_WORKS, amount="500", **CLEO)
    reads(reviewed, locale)
    assert len(reviewed.texts(".mandate p")) == 2
    reads(payer.press_submit(reviewed, mandate=False, status=422), locale)
    status = payer.get(payer.press_submit(reviewed, store="yes").headers["HX-Redirect"])
    reads(status, locale)
    reads(payer.get(address), locale)
    reads(payer.get(f"{status.address.split('?')[0]}/receipt"), locale)
    advance(timedelta(days=7))
    reads(payer.get(status.address), locale)
    reads(payer.get(address), locale)


@SPOKEN
def test_B3_a_bill_and_a_trust_request_on_paper(locale: str, counter: Counter) -> None:
    payer, bill = counter.payer(), counter.bill()
    for address, name in (
        (counter.emailed(bill, locale), "bill"),
        (counter.emailed(counter.request(), locale), "trust-request"),
    ):
        reads(payer.get(f"{address}/document"), locale)
        reads_pdf(payer.http.get(f"{address}/{name}.pdf").data, locale)
    paid_in(counter, 4_000)
    paid_in(counter, 6_000, "218")
    reads(payer.get(f"{counter.emailed(bill, locale)}/document"), locale)


@SPOKEN
def test_B3_what_became_of_a_bill(locale: str, counter: Counter) -> None:
    payer, office = counter.payer(), counter.office
    for pays in ("cash", "check", "trust"):
        bill = counter.bill()
        if pays == "trust":
            trust_desk.held(office, 10_000)
            trust_desk.pay(bill, 10_000)
        else:
            paid_in(counter, 10_000, "218" if pays == "check" else "")
        reads(payer.get(counter.emailed(bill, locale)), locale)
    bill = counter.bill()
    paid_in(counter, 9_970)
    assert reads(payer.get(counter.emailed(bill, locale)), locale).select("#pay-form") == []
    paid_in(counter, 30)
    bill = counter.bill()
    address = counter.emailed(bill, locale)
    question = payer.review(address, number=CARD_ASKS, amount="100", **CLEO)
    payer.press_submit(question, status=200)
    assert reads(payer.get(address), locale).select("form[action*=start-again]") != []
    withdrawn = counter.bill()
    address = counter.emailed(withdrawn, locale)
    voided(withdrawn)
    for gone in (address, f"{address}/document"):
        reads(payer.get(gone, status=410), locale)
    wish: dict[str, Any] = {"headers": {"Accept-Language": locale[:2]}}
    reads(payer.get("/bills/nothing", status=404, **wish), locale)
    reads(payer.get("/payment-methods/nothing", status=404, **wish), locale)


@SPOKEN
def test_B3_M9_what_a_review_is_refused_for(locale: str, counter: Counter) -> None:
    payer = counter.payer()
    one, other = counter.bill(), counter.bill()
    address = counter.emailed(one, locale)
    balance = payer.review(address, amount="200", pays=BALANCE, **CLEO)
    voided(other)
    reads(payer.press_submit(balance, status=409), locale)
    first, second = (payer.review(address, amount="60", **CLEO) for _tab in range(2))
    payer.press_submit(first)
    reads(payer.press_submit(second, status=409), locale)
    third = payer.review(address, amount="40", **CLEO)
    paid_in(counter, 1_000)
    reads(payer.press_submit(third, status=409), locale)


@SPOKEN
def test_B3_P1_online_payments_are_off(locale: str, counter: Counter) -> None:
    payer, address = counter.payer(), counter.emailed(counter.bill(), locale)
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)
    reads(Page(payer.http.get(address), address), locale)
