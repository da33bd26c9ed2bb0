"""**Record Payment** → **Apply credit**: what was paid ahead goes on bills later."""

from payments.receipts import queries
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from tests.factories.billing import Office, issued
from tests.payments.receipts.desk import (
    cleo_of,
    due_in,
    matter_key,
    opened,
    record,
    state,
)
from tests.support.cast import Cast


def test_S5_credit_is_applied_later_by_record_payment(cast: Cast, office: Office) -> None:
    """FEATURES S5, S6: credit is shown by account, and applied by the plan that is shown."""
    record(cast.ana, cleo_of(office), amount="150.00", number="1")
    bill = issued(office, office.cleo, due_in(5, 6_000))
    page = opened(cast.ana, cleo_of(office))
    assert "$150.00" in page.one("#credits").get_text()
    credit = cast.ana.click(page, "Apply credit")
    assert credit.one("#amount")["value"] == "60.00"
    after = cast.ana.submit(credit, "Apply credit")
    assert "$60.00 of credit paid bills." in after
    assert state(bill) == ("paid", 6_000)
    assert "$90.00" in opened(cast.ana, cleo_of(office)).one("#credits").get_text()


def test_S6_credit_that_no_bill_waits_for_offers_no_form(cast: Cast, office: Office) -> None:
    record(cast.ana, cleo_of(office), amount="20.00", number="1")
    page = cast.ana.click(opened(cast.ana, cleo_of(office)), "Apply credit")
    assert "No bill is open that this credit could pay." in page
    assert page.select("#amount") == []


def test_S5_more_credit_than_there_is_cannot_be_applied(cast: Cast, office: Office) -> None:
    record(cast.ana, cleo_of(office), amount="20.00", number="1")
    issued(office, office.cleo)
    credit = cast.ana.click(opened(cast.ana, cleo_of(office)), "Apply credit")
    refused = cast.ana.submit(credit, "Apply credit", amount="20.01", status=422)
    assert "Enter an amount of at most the credit that is left." in refused
    unread = cast.ana.submit(credit, "Apply credit", amount="lots", status=422)
    assert "Enter an amount like 1,250.00." in unread
    with db.read() as session:
        assert (
            sum(one.cents for one in queries.credits(session, office.cleo.id, NOTHING_CLOSED))
            == 2_000
        )


def test_M9_credit_applied_twice_from_one_page_is_applied_once(cast: Cast, office: Office) -> None:
    record(cast.ana, cleo_of(office), amount="50.00", number="1")
    bill = issued(office, office.cleo, due_in(5, 20_000))
    credit = cast.ana.click(opened(cast.ana, cleo_of(office)), "Apply credit")
    cast.ana.submit(credit, "Apply credit", amount="50.00")
    again = cast.ana.submit(credit, "Apply credit", amount="50.00", status=404)
    assert "There is no credit left here." in again
    assert state(bill) == ("awaiting_payment", 5_000)


def test_S4_a_matters_page_offers_only_that_matters_credit(cast: Cast, office: Office) -> None:
    key = matter_key(office.cleo.matters[0])
    record(cast.ana, key, amount="30.00", number="1")
    record(cast.ana, cleo_of(office), amount="40.00", number="2")
    own = opened(cast.ana, key).one("#credits").get_text()
    assert "$30.00" in own
    assert "$40.00" not in own
    whole = opened(cast.ana, cleo_of(office)).one("#credits").get_text()
    assert "$30.00" in whole
    assert "$40.00" in whole
