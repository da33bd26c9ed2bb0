"""Files of bills as they come: each thing that is wrong is said by its row and column, and what is
right comes in all the same."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.billing.importing_cells import NotAFigure, cents, discount, taxes, thousandths
from payments.billing.models import BillLine
from payments.billing.reckoning import Discount, TaxDetails
from portal.core import db
from portal.core.errors import Invalid
from portal.imports import grouping
from tests.factories.billing import Office
from tests.payments.billing.bill_files import DRAFTS, ISSUED, Make, bills, row, sheet
from tests.portal.imports.factories import (
    checked,
    counts,
    imported,
    taken,
    told,
)
from tests.support.cast import Cast
from tests.support.days import firm_day

__all__ = ["row"]

APART = "Its rows do not stand together. Sort the file by this column first."
TOMORROW = (firm_day() + timedelta(days=2)).isoformat()

WRONG = [
    ({"Bill number": "INV-1"}, "Bill number", "numbers of 1 to 8 digits"),
    ({"Bill number": "0"}, "Bill number", "numbers of 1 to 8 digits"),
    ({"Bill number": "999999999"}, "Bill number", "numbers of 1 to 8 digits"),
    ({"Bill number": "9" * 4_000}, "Bill number", "too long"),
    ({"Bill number": "٤٢"}, "Bill number", "numbers of 1 to 8 digits"),
    ({"Bill number": ""}, "Bill number", "Give the bill a number."),
    ({"Matter number": "99999"}, "Matter number", "There is no matter “99999”."),
    ({"Matter number": ""}, "Matter number", "Give the matter's number"),
    ({"Issued": ""}, "Issued", "Say on which day the bill was issued."),
    ({"Issued": "2026-02-30"}, "Issued", "This is no day of the calendar."),
    ({"Issued": TOMORROW}, "Issued", "This day is still to come."),
    ({"Issued": "9999-12-31", "Due": ""}, "Issued", "Enter a date between 2000 and 2100."),
    ({"Issued": "1999-12-31"}, "Issued", "Enter a date between 2000 and 2100."),
    ({"Due": "2026-05-03"}, "Due", "The bill is due before it was issued."),
    ({"Due": "soon"}, "Due", "This is no day of the calendar."),
    ({"Due": "2101-01-01"}, "Due", "Enter a due date between 2000 and 2100."),
    ({"Date": "13/13/2026"}, "Date", "This is no day of the calendar."),
    ({"Description": ""}, "Description", "Say what was done."),
    ({"Description": "x" * 1_001}, "Description", "The description is too long."),
    ({"Description": "a\0b"}, "", "holds hidden characters"),
    ({"Quantity": "NaN"}, "Quantity", "This is no figure."),
    ({"Quantity": "-1"}, "Quantity", "This is no figure."),
    ({"Quantity": "0"}, "Quantity", "Enter a quantity from 0.001 to 100,000."),
    ({"Quantity": "0", "Rate": "", "Amount": "5.00"}, "Quantity", "Enter a quantity"),
    ({"Rate": "1e9"}, "Rate", "This is no figure."),
    ({"Rate": "１２"}, "Rate", "This is no figure."),
    ({"Rate": "=1+1"}, "Rate", "This is no figure."),
    ({"Rate": "99999999999.00"}, "Rate", "Enter a rate up to 10,000,000.00."),
    ({"Rate": ""}, "Amount", "Give a rate or an amount."),
    ({"Rate": "-100.00"}, "", "The credits are more than the other lines."),
    ({"Rate": "0.00"}, "Amount", "The bill comes to nothing."),
    ({"Amount": "250.01"}, "Amount", "Quantity times rate is 250.00, which is not this."),
    ({"Quantity": "3", "Rate": "", "Amount": "100.00"}, "Amount", "Quantity times rate is 99.99"),
    ({"Discount": "110%"}, "Discount", "Enter a discount from 0 to 100 percent."),
    ({"Discount": "250.01"}, "Discount", "The discount is more than the lines come to."),
    ({"Discount": "much"}, "Discount", "This is no figure."),
    ({"Discount": "100%"}, "Amount", "The bill comes to nothing."),
    ({"Taxes": "12.50"}, "Taxes", "Write taxes with their percentages, as GST 5%; QST 9.975%."),
    ({"Taxes": "A 1%; B 2%; C 3%"}, "", "A bill can have two taxes at most."),
    ({"Taxes": f"{'x' * 41} 5%"}, "Taxes", "Keep the tax's name under 40 characters."),
    ({"Total": "251.00"}, "Total", "The lines come to 250.00, which is not this."),
    ({"Note": "x" * 2_001}, "Note", "The note is too long."),
    ({"Status": "Paid"}, "Status", "This bill was paid."),
    ({"Status": "VOID"}, "Status", "This bill is void."),
    ({"Status": "Partially paid"}, "Status", "A part of this bill was paid."),
    ({"Status": "Draft"}, "Status", "This bill was not issued yet. Import it as a draft."),
    ({"Paid": "1.00"}, "Paid", "A part of this bill was paid."),
    ({"Currency": "CAD"}, "Currency", "Bills here are in USD."),
    ({"Client": "Nobody"}, "Client", "The matter of this row is another client's."),
]  # fmt: skip


def test_X7_what_is_wrong_with_a_bill_is_said_beside_it(desk: Office, row: Make) -> None:
    rows = [row(f"{6001 + place}") | said for place, (said, *_) in enumerate(WRONG)]
    run = imported(sheet([*rows, row("5001")]), "bills", **ISSUED)
    assert counts(run) == (1, 0, len(WRONG))
    assert [one.number for one in bills()] == [5001]
    found = told(run)
    for place, (said, column, sentence) in enumerate(WRONG, start=2):
        here = [words for number, at, words in found if (number, at) == (place, column)]
        assert any(sentence in words for words in here), (said, here)


def test_X7_everything_that_is_wrong_with_a_row_is_said_at_once(desk: Office, row: Make) -> None:
    run = imported(sheet([row(Due="x", Rate="y", Taxes="z", Status="paid")]), "bills", **ISSUED)
    assert {column for _row, column, _sentence in told(run)} == {
        "Due", "Rate", "Taxes", "Status",
    }  # fmt: skip


def test_X7_lines_of_one_bill_agree_on_it_and_are_of_one_client(desk: Office, row: Make) -> None:
    other = {"Matter number": f"{desk.sol.id:05d}-0"}
    text = sheet([row(), row(Due="2026-07-01"), row("5002"), row("5002") | other, row("5003")])
    run = imported(text, "bills", **ISSUED)
    assert counts(run) == (1, 0, 2)
    assert told(run) == [
        (3, "Due", "This differs from row 2, which names the same one."),
        (5, "Matter number", "Choose a matter of this client."),
    ]


def test_X7_a_number_is_one_however_it_is_written(desk: Office, row: Make) -> None:
    run = imported(sheet([row("#5001"), row("5001 "), row("#5002")]), "bills", **ISSUED)
    assert counts(run) == (1, 0, 2)
    assert [one.number for one in bills()] == [5002]
    assert told(run) == [(2, "Bill number", APART), (3, "Bill number", APART)]


def test_X7_a_bill_whose_lines_do_not_stand_together_is_refused_with_all_of_them(
    desk: Office, row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 2)
    apart = [row(), row("5002"), row("5003"), row("5004"), row("5003"), row("5005"), row()]
    run = checked(taken(sheet(apart), "bills"), **ISSUED)
    assert counts(run) == (3, 0, 4)
    assert told(run) == [(number, "Bill number", APART) for number in (2, 4, 6, 8)]
    run = imported(sheet(apart), "bills", **ISSUED)
    assert counts(run) == (3, 0, 4)
    assert [one.number for one in bills()] == [5002, 5004, 5005]
    together = sorted(apart, key=lambda one: one["Bill number"])
    assert counts(imported(sheet(together), "bills", **ISSUED)) == (2, 3, 0)


def test_X7_a_file_of_another_alphabet_and_with_lines_in_cells(desk: Office, row: Make) -> None:
    said = 'Drafting "the lease";\nrévisé – 1 café'
    text = sheet([row(Description=said)])
    for place, encoding in enumerate(("utf-8-sig", "utf-16", "utf-16-le", "cp1252"), 1):
        mark = "\ufeff" if encoding == "utf-16-le" else ""
        content = (mark + text.replace("5001", f"500{place}")).encode(encoding)
        assert counts(imported(content, "bills", **ISSUED)) == (1, 0, 0), encoding
    divided = sheet([row("5009", Description=said)]).replace(",", ";")
    assert counts(imported(divided, "bills", **ISSUED)) == (1, 0, 0)
    with db.read() as session:
        assert set(session.scalars(select(BillLine.description))) == {said}


def test_X7_formulas_are_words(cast: Cast, desk: Office, row: Make) -> None:
    said = '=HYPERLINK("http://evil.test","Pay")'
    run = imported(sheet([row(Description=said, Note="@SUM(1)")]), "bills", **DRAFTS)
    assert counts(run) == (1, 0, 0)
    (bill,) = bills()
    assert bill.note == "@SUM(1)"
    assert said in cast.ada.get(f"/staff/bills/{bill.public_id}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"Bill number,Matter\n", "no row under them"),
        (b"PK\x03\x04rest", "a workbook of a spreadsheet program"),
        (b",".join(b"c%d" % n for n in range(5_000)) + b"\n1\n", "has 5000 columns"),
        (b'Bill number,Matter\n1,"never closed\n2,x\n', "never closed"),
        (b"a,b\n" + b"x" * 3_000_000, "too long to be one of a table"),
    ],
)
def test_X7_what_is_no_table_is_refused_whole(desk: Office, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(taken(content, "bills"))
    assert sentence in str(refused.value)


def test_X7_a_bill_of_a_thousand_lines_is_refused(desk: Office, row: Make) -> None:
    for number, lines, sentence in (
        ("5001", 501, "A bill can have 500 lines at most."),
        ("5002", 1_001, "at most 1,000 may"),
    ):
        run = checked(taken(sheet([row(number)] * lines), "bills"), **ISSUED)
        assert counts(run) == (0, 0, 1)
        assert sentence in told(run)[0][2]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1250", 125_000), ("1,250.00", 125_000), ("1 250,00 $", 125_000), ("$12.5", 1_250),
        ("12,5", 1_250), ("-12.50", -1_250), ("(12.50)", -1_250), ("-$12.50", -1_250),
        ("$-12.50", -1_250), ("\u221212.50", -1_250), ("1'250.00", 125_000), ("0", 0),
    ],
)  # fmt: skip
def test_amounts_are_read_as_files_write_them(text: str, read: int) -> None:
    assert cents(text) == read


@pytest.mark.parametrize(
    "text", ["--1", "1.234", "1.2.3", "12-", "(", "()", "-", "$", "1_000", "inf", "0x1", "1e3"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAFigure):
        cents(text)


def test_quantities_discounts_and_taxes_are_read_as_files_write_them() -> None:
    assert [thousandths(one) for one in ("2.5", "2,5", "1,250")] == [2_500, 2_500, 1_250_000]
    assert discount("10 %") == Discount(percent_thousandths=10_000)
    assert discount("50.00") == Discount(cents=5_000)
    assert tuple(taxes("GST: 5%; State tax 8,25 %")) == (
        TaxDetails("GST", 5_000),
        TaxDetails("State tax", 8_250),
    )
    assert tuple(taxes("0.00; 0%")) == ()
