"""What a payer keeps: the document, the receipt, a stored method; and what nobody else learns."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from payments.accounts.models import BankAccount
from payments.accounts.settings import set_online_payments
from payments.methods.models import StoredMethod
from portal.core import db
from tests.factories.billing import BEN, Office
from tests.factories.payments import Payer, payments, the_payment
from tests.payments.checkout.documents import CLEO, Counter
from tests.support.languages import EVERY_LANGUAGE, offer
from tests.support.outbox import Outbox
from tests.support.page import Page
from tests.support.pdfs import codes_on

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
MATTER_WORDS = ("matter 1", "Drafting", "00001-0")


def receipt_of(payer: Payer, status: Page) -> Page:
    """The receipt as a page."""
    return payer.get(f"{status.address.split('?')[0]}/receipt")


def test_P7_the_document_is_kept_as_pdf_and_read_as_a_page(counter: Counter) -> None:
    """P1, D7: by the same address, in the firm's face, as a download."""
    bill, asked = counter.bill(), counter.request()
    payer = counter.payer()
    page = payer.get(counter.emailed(bill))
    link = payer.http.get(page.link("Save as PDF"))
    assert (link.status_code, link.mimetype) == (200, "application/pdf")
    assert link.headers["Content-Disposition"] == f'attachment; filename="Bill-{bill.number}.pdf"'
    assert link.data.startswith(b"%PDF")
    printed = payer.click(page, "Read it here")
    assert f"Bill {bill.number}" in printed
    assert "Drafting" in printed
    request = payer.http.get(f"{counter.emailed(asked)}/trust-request.pdf")
    assert request.headers["Content-Disposition"] == 'attachment; filename="Trust-request-71.pdf"'


def test_P5_what_is_printed_of_an_emailed_bill_bears_a_code_and_not_the_emailed_address(
    counter: Counter,
) -> None:
    """Paper lies on any desk: by its code nobody stores a method."""
    bill = counter.bill()
    payer, emailed, code = counter.payer(), counter.emailed(bill), counter.coded(bill)
    printed = payer.get(f"{emailed}/document")
    assert f"http://localhost:8000{emailed}" not in printed.text
    assert f"http://localhost:8000{code}" in printed.text


def _not_connected(_office: Office) -> None:
    with db.transaction() as session:
        session.execute(update(BankAccount).values(checked_at=None))


def _turned_off(_office: Office) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)


@pytest.mark.parametrize("closed", [_turned_off, _not_connected])
def test_P1_a_paper_that_cannot_be_paid_online_bears_no_code(
    counter: Counter, closed: Callable[[Office], None]
) -> None:
    bill, asked = counter.bill(), counter.request()
    counter.coded(bill)
    payer = counter.payer()
    addresses = [counter.copied(bill), counter.emailed(bill), counter.copied(asked)]
    assert "Scan the code" in payer.get(f"{addresses[0]}/document")
    closed(counter.office)
    for address in addresses:
        printed = payer.get(f"{address}/document")
        assert "Scan the code" not in printed
        assert "http://localhost:8000" not in printed.text
        assert payer.http.get(f"{address}/document").status_code == 200
    paper = payer.http.get(f"{addresses[0]}/bill.pdf")
    assert codes_on(paper.data) == []


def test_P2_papers_are_drawn_for_one_address_sixty_times_a_minute(counter: Counter) -> None:
    payer, address = counter.payer(), counter.copied(counter.bill())
    codes = [payer.http.get(f"{address}/bill.pdf").status_code for _one in range(61)]
    assert (set(codes[:60]), codes[60]) == ({200}, 429)
    assert payer.http.get(address).status_code == 200, "the page itself is still read and paid"


@pytest.mark.parametrize("language", ["fr_CA", "es_US"])
def test_B3_an_emailed_address_is_read_in_the_language_of_its_email(
    counter: Counter, language: str
) -> None:
    """B3: unless the payer chooses another."""
    offer(EVERY_LANGUAGE)
    payer, address = counter.payer(), counter.emailed(counter.bill(), language)
    page = payer.get(address)
    assert page.headers["Content-Language"] == language.replace("_", "-")
    typed = {"fr_CA": "100,00", "es_US": "100.00"}[language]
    assert page.one("#amount")["value"] == typed
    english = payer.get(f"{address}?lang=en")
    assert english.headers["Content-Language"] == "en-US"
    assert "lang=en" in str(english.one("#pay-form")["action"])


