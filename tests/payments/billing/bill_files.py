"""Files of bills, and what became of them."""

import csv
import io
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from portal.core import db
from tests.factories.billing import Office

ISSUED, DRAFTS = {"as": "issued"}, {"as": "drafts"}
Row = dict[str, str]
Make = Callable[..., Row]


def sheet(rows: Sequence[Row]) -> str:
    """Rows as a file; the columns are all that any row has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    paper = io.StringIO()
    writer = csv.DictWriter(paper, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return paper.getvalue()


@pytest.fixture
def row(desk: Office) -> Callable[..., Row]:
    """A row that is a good bill of 250.00 by itself, on Cleo's first matter."""

    def make(number: str = "5001", **said: str) -> Row:
        return {
            "Bill number": number,
            "Matter number": f"{desk.cleo.id:05d}-0",
            "Issued": "2026-05-04",
            "Due": "2026-06-03",
            "Description": "Drafting",
            "Quantity": "2.5",
            "Rate": "100.00",
        } | {name.replace("_", " "): text for name, text in said.items()}

    return make


def bills() -> Sequence[Bill]:
    """Every bill, in the order in which they came."""
    with db.read() as session:
        return session.scalars(select(Bill).order_by(Bill.id)).all()
