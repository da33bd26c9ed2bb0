"""The staff's page of one payment: its life, what was booked, what the payer approved."""

from datetime import timedelta

from payments.gateway.results import MethodKind
from payments.transactions.states import Status
from portal.core import clock, db, demo_clock
from tests.factories import clients
from tests.payments.transactions.conftest import MANDATE, Till
from tests.payments.transactions.office import previewed
from tests.support.cast import Cast

LIST = "/staff/online-payments/transactions"


def detail(till: Till, payment_id: int) -> str:
    return f"{LIST}/{till.payment(payment_id).public_id}"


def test_P7_the_page_of_a_payment_tells_its_life_and_what_was_booked(
    cast: Cast, till: Till
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=100_000)
    payment = till.payment(payment_id)
    page = cast.ben.click(cast.ben.get(LIST), "Cleo Vance")
    assert page.address.endswith(detail(till, payment_id))
    assert page.texts("#payment-life .badge") == ["Pending", "Authorized", "Completed"]
    assert "The payer's own visit" in page.texts("#payment-life tbody tr")[0]
    booked = page.texts("#payment-books tbody tr")
    assert ["nothing is booked yet" in row for row in booked] == [True, False, False, False]
    assert "Payments on their way Payments not yet linked $1,000.00" in booked[1]
    assert "Balance at Stripe Payments on their way $1,000.00" in booked[2]
    assert "Processing fees Balance at Stripe $7.55" in booked[3]
    for shown in ("$7.55", "cleo@client.test", f"pi_{payment_id}", "/pay/"):
        assert shown in page.text
    assert page.link("Open the payer's status page").endswith(f"/payments/{payment.status_token}")
    cast.sol.click(page, "Open the payer's status page")


def test_the_page_of_a_payment_keeps_itself_up_to_date(cast: Cast, till: Till) -> None:
    payment_id = till.bring_to(Status.PENDING)
    page = cast.ben.get(detail(till, payment_id))
    assert "no money has moved" in page
    poll = str(page.one("#payment")["hx-get"])
    cast.ben.ask("GET", poll, htmx=True, status=204)
    till.fail(payment_id)
    fresh = cast.ben.ask("GET", poll, htmx=True)
    assert fresh.texts("#payment-life .badge") == ["Pending", "Failed"]
    assert "not enough funds" in fresh


def test_P4_the_page_of_a_bank_payment_shows_what_the_payer_approved(
    cast: Cast, till: Till
) -> None:
    bank = till.bring_to(Status.AUTHORIZED, method=MethodKind.BANK)
    card = till.bring_to(Status.AUTHORIZED)
    page = cast.ben.get(detail(till, bank))
    assert MANDATE in page
    assert "203.0.113.7" in page
    assert "Expected to complete" in page
    assert "203.0.113.7" not in cast.ben.get(detail(till, card))


def test_M8_the_page_of_an_echeck_in_trust_says_until_when_it_is_on_hold(
    cast: Cast, till: Till
) -> None:
    held = till.bring_to(Status.COMPLETED, kind="trust", method=MethodKind.BANK)
    operating = till.bring_to(Status.COMPLETED, method=MethodKind.BANK)
    assert "On hold in trust until" in cast.ben.get(detail(till, held))
    assert "On hold in trust until" not in cast.ben.get(detail(till, operating))
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    shown = previewed(cast.ana, till, held, cleo).one("#preview-words").text
    assert "It came by eCheck and is on hold until" in shown
    until = till.payment(held).held_until
    assert until is not None
    with db.transaction() as session:
        demo_clock.advance(session, until - clock.now() + timedelta(seconds=1))
    assert "On hold in trust until" not in cast.ben.get(detail(till, held))


def test_a_payment_that_does_not_exist_is_not_found(cast: Cast, till: Till) -> None:
    assert "no such payment" in cast.ben.get(f"{LIST}/nonsense", status=404)
