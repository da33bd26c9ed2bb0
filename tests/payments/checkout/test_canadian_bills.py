"""Bills of a Canadian firm: Canadian dollars, cards only, as each language writes them."""

import pytest
from flask import Flask
from sqlalchemy import update

from payments.accounts.models import BankAccount
from payments.billing.handed_out import DocumentLink
from payments.billing.models import Bill
from portal.core import db
from portal.firm.models import Firm
from tests.factories.payments import (
    BANK_WORKS,
    CANADA_ACCOUNT_ID,
    Payer,
    make_canadian_link,
    payments,
    the_payment,
)
from tests.payments.checkout.documents import CLEO, Counter
from tests.support.languages import EVERY_LANGUAGE, offer


@pytest.fixture
def address(app: Flask, counter: Counter) -> str:
    """A bill over 1,234.50 in Canadian dollars, emailed by a firm in Canada."""
    bill = counter.bill(123_450)
    where = counter.emailed(bill)
    make_canadian_link()
    with db.transaction() as session:
        account = session.query(BankAccount).filter_by(currency="CAD").one()
        session.execute(update(Bill).values(currency="CAD", bank_account_id=account.id))
        session.execute(update(DocumentLink).values(bank_account_id=account.id))
        session.execute(update(Firm).values(country="CA", version=Firm.version + 1))
    offer(EVERY_LANGUAGE)
    return where


@pytest.mark.parametrize(
    ("language", "printed", "typed"),
    [("en", "$1,234.50", "1234.50"), ("fr", "1 234,50 $", "1234,50")],
)
def test_B3_amounts_are_written_as_the_reader_writes_them(
    app: Flask, address: str, language: str, printed: str, typed: str
) -> None:
    """B3: en-CA and fr-CA on the page, the review and the status page; never US$ or CA$."""
    payer = Payer(app, CANADA_ACCOUNT_ID)
    where = f"{address}?lang={language}"
    page = payer.get(where)
    assert page.one("#amount")["value"] == typed
    reviewed = payer.review(where, amount=typed, postal_code="K1A 0B1", **CLEO)
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    for shown in (page, reviewed, status):
        words = shown.text.replace("\u00a0", " ").replace("\u202f", " ")
        assert printed in words
        assert "CA$" not in words
    assert (the_payment().currency, the_payment().amount_cents) == ("CAD", 123_450)


def test_P2_no_echeck_anywhere_and_none_by_a_forged_form(app: Flask, address: str) -> None:
    """P2 (server): cards only, with a postal code."""
    payer = Payer(app, CANADA_ACCOUNT_ID)
    page = payer.get(address)
    assert "eCheck" not in page.text
    assert "Postal code" in page
    forged = payer.review(
        address, method="bank", number=BANK_WORKS, amount="1,234.50", status=422, **CLEO
    )
    assert "This firm takes no eCheck here. Please pay by card." in forged
    assert payments() == []
