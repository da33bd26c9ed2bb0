"""What bills and trust requests say on paper, in every state and language."""

import dataclasses
from datetime import UTC, datetime

from sqlalchemy import update

from payments.billing import actions
from payments.billing.models import BillLine, BillStatus
from payments.billing.reckoning import Discount, TaxDetails
from portal.clients.models import Contact, ContactAddress
from portal.core import db
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, details, issued
from tests.payments.billing.papers import (
    URL,
    canadian,
    document,
    facts,
    pdf,
    requested,
    totals,
)
from tests.support.page import words
from tests.support.pdfs import codes_on, language_of, read_in_order


def test_D1_a_bill_says_number_client_days_lines_and_what_is_due(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(25_000, thousandths=1_500)]))
    said = document(bill)
    assert said.title == "Bill 1001"
    assert said.reader is not None
    assert said.reader.name == "Cleo Vance"
    assert facts(said) == {
        "Issued": "May 4, 2026",
        "Due": "June 3, 2026",
        "Matter": "00001-0 · Cleo Vance, matter 1",
    }
    assert said.figure is not None
    assert said.figure.value == "$375.00"
    (group,) = said.sections[0].groups
    assert group.rows == (("May 4, 2026", "Drafting", "1.5", "$250.00", "$375.00"),)
    assert totals(said) == {"Total": "$375.00"}
    assert said.stamp is None


def test_D1_lines_of_several_matters_stand_by_matter_with_its_sum(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000), Line(5_000), Line(2_000, matter=1)]))
    said = document(bill)
    assert [(group.title, group.total) for group in said.sections[0].groups] == [
        ("00001-0 · Cleo Vance, matter 1", "$150.00"),
        ("00001-1 · Cleo Vance, matter 2", "$20.00"),
    ]
    assert "Matter" not in facts(said)


def test_hundreds_of_empty_lines_in_a_description_are_one_on_paper(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(25_000)]))
    with db.transaction() as session:
        typed = "Call\nfirst\n\nthen" + "\n \n" * 300 + "Letter"
        session.execute(update(BillLine).values(description=typed))
    (group,) = document(bill).sections[0].groups
    assert group.rows[0][1] == "Call\nfirst\n\nthen\n\nLetter"


def test_D1_discount_and_taxes_stand_between_subtotal_and_total(office: Office) -> None:
    asked = dataclasses.replace(
        details(office, office.cleo, Asked([Line(100_000)])),
        discount=Discount(percent_thousandths=5_000),
        taxes=[TaxDetails("GST", 5_000), TaxDetails("QST", 9_975)],
    )
    with db.transaction() as session:
        draft = actions.draft_bill(session, asked, by=BEN)
        bill = actions.issue(session, draft, on=TODAY, by=BEN)
    assert list(totals(document(bill)).items()) == [
        ("Subtotal", "$1,000.00"),
        ("Discount (5%)", "-$50.00"),
        ("GST (5%)", "$47.50"),
        ("QST (9.975%)", "$94.76"),
        ("Total", "$1,092.26"),
    ]


def test_M9_what_was_paid_and_what_is_under_way_is_not_asked_for_again(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    part = document(bill, applied_cents=3_000, reserved_cents=2_000)
    assert totals(part) == {
        "Total": "$100.00",
        "Paid": "-$30.00",
        "Payment under way": "-$20.00",
        "Amount due": "$50.00",
    }
    assert part.pay is not None
    assert document(bill, reserved_cents=10_000).pay is None


def test_M13_title_and_file_name_tell_nothing_but_the_number(office: Office) -> None:
    said = document(issued(office, office.cleo))
    assert (said.title, said.filename) == ("Bill 1001", "Bill-1001.pdf")
    asked = requested(office)
    assert (asked.title, asked.filename) == ("Trust request 2003", "Trust-request-2003.pdf")
    for one in (said, asked):
        assert "Cleo" not in one.foot


def test_B3_amounts_and_days_are_written_as_in_canada(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(123_456)]))
    canadian()
    english = document(bill, "en_US", currency="CAD")
    assert totals(english) == {"Total": "$1,234.56"}
    assert facts(english)["Due"] == "June 3, 2026"
    french = document(bill, "fr_CA", currency="CAD")
    assert words(french.sections[0].totals[0].value) == "1 234,56 $"
    assert words(french.facts[1].value) == "3 juin 2026"
    assert language_of(pdf(french)) == "fr-CA"


def test_the_client_s_first_address_stands_under_their_name(office: Office) -> None:
    with db.transaction() as session:
        contact = session.get_one(Contact, office.cleo.id)
        session.add(
            ContactAddress(
                contact_id=contact.id,
                position=0,
                street="14 Rue St-Denis\nApt 3",
                city="Montréal",
                region="QC",
                postal_code="H2X 3K2",
                country="CA",
            )
        )
    said = document(issued(office, office.cleo))
    assert said.reader is not None
    assert said.reader.lines == ("14 Rue St-Denis", "Apt 3", "Montréal, QC H2X 3K2", "Canada")


def test_D2_a_trust_request_says_that_it_is_no_bill_and_the_money_stays_the_client_s(
    office: Office,
) -> None:
    said = requested(office)
    assert said.figure is not None
    assert said.figure.value == "$2,500.00"
    assert facts(said)["Matter"] == "00001-0 · Cleo Vance, matter 1"
    made = pdf(said)
    assert "It is not a bill. The money stays yours" in read_in_order(made)
    assert codes_on(made) == [URL]
    assert "Matter" not in facts(requested(office, matter_id=None))


def test_D2_a_trust_request_paid_in_part_asks_for_the_rest(office: Office) -> None:
    assert totals(requested(office, paid_cents=100_000)) == {
        "Amount requested": "$2,500.00",
        "Paid": "-$1,000.00",
        "Amount due": "$1,500.00",
    }
    void = requested(office, status=BillStatus.VOID, voided_at=datetime(2026, 5, 6, tzinfo=UTC))
    assert void.stamp is not None
    assert void.stamp.word == "Void"
    assert (void.pay, void.lead) == (None, ())
