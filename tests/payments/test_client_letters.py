"""What the firm writes to clients in French and Spanish: emails, PDFs, statements (B3)."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from payments.billing.actions import void
from payments.billing.documents import bill_document
from payments.billing.models import Bill
from payments.billing.paper import Document
from payments.billing.payables import Payable
from payments.billing.sending import ToSend, remind
from payments.receipts.account_statement import Period, statement_document
from payments.receipts.movements import Whose
from portal.clients.access import NOTHING_CLOSED
from portal.core import db, ids
from tests.factories.billing import BEN, drafted
from tests.factories.payments import BANK_WORKS
from tests.payments.billing.mailroom import CLEO, give_emails, pressed
from tests.payments.checkout.documents import Counter, open_counter
from tests.payments.receipts import desk, trust_desk
from tests.payments.receipts.test_holds_pages import by_echeck
from tests.support.cast import Cast
from tests.support.languages import EVERY_LANGUAGE, Asked, english_left, offer, visible
from tests.support.outbox import Outbox, Sent
from tests.support.page import words
from tests.support.pdfs import language_of, text_of

RunJobs = Callable[[], int]
SPOKEN = pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
SUBJECTS = {
    "fr_CA": {
        "bill-sent-client": "Une facture de Harlow & Reyes",
        "bill-reminder-client": "Un rappel de Harlow & Reyes",
        "trust-request-sent-client": "Une demande de dépôt en fidéicommis de Harlow & Reyes",
        "trust-request-reminder-client": "Un rappel de Harlow & Reyes",
        "paid-from-trust-client": "Une partie de votre facture de Harlow & Reyes a été payée",
        "method-stored-client": "Votre mode de paiement est enregistré auprès de Harlow & Reyes",
        "method-deleted-client": "Votre mode de paiement auprès de Harlow & Reyes a été supprimé",
    },
    "es_US": {
        "bill-sent-client": "Una factura de Harlow & Reyes",
        "bill-reminder-client": "Un recordatorio de Harlow & Reyes",
        "trust-request-sent-client": "Una solicitud de fondos en fideicomiso de Harlow & Reyes",
        "trust-request-reminder-client": "Un recordatorio de Harlow & Reyes",
        "paid-from-trust-client": "Se pagó una parte de su factura de Harlow & Reyes",
        "method-stored-client": "Su forma de pago está guardada con Harlow & Reyes",
        "method-deleted-client": "Su forma de pago con Harlow & Reyes fue eliminada",
    },
}
STATEMENTS = {"fr_CA": "Relevé de compte", "es_US": "Estado de cuenta"}

STAMPS = {"fr_CA": ["Brouillon", "Annulée"], "es_US": ["Borrador", "Anulada"]}


@pytest.fixture(autouse=True)
def asked(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Generator[Asked]:
    """All three languages are offered; whatever is asked for in one of them is translated."""
    offer(EVERY_LANGUAGE)
    listening = Asked(monkeypatch)
    yield listening
    assert listening.untranslated == set()


@pytest.fixture
def counter(app: Flask, cast: Cast) -> Counter:
    """A firm that takes payments, and Cleo, who is asked for them."""
    return open_counter(app)


def reads(sent: Sent, locale: str) -> None:
    """Subject, both bodies and every PDF of an email."""
    tag = locale.replace("_", "-")
    assert sent.message["Content-Language"] == tag
    assert f'lang="{tag}"' in sent.html
    for read in (sent.text, visible(sent.html)):
        assert english_left(f"{sent.subject} {read}", locale) == []
    for attached in sent.message.iter_attachments():
        pdf = attached.get_content()
        assert language_of(pdf) == tag
        assert english_left(text_of(pdf), locale) == []


def reminded(payable: Payable) -> None:
    with db.transaction() as session:
        remind(session, payable, ToSend(ids.public_id(), addresses=[CLEO]), by=BEN)


@SPOKEN
def test_B3_D3_D8_bills_and_trust_requests_are_sent_and_reminded_of(
    locale: str, counter: Counter, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(counter.office.cleo, CLEO, language=locale)
    bill, asked = counter.bill(due_on=date(2099, 6, 2)), counter.request()
    late = counter.bill()
    pressed(bill, message="…")
    pressed(late)
    pressed(asked)
    for payable in (bill, late, asked):
        reminded(payable)
    run_jobs()
    expected = SUBJECTS[locale]
    told = outbox.to(CLEO)
    assert {one.subject for one in told} == {
        expected[f"{what}-{how}-client"]
        for what in ("bill", "trust-request")
        for how in ("sent", "reminder")
    }
    assert len(told) == 6
    for one in told:
        reads(one, locale)
    due = {"fr_CA": "Échéance : 2 juin 2099", "es_US": "Fecha de vencimiento: 2 de junio de 2099"}
    owed = {"fr_CA": "Montant à payer : 100,00 $ US", "es_US": "Monto por pagar: $100.00"}
    (first, _late) = [one for one in told if one.subject == expected["bill-sent-client"]]
    assert due[locale] in first
    assert owed[locale] in first


@SPOKEN
def test_B3_M8_S9_what_was_paid_from_trust(
    locale: str, counter: Counter, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(counter.office.cleo, CLEO, language=locale)
    bill = counter.bill()
    trust_desk.held(counter.office, 10_000)
    by_echeck(counter.office, 2_500, "K7QM-92TX")
    trust_desk.pay(bill, 4_000)
    trust_desk.pay(bill, 6_000)
    run_jobs()
    part, rest = outbox.to(CLEO)
    assert part.subject == SUBJECTS[locale]["paid-from-trust-client"]
    assert rest.subject != part.subject
    for one in (part, rest):
        assert {"fr_CA": "retenus jusqu’au", "es_US": "hasta el"}[locale] in one
        reads(one, locale)


@SPOKEN
def test_B3_P5_P8_a_method_that_is_stored_and_deleted(
    locale: str, counter: Counter, outbox: Outbox, run_jobs: RunJobs
) -> None:
    bank: dict[str, Any] = {"method": "bank", "number": BANK_WORKS}
    payers = (
        (counter.payer(), counter.emailed(counter.bill(), locale), {}),
        (counter.trust_payer(), counter.emailed(counter.request(), locale), bank),
    )
    for payer, address, how in payers:
        reviewed = payer.review(address, amount="100", name="Cleo", email=CLEO, **how)
        payer.press_submit(reviewed, store="yes")
        run_jobs()
        stored = _named(outbox, SUBJECTS[locale]["method-stored-client"])
        reads(stored, locale)
        (link,) = stored.links
        page = payer.get(link)
        gone = payer.post(str(page.one("main form")["action"]), {})
        for shown in (page, gone):
            assert shown.headers["Content-Language"] == locale.replace("_", "-")
            assert english_left(visible(shown.body), locale) == []
        run_jobs()
        reads(_named(outbox, SUBJECTS[locale]["method-deleted-client"]), locale)
        outbox.clear()


def _named(outbox: Outbox, subject: str) -> Sent:
    (one,) = [one for one in outbox.to(CLEO) if one.subject == subject]
    return one


@SPOKEN
def test_B3_M10_a_statement_with_every_kind_of_line(locale: str, counter: Counter) -> None:
    office = counter.office
    bill, withdrawn = counter.bill(), counter.bill(5_000)
    with db.transaction() as session:
        void(session, session.get_one(Bill, withdrawn.id), reason="Sent by mistake", by=BEN)
    desk.received(office, 1_000, apply=True)
    desk.received(office, 1_000, "218", apply=True)
    desk.unlink(desk.linked(office, 700, "K7QM-92TX"))
    trust_desk.held(office, 3_000)
    trust_desk.reverse(trust_desk.pay(bill, 2_000))
    whose, ever = Whose(office.cleo.id, None, NOTHING_CLOSED), Period(date(2000, 1, 1), date.max)
    empty = Period(date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=1))
    for period in (ever, empty):
        with counter.app.app_context(), db.read() as session:
            said = statement_document(session, whose, period, language=locale, currency="USD")
        assert said.title == STATEMENTS[locale]
        reads_paper(said, locale)


@SPOKEN
def test_B3_D1_a_draft_a_void_bill_and_a_discount_on_paper(locale: str, counter: Counter) -> None:
    """What staff alone still see of it is in the client's language too."""
    draft, withdrawn = drafted(counter.office, counter.office.cleo), counter.bill()
    with db.transaction() as session:
        void(session, session.get_one(Bill, withdrawn.id), reason="Sent by mistake", by=BEN)
    stamps: list[str] = []
    for bill in (draft, withdrawn):
        with counter.app.app_context(), db.read() as session:
            kept = session.get_one(Bill, bill.id)
            session.expunge(kept)  # with a discount that is nowhere kept
            kept.discount_cents, kept.discount_percent_thousandths = 500, 5_000
            said = bill_document(session, kept, language=locale, pay_url=None)
        reads_paper(said, locale)
        assert said.stamp is not None
        stamps.append(said.stamp.word)
    assert stamps == STAMPS[locale]


def reads_paper(said: Document, locale: str) -> None:
    """Every text of a document; the name of its file is the same in each language."""
    for text in _texts(asdict(replace(said, filename=""))):
        assert english_left(words(text), locale) == [], text


def _texts(value: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
