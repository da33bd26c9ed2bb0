"""Bills and trust requests as PDF: read out in order, printed whole, and drawn once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from payments.billing import actions
from payments.billing.details import BillDetails, LineDetails
from payments.billing.models import Bill, BillLine, BillStatus
from payments.billing.pdf import bill_pdf, trust_request_pdf
from payments.billing.settings import BillingSettings
from portal.core import db
from portal.firm.models import Firm
from tests.factories.billing import BEN, TODAY, Office, drafted, issued
from tests.payments.billing.papers import URL, canadian, document, lines_of, pdf, trust_request
from tests.support.pdfs import codes_on, paper_of, read_in_order, says_it_is_accessible


@pytest.mark.parametrize(
    ("now", "word", "sentence"),
    [
        ({"status": BillStatus.PAID, "applied_cents": 10_000}, "Paid", "This is paid in full."),
        (
            {"status": BillStatus.VOID, "voided_at": datetime(2026, 5, 6, 5, tzinfo=UTC)},
            "Void",
            "This was withdrawn on May 5, 2026. Do not pay it.",
        ),
        ({"status": BillStatus.DRAFT, "number": None}, "Draft", "This is a draft."),
        ({"status": BillStatus.AWAITING_APPROVAL, "number": None}, "Draft", "This is a draft."),
    ],
)
def test_P7_what_is_not_to_be_paid_says_so_in_words_and_has_no_code(
    office: Office, now: dict[str, Any], word: str, sentence: str
) -> None:
    said = document(issued(office, office.cleo), **now, void_reason="Wrong client")
    assert said.stamp is not None
    assert said.stamp.word == word
    assert sentence in said.stamp.sentence
    assert said.pay is None
    text = read_in_order(pdf(said))
    assert f"{word} {sentence}" in text
    assert "Wrong client" not in text
    assert URL not in text


def test_P1_the_code_on_a_bill_leads_to_exactly_its_address_which_is_printed_too(
    office: Office,
) -> None:
    drawn_bill = pdf(document(issued(office, office.cleo)))
    assert codes_on(drawn_bill) == [URL]
    assert URL in read_in_order(drawn_bill)
    assert codes_on(pdf(document(issued(office, office.cleo), url=None))) == []


def test_a_bill_is_read_out_from_the_head_to_the_foot(office: Office) -> None:
    text = read_in_order(pdf(document(issued(office, office.cleo))))
    order = [
        "Harlow & Reyes LLP",
        "+1 503 555 0100",
        "Billed to Cleo Vance",
        "Issued May 4, 2026",
        "Due June 3, 2026",
        "Bill 1001",
        "Date Description Quantity Rate Amount",
        "May 4, 2026 Drafting 1 $100.00 $100.00",
        "Total $100.00",
        "Pay this bill online",
        "Questions? Call +1 503 555 0100 or write to office@harlow.test.",
        "Page 1 of 1",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("lines", [1, 60, 500])
def test_a_bill_of_any_length_is_printed_whole(office: Office, lines: int) -> None:
    bill = issued(office, office.cleo)
    lines_of(bill, lines)
    made = pdf(document(bill))
    assert says_it_is_accessible(made)
    text = read_in_order(made)
    assert "Drafting" in text
    assert f"Line {lines} " in text or lines == 1
    pages = text.count("Date Description Quantity Rate Amount")
    assert (pages > 10) is (lines == 500), "the head of the table stands on each page"
    assert text.count("Total $100.00") == 1


def test_a_draft_without_lines_says_so(office: Office) -> None:
    bill = drafted(office, office.cleo)
    with db.transaction() as session:
        session.query(BillLine).delete()
    said = document(bill)
    assert said.sections[0].groups == ()
    assert "This bill has no lines yet." in read_in_order(pdf(said))


def test_B3_paper_is_letter_in_the_us_whatever_is_set(office: Office) -> None:
    with db.transaction() as session:
        session.add(BillingSettings(id=1, paper="a4"))
    assert paper_of(pdf(document(issued(office, office.cleo)))) == (612, 792)


@pytest.mark.parametrize(("paper", "points"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_B3_paper_is_what_a_canadian_firm_has_set(
    office: Office, paper: str, points: tuple[int, int]
) -> None:
    bill = issued(office, office.cleo)
    canadian(paper=paper)
    assert paper_of(pdf(document(bill, currency="CAD"))) == points


def test_what_people_wrote_on_a_bill_is_printed_as_it_is(office: Office) -> None:
    typed = "#pagebreak() $x$ *not bold* \\n <b>"
    line = LineDetails(office.cleo.matters[0], TODAY, typed, 1_000, 5_000)
    wanted = BillDetails(
        office.cleo.id, office.accounts.operating.id, [line], TODAY, note=f"First\n{typed}"
    )
    with db.transaction() as session:
        bill = actions.draft_bill(session, wanted, by=BEN)
    text = read_in_order(pdf(document(bill)))
    assert text.count(typed) == 2
    assert f"A note from Harlow & Reyes First {typed}" in text


def test_an_unchanged_bill_is_drawn_once_and_a_changed_one_anew(office: Office) -> None:
    bill = issued(office, office.cleo)
    with db.read() as session:
        kept = session.get_one(Bill, bill.id)
        first = bill_pdf(session, kept, language="en_US", pay_url=URL)
        assert bill_pdf(session, kept, language="en_US", pay_url=URL) is first
        assert bill_pdf(session, kept, language="en_US", pay_url=None) is not first
        asked = trust_request(office)
        again = trust_request_pdf(session, asked, language="en_US", pay_url=URL)
        assert trust_request_pdf(session, asked, language="en_US", pay_url=URL) is again
    with db.transaction() as session:
        session.get_one(Firm, 1).phone = "+1 503 555 0199"
    with db.read() as session:
        kept = session.get_one(Bill, bill.id)
        changed = bill_pdf(session, kept, language="en_US", pay_url=URL)
    assert "+1 503 555 0199" in read_in_order(changed)
