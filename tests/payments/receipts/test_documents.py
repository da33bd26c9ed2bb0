"""The receipt of a payment and the statement of a client, on paper."""

import dataclasses
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from payments.billing.paper import Document
from payments.billing.pdf import drawn
from payments.receipts import account_statement
from payments.receipts.account_statement import Period, statement_document
from payments.receipts.documents import ReceiptFacts, payment_receipt_document
from payments.receipts.models import ReceiptSource
from payments.receipts.movements import Whose
from payments.receipts.pdf import payment_receipt_pdf
from payments.receipts.recording import Recorded, record
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, db
from portal.core.errors import Invalid
from portal.firm.brand import brand
from tests.factories.billing import BEN, Asked, Client, Line, Office, issued
from tests.payments.billing.desk import now_asked
from tests.support.cast import Cast
from tests.support.days import firm_day
from tests.support.page import words
from tests.support.pdfs import read_in_order, says_it_is_accessible

FACTS = ReceiptFacts(
    reference="K7QM-92TX",
    amount_cents=25_000,
    currency="USD",
    paid_on=date(2026, 5, 4),
    method_label="Visa ending in 4242",
    payer_name="Pat Payer",
    account_label="Harlow & Reyes LLP",
    paid=((1001, 10_000), (1002, 12_000)),
)
EVER = Period(date(2000, 1, 1), date(2100, 1, 1))


def receipt(**changes: Any) -> Document:
    facts = dataclasses.replace(FACTS, **changes)
    with db.read() as session:
        return payment_receipt_document(session, facts, language="en_US")


def statement(client: Client, period: Period = EVER, language: str = "en_US") -> Document:
    whose = Whose(client.id, None, NOTHING_CLOSED)
    with db.read() as session:
        return statement_document(session, whose, period, language=language, currency="USD")


def rows(said: Document, section: int = 0) -> list[tuple[str, ...]]:
    """The rows of a section without their days."""
    groups = said.sections[section].groups
    return [tuple(map(words, row[1:])) for group in groups for row in group.rows]


def ends(said: Document, section: int = 0) -> list[str]:
    return [words(total.value) for total in said.sections[section].totals]


def issued_today(*lines: Line) -> Asked:
    """A bill that is dated on the day of its booking, where the firm is."""
    with db.read() as session:
        zone = ZoneInfo(brand(session).timezone)
    return dataclasses.replace(now_asked(*lines), issued_on=clock.now().astimezone(zone).date())


def paid_in(office: Office, cents: int, *, trust: bool = False, apply: bool = True) -> None:
    """Cash from Cleo, for the client as a whole."""
    account = office.accounts.trust if trust else office.accounts.operating
    with db.transaction() as session:
        today = firm_day()
        cash = Recorded(ReceiptSource.CASH, office.cleo.id, None, account, cents, today)
        record(session, cash, apply=apply, expected=None, by=BEN)


def test_P6_a_receipt_says_who_paid_what_and_which_bills(office: Office) -> None:
    with db.read() as session:
        pdf = payment_receipt_pdf(session, FACTS, language="en_US")
    assert says_it_is_accessible(pdf)
    text = read_in_order(pdf)
    for said in (
        "Paid by Pat Payer",
        "Reference K7QM-92TX",
        "Date May 4, 2026",
        "Paid with Visa ending in 4242",
        "Paid to Harlow & Reyes LLP",
        "Amount paid $250.00",
        "Bill 1001 $100.00",
        "Bill 1002 $120.00",
    ):
        assert said in text
    assert receipt().filename == "Receipt-K7QM-92TX.pdf"


def test_M12_the_receipt_of_somebody_else_names_no_bill(office: Office) -> None:
    said = receipt(third_party=True)
    assert said.sections[0].groups == ()
    assert "1001" not in str(said)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "Paid"),
        ({"completed": False}, "Processing"),
        ({"refunded_cents": 25_000}, "Refunded"),
        ({"refunded_cents": 24_999}, "Partly refunded"),
        ({"disputed": True}, "Disputed"),
    ],
)
def test_P6_a_receipt_says_where_the_payment_stands(
    office: Office, changes: dict[str, Any], word: str
) -> None:
    said = receipt(**changes)
    assert said.stamp is not None
    assert said.stamp.word == word


def test_M6_what_was_given_back_stands_on_the_receipt(office: Office) -> None:
    totals = receipt(refunded_cents=5_000).sections[0].totals
    assert [(one.label, one.value) for one in totals] == [
        ("Amount paid", "$250.00"),
        ("Refunded", "-$50.00"),
    ]


def test_S7_the_receipt_of_trust_money_says_that_it_is_held_apart(office: Office) -> None:
    assert "held there, apart from the firm’s own money" in receipt(trust=True, paid=()).lead[0]
    assert receipt().lead == ()


