"""What payers and clients read of money that goes back, in French and Spanish (FEATURES B3, M5-M8):
refunds, disputes, returned eChecks, bank accounts that are void, and trust money on hold."""

from collections.abc import Generator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from payments.methods import returns
from payments.methods.models import StoredMethod
from payments.receipts.account_statement import Period, statement_document
from payments.receipts.models import Receipt
from payments.receipts.movements import Whose
from payments.transactions.disputed import Dispute, DisputeState
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Contact
from portal.core import clock, db
from tests.factories.payments import BANK_CLOSED, BANK_WORKS, the_payment
from tests.payments.checkout.documents import CLEO, Counter
from tests.payments.checkout.portal import Till, open_till, pay_page
from tests.payments.checkout.test_client_money import BILLS, PANEL, PAYMENTS, TRUST
from tests.payments.checkout.test_given_back import DISPUTED, REFUND_FAILS, Later, refund
from tests.payments.checkout.test_portal_paying import TYPED
from tests.payments.test_client_languages import reads, reads_pdf
from tests.payments.test_client_letters import reads as reads_email
from tests.payments.test_client_letters import reads_paper
from tests.support.cast import Cast
from tests.support.languages import EVERY_LANGUAGE, Asked, offer
from tests.support.outbox import Outbox, Sent

SPOKEN = pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
WHOLE = {"fr_CA": "100,00", "es_US": "100.00"}
INTO_TRUST = {"fr_CA": "500,00", "es_US": "500.00"}
SUBJECTS = {
    "fr_CA": {
        "refunded": "Votre remboursement de Harlow & Reyes",
        "not refunded": "Votre remboursement de Harlow & Reyes ne vous est pas parvenu",
        "returned": "Votre paiement à Harlow & Reyes a été retourné",
        "void": "Votre compte bancaire auprès de Harlow & Reyes ne peut plus être utilisé",
    },
    "es_US": {
        "refunded": "Su reembolso de Harlow & Reyes",
        "not refunded": "Su reembolso de Harlow & Reyes no llegó",
        "returned": "Su pago a Harlow & Reyes fue devuelto",
        "void": "Su cuenta bancaria con Harlow & Reyes ya no se puede usar",
    },
}
HEADINGS = {
    "fr_CA": {
        "refunded": "Votre paiement a été remboursé",
        "disputed": "Votre paiement est contesté",
        "lost": "La contestation de votre paiement est terminée",
        "returned": "Votre banque a retourné ce paiement",
    },
    "es_US": {
        "refunded": "Su pago fue reembolsado",
        "disputed": "Su pago está en disputa",
        "lost": "La disputa sobre su pago terminó",
        "returned": "Su banco devolvió este pago",
    },
}
# The payer reads of the dispute's end, not of who won it.
MARKS = {
    "fr_CA": {DisputeState.WON: "Contestation rejetée", DisputeState.LOST: "Contestation acceptée"},
    "es_US": {DisputeState.WON: "Disputa rechazada", DisputeState.LOST: "Disputa aceptada"},
}