def test_P5_the_store_box_keeps_the_method_and_the_client_is_told(
    counter: Counter, run_jobs: RunJobs, outbox: Outbox
) -> None:
    """P5: unticked, in words that name the account's kind, kept word for word; an email follows."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    reviewed = payer.review(address, amount="100.00", **CLEO)
    box = reviewed.one("#store")
    assert not box.has_attr("checked")
    words = reviewed.one("#store-words").get_text(strip=True)
    assert "operating account" in words
    answer = payer.press_submit(reviewed, store="yes")
    status = payer.get(answer.headers["HX-Redirect"])
    assert "An email holds the link to delete it again." in status
    assert the_payment().store_text == words
    run_jobs()
    with db.read() as session:
        stored = session.scalars(select(StoredMethod)).one()
    assert (stored.client_id, stored.consent_text) == (counter.office.cleo.id, words)
    assert stored.label == "Visa •••• 4242"
    assert any("/payment-methods/" in one.text or "stored" in one.text for one in outbox.emails)


def test_P5_an_unticked_box_stores_nothing(counter: Counter, run_jobs: RunJobs) -> None:
    """P5: and the page says nothing of storing."""
    payer = counter.payer()
    status = payer.pay(counter.emailed(counter.bill()), amount="100.00", **CLEO)
    run_jobs()
    assert "delete it again" not in status.text
    assert the_payment().store_text is None
    with db.read() as session:
        assert session.scalars(select(StoredMethod)).all() == []


def test_P5_the_box_names_trust_for_a_trust_request_and_stays_ticked(counter: Counter) -> None:
    """P4, P5: an eCheck without its approval comes back with the store box as it was left."""
    payer, address = counter.trust_payer(), counter.emailed(counter.request())
    reviewed = payer.review(address, method="bank", number="000123456789", amount="500.00", **CLEO)
    assert "trust account" in reviewed.one("#store-words").get_text()
    again = payer.press_submit(reviewed, mandate=False, store="yes", status=422)
    assert again.one("#store").has_attr("checked")
    payer.press_submit(again, store="yes")
    assert "trust account" in (the_payment().store_text or "")


def test_M12_who_pays_for_someone_else_gets_a_receipt_without_the_bill(
    counter: Counter, run_jobs: RunJobs, advance: Advance, outbox: Outbox
) -> None:
    """M12: asked for; nothing is stored for them, and no email or receipt tells of the matter."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    assert "I am paying for someone else" in payer.get(address)
    other: dict[str, Any] = {
        "name": "Dana Whitfield",
        "email": "dana@payer.test",
        "third_party": "yes",
    }
    reviewed = payer.review(address, amount="100.00", **other)
    assert "Paying for someone else" in reviewed
    assert reviewed.select("#store") == []
    status = payer.get(payer.press_submit(reviewed, store="yes").headers["HX-Redirect"])
    assert the_payment().third_party
    assert the_payment().store_text is None
    run_jobs()
    advance(timedelta(days=3))
    receipt = receipt_of(payer, status)
    assert "Dana Whitfield" in receipt
    assert f"Bill {bill.number}" not in receipt.text
    letters = [one.text for one in outbox.to("dana@payer.test")]
    assert letters != []
    for told in (status.text, receipt.text, *letters):
        assert not any(word in told for word in MATTER_WORDS)


def test_P6_the_clients_own_receipt_names_the_bill_and_no_matter(
    counter: Counter, run_jobs: RunJobs
) -> None:
    """P6, M13: the bill and its cents; before the money is there, that it is on its way."""
    bill = counter.bill()
    payer = counter.payer()
    status = payer.pay(counter.emailed(bill), amount="100.00", **CLEO)
    receipt = receipt_of(payer, status)
    assert f"Bill {bill.number}" in receipt
    assert "The money is on its way" in receipt
    assert not any(word in receipt.text for word in MATTER_WORDS)


def test_P6_what_took_no_money_has_no_receipt(counter: Counter) -> None:
    """P7: a declined try; and an address that is nobody's."""
    payer = counter.payer()
    reviewed = payer.review(
        counter.emailed(counter.bill()), number="4000000000000002", amount="100.00", **CLEO
    )
    payer.press_submit(reviewed, status=422)
    (payment,) = payments()
    for token in (payment.status_token, "unknown", "x" * 300):
        payer.get(f"/payments/{token}/receipt", status=404)
        payer.get(f"/payments/{token}/receipt.pdf", status=404)


def test_M13_what_a_mail_program_and_a_processor_see_names_no_matter(
    counter: Counter, run_jobs: RunJobs, outbox: Outbox
) -> None:
    """M13: neither the titles of pages nor the subjects of emails."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    status = payer.pay(address, amount="100.00", **CLEO)
    run_jobs()
    titles = [payer.get(address).texts("title")[0], status.texts("title")[0]]
    for shown in (*titles, *(subject for to, subject in outbox.subjects if to == CLEO["email"])):
        assert "lease" not in shown.lower()
        assert not any(word in shown for word in MATTER_WORDS)