def test_M10_a_statement_runs_from_bill_to_payment_with_the_balance_after_each(
    office: Office,
) -> None:
    issued(office, office.cleo, issued_today(Line(10_000)))
    paid_in(office, 4_000)
    issued(office, office.cleo, issued_today(Line(3_000, matter=1)))
    paid_in(office, 12_000)
    said = statement(office.cleo)
    assert rows(said) == [
        ("Bill 1001 00001-0 Cleo Vance, matter 1", "$100.00", "", "$100.00"),
        ("Cash received", "", "$40.00", "$60.00"),
        ("Bill 1002 00001-1 Cleo Vance, matter 2", "$30.00", "", "$90.00"),
        ("Cash received", "", "$120.00", "-$30.00"),
    ]
    assert ends(said) == ["$0.00", "-$30.00"]
    assert said.figure is not None
    assert (said.figure.label, said.figure.value) == ("Credit", "$30.00")


def test_M10_a_bill_of_an_earlier_day_stands_on_the_day_of_its_booking_and_says_its_own(
    office: Office,
) -> None:
    dated = dataclasses.replace(now_asked(Line(10_000)), issued_on=date(2026, 5, 4))
    issued(office, office.cleo, dated)
    assert rows(statement(office.cleo, Period(date(2026, 5, 1), date(2026, 5, 31)))) == []
    said = statement(office.cleo)
    assert rows(said)[0][0] == "Bill 1001 of May 4, 2026 00001-0 Cleo Vance, matter 1"
    assert said.closing.startswith("What is listed here stands on the day on which it was booked.")


def test_M3_trust_money_stands_apart_on_a_statement(office: Office) -> None:
    issued(office, office.cleo, now_asked(Line(10_000)))
    paid_in(office, 50_000, trust=True, apply=False)
    said = statement(office.cleo)
    assert len(said.sections) == 2
    assert said.sections[1].heading == f"Held in trust: {office.accounts.trust.public_label}"
    assert rows(said, 1) == [("Cash received", "$500.00", "", "$500.00")]
    assert ends(said, 1) == ["$0.00", "$500.00"]
    assert ends(said) == ["$0.00", "$100.00"]
    with db.read() as session:
        text = read_in_order(drawn(session, said))
    assert text.index("Bills and payments") < text.index("Held in trust")


def test_M10_a_period_opens_with_what_stood_before_and_leaves_out_what_came_after(
    office: Office,
) -> None:
    issued(office, office.cleo, now_asked(Line(10_000)))
    today = firm_day()
    before = Period(date(2000, 1, 1), date(2000, 12, 31))
    after = Period(date(today.year + 2, 1, 1), date(today.year + 2, 1, 31))
    assert (rows(statement(office.cleo, before)), ends(statement(office.cleo, before))) == (
        [],
        ["$0.00", "$0.00"],
    )
    assert (rows(statement(office.cleo, after)), ends(statement(office.cleo, after))) == (
        [],
        ["$100.00", "$100.00"],
    )
    assert statement(office.cleo, before).sections[0].empty is not None


def test_a_client_without_any_money_has_an_empty_statement(office: Office) -> None:
    said = statement(office.sol)
    assert rows(said) == []
    assert ends(said) == ["$0.00", "$0.00"]


def test_too_much_for_one_statement_is_said_and_a_later_day_helps(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _turn in range(3):
        issued(office, office.cleo, Asked([Line(1_000)]))
    monkeypatch.setattr(account_statement, "MOVEMENTS_MAX", 2)
    with pytest.raises(Invalid, match="Too much was booked"):
        statement(office.cleo)
    later = Period(date(2100, 1, 1), date(2100, 12, 31))
    assert ends(statement(office.cleo, later)) == ["$30.00", "$30.00"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=yesterday", "Enter the day like 2026-05-31."),
        ("to=", "Enter the day like 2026-05-31."),
        ("from=1999-12-31", "Enter a day between 2000 and 2100."),
        ("from=2026-05-02&to=2026-05-01", "The first day must not be after the last."),
        ("from=%00%F0%9F%8C%B8", "Enter the day like 2026-05-31."),
    ],
)
def test_days_that_cannot_be_used_are_refused_in_words(
    cast: Cast, office: Office, query: str, sentence: str
) -> None:
    address = f"/staff/contacts/{office.cleo.public_id}"
    for paper in ("statement", "statement.pdf"):
        page = cast.ana.get(f"{address}/{paper}?{query}", status=422)
        assert sentence in page


def test_D7_a_statement_is_saved_as_pdf_in_the_language_that_is_asked_for(
    cast: Cast, office: Office
) -> None:
    issued(office, office.cleo, now_asked(Line(10_000)))
    page = cast.ana.get(f"/staff/contacts/{office.cleo.public_id}/statement")
    link = page.html.select_one("#save-pdf")
    assert link is not None
    saved = cast.ana.get(str(link["href"])).response
    assert saved.headers["Content-Type"] == "application/pdf"
    assert saved.headers["Content-Disposition"].startswith('attachment; filename="Statement-')
    assert "Bill 1001" in read_in_order(saved.data)