@pytest.fixture(autouse=True)
def asked(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Generator[Asked]:
    """All three languages are offered; whatever is asked for in one of them is translated."""
    offer(EVERY_LANGUAGE)
    listening = Asked(monkeypatch)
    yield listening
    assert listening.count > 0, "no text was asked for in another language"
    assert listening.untranslated == set()


@pytest.fixture
def till(counter: Counter) -> Till:
    """The portals of Cleo's matters."""
    return open_till(counter)


def pays(counter: Counter, locale: str, **typed: Any) -> str:
    """Cleo pays a bill of $100.00 in her language; answers the address of her lasting page."""
    payer = counter.payer()
    reviewed = payer.review(
        counter.emailed(counter.bill(), locale), **{"amount": WHOLE[locale], **CLEO, **typed}
    )
    store: dict[str, Any] = {"store": "yes"} if typed.get("method") == "bank" else {}
    payer.press_submit(reviewed, **store)
    return f"/payments/{the_payment().status_token}"


def told(outbox: Outbox, locale: str, about: str) -> Sent:
    """The one email to Cleo about this, read."""
    subject = SUBJECTS[locale][about]
    (one,) = [one for one in outbox.to(CLEO["email"]) if one.subject == subject]
    reads_email(one, locale)
    return one


def reads_receipt(counter: Counter, lasting: str, locale: str) -> None:
    """The receipt on its page and on paper."""
    reads(counter.payer().get(f"{lasting}/receipt"), locale)
    reads_pdf(counter.payer().http.get(f"{lasting}/receipt.pdf").data, locale)


@SPOKEN
def test_B3_M6_a_refund_of_some_and_of_the_rest(
    locale: str, counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    lasting, payer = pays(counter, locale), counter.payer()
    later()
    outbox.clear()
    refund(cast, "30.00")
    reads(payer.get(lasting), locale)
    later(1)
    told(outbox, locale, "refunded")
    assert "30" in reads(payer.get(lasting), locale).one("#given-back").text
    reads_receipt(counter, lasting, locale)
    outbox.clear()
    refund(cast)
    later(1)
    told(outbox, locale, "refunded")
    page = reads(payer.get(lasting), locale)
    assert page.texts("h1") == [HEADINGS[locale]["refunded"]]
    reads_receipt(counter, lasting, locale)


@SPOKEN
def test_B3_M6_a_refund_that_is_on_its_way_to_a_bank(
    locale: str, counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    lasting = pays(counter, locale, method="bank", number=BANK_WORKS)
    later(8)
    refund(cast)
    later(1)
    told(outbox, locale, "refunded")
    assert reads(counter.payer().get(lasting), locale).select("#given-back p") != []


@SPOKEN
def test_B3_M6_a_refund_that_did_not_arrive(
    locale: str, counter: Counter, cast: Cast, later: Later, outbox: Outbox
) -> None:
    lasting = pays(counter, locale, number=REFUND_FAILS)
    later()
    refund(cast)
    later(8)
    told(outbox, locale, "not refunded")
    assert reads(counter.payer().get(lasting), locale).select("#given-back p") != []


@SPOKEN
def test_B3_M7_a_dispute_that_is_open_won_and_lost(
    locale: str, counter: Counter, later: Later
) -> None:
    lasting, payer = pays(counter, locale, number=DISPUTED), counter.payer()
    later()
    page = reads(payer.get(lasting), locale)
    assert page.texts("h1") == [HEADINGS[locale]["disputed"]]
    reads_receipt(counter, lasting, locale)
    for state, word in MARKS[locale].items():
        with db.transaction() as session:
            session.execute(update(Dispute).values(state=state))
        page = reads(payer.get(lasting), locale)
        assert word in page.texts("#payment-status .badge")
        assert page.select("#given-back p") != []
    assert page.texts("h1") == [HEADINGS[locale]["lost"]]


@SPOKEN
def test_B3_M7_an_echeck_that_came_back_and_its_account_that_is_void(
    locale: str, counter: Counter, later: Later, outbox: Outbox
) -> None:
    lasting = pays(counter, locale, method="bank", number=BANK_CLOSED)
    later(4)
    told(outbox, locale, "returned")
    page = reads(counter.payer().get(lasting), locale)
    assert page.texts("h1") == [HEADINGS[locale]["returned"]]
    (link,) = told(outbox, locale, "void").links
    payer = counter.payer()
    for code in {"", *(code for codes, _words in returns._TOLD for code in codes)}:
        with db.transaction() as session:
            session.execute(update(StoredMethod).values(void_code=code))
        page = reads(payer.get(link), locale)
    reads(payer.post(str(page.one("main form")["action"]), {}), locale)


@SPOKEN
def test_B3_M5_M8_a_clients_portal_tells_what_went_back_and_what_is_on_hold(
    locale: str, till: Till, cast: Cast, later: Later
) -> None:
    with db.transaction() as session:
        spoken = update(Contact).where(Contact.id == till.cleo.id).values(language=locale)
        session.execute(spoken)
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    reviewed = cleo.review(pay_page(cleo, address), **{**TYPED, "amount": INTO_TRUST[locale]})
    cleo.press_submit(reviewed)
    later()
    refund(cast, "100.00")
    places = (TRUST, PANEL, BILLS, PAYMENTS, "/portal/")
    for days in (0, 1):
        later(days)
        with db.transaction() as session:
            until = clock.now() + timedelta(days=3)
            session.execute(update(Receipt).values(held_until=until))
        cleo = till.browser(trust=True)
        for place in places:
            reads(cleo.get(place, htmx=place == PANEL), locale)
    assert cleo.get(TRUST).select("#trust-on-hold li") != []
    assert cleo.get(PANEL, htmx=True).select("#held-on-hold") != []
    whose = Whose(till.cleo.id, None, NOTHING_CLOSED)
    period = Period(date(2000, 1, 1), date.max)
    with till.app.app_context(), db.read() as session:
        said = statement_document(session, whose, period, language=locale, currency="USD")
    reads_paper(said, locale)
