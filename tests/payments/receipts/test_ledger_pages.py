"""The **Ledger** of a contact and of a matter: every movement, in a client's words."""

from datetime import date
from zoneinfo import ZoneInfo

from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.receipts import recording
from payments.receipts.models import Receipt
from portal.core import clock, db
from tests.factories.billing import Asked, Line, Office, issued
from tests.payments.receipts.desk import (
    ANA,
    MANY,
    due_in,
    figures,
    linked,
    of_cleo,
    of_matter,
    received,
    rows,
    trust_section,
    unlink,
)
from tests.support.cast import FIRM, Cast
from tests.support.days import firm_day


def test_M10_bills_and_payments_are_told_with_what_is_owed_and_the_credit_after_each(
    cast: Cast, office: Office
) -> None:
    """FEATURES M10, S6: newest first; the client's words, not the ledger's."""
    bill = issued(office, office.cleo, due_in(30, 8_000))
    received(office, 10_000, "1234", apply=True, note="By mail")
    page = of_cleo(cast.ben, office)
    matter = f"{office.cleo.id:05d}-0 Cleo Vance, matter 1"
    assert rows(page) == [
        [f"Check 1234 applied to bill {bill.number}", matter, "$80.00", "$0.00", "$20.00"],
        ["Check 1234 received By mail", "–", "$100.00", "$80.00", "$100.00"],
        [f"Bill {bill.number}", matter, "$80.00", "$80.00", "$0.00"],
    ]
    assert figures(page) == {
        "held": "$0.00",
        "credit": "$20.00",
        "owed": "$0.00",
        "overdue": "$0.00",
    }
    assert page.link(f"Bill {bill.number}").endswith(f"/bills/{bill.public_id}")


def test_M10_a_bill_tells_when_it_is_due_and_a_cheque_when_it_was_received(
    cast: Cast, office: Office
) -> None:
    """FEATURES M10: where a cheque is recorded on the day that it came, the day stands once."""
    issued(office, office.cleo, due_in(3, 100))
    received(office, 300, "1", on=date(2025, 11, 4))
    received(office, 300, "2", on=clock.now().astimezone(ZoneInfo(FIRM.timezone)).date())
    page = of_cleo(cast.ana, office)
    assert page.texts(".ledger-day") == ["Received on November 4, 2025", "Due May 7, 2026"]


def test_S8_what_was_reversed_stays_in_the_ledger_with_its_reason(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo, Asked([Line(8_000)]))
    cheque = received(office, 8_000, "55", apply=True)
    with db.transaction() as session:
        again = session.get_one(Receipt, cheque.id)
        recording.reverse(session, again, reason="The cheque bounced", by=ANA)
    with db.transaction() as session:
        billing.void(session, session.get_one(Bill, bill.id), reason="Wrong client", by=ANA)
    told = [row[0] for row in rows(of_cleo(cast.ana, office))]
    assert told == [
        f"Bill {bill.number} withdrawn Wrong client",
        "Check 55 taken back The cheque bounced",
        f"Check 55 taken off bill {bill.number} The cheque bounced",
        f"Check 55 applied to bill {bill.number}",
        "Check 55 received",
        f"Bill {bill.number}",
    ]
    balances = [row[-2:] for row in rows(of_cleo(cast.ana, office))]
    assert balances == [
        ["$0.00", "$0.00"],
        ["$80.00", "$0.00"],
        ["$80.00", "$80.00"],
        ["$0.00", "$0.00"],
        ["$80.00", "$80.00"],
        ["$80.00", "$0.00"],
    ]


def test_S8_a_payment_that_was_unlinked_or_came_back_is_told_as_taken_back(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo)
    unlink(linked(office, 4_000, "K7QM-92TX", apply=True))
    assert [row[0] for row in rows(of_cleo(cast.ana, office))] == [
        "Payment K7QM-92TX taken back Wrong client",
        f"Payment K7QM-92TX taken off bill {bill.number} Wrong client",
        f"Payment K7QM-92TX applied to bill {bill.number}",
        "Payment K7QM-92TX received",
        f"Bill {bill.number}",
    ]


def test_S8_a_payment_that_moved_is_told_by_where_it_went(cast: Cast, office: Office) -> None:
    """FEATURES S8: to another matter, then to another client, and back again."""
    first, second = office.cleo.matters
    unlink(linked(office, 4_000, "K7QM-92TX", matter_id=first))
    unlink(linked(office, 4_000, "K7QM-92TX", matter_id=second, again=True))
    unlink(linked(office, 4_000, "K7QM-92TX", client=office.sol, again=True))
    linked(office, 4_000, "K7QM-92TX", again=True)
    page = of_cleo(cast.ana, office)
    assert [row[0].removeprefix("Payment K7QM-92TX ") for row in rows(page)] == [
        "received",
        "moved to another client Wrong client",
        "received",
        "moved to another matter Wrong client",
        "received",
    ]
    assert page.link("Payment K7QM-92TX received").endswith("/transactions/K7QM-92TX")
    assert figures(page)["credit"] == "$40.00"


def test_S7_trust_money_is_listed_by_account_with_what_is_held_after_each(
    cast: Cast, office: Office
) -> None:
    linked(office, 250_000, "P4RW-88KD", account=office.accounts.trust)
    mine = office.cleo.matters[1]
    received(office, 5_000, "9", account=office.accounts.trust, matter_id=mine)
    received(office, 700, account=office.accounts.escrow)
    page = of_cleo(cast.ana, office)
    matter = f"{office.cleo.id:05d}-1 Cleo Vance, matter 2"
    assert [row[:4] for row in rows(page, trust_section(office))] == [
        ["Check 9 received Reverse Check 9 received", matter, "$50.00", "$2,550.00"],
        ["Payment P4RW-88KD received", "–", "$2,500.00", "$2,500.00"],
    ]
    (cash,) = rows(page, f"ledger-{office.accounts.escrow.id}")
    assert cash[1:] == ["–", "$7.00", "$7.00"]
    assert figures(page)["held"] == "$2,557.00"
    assert page.select("#ledger-bills") == []


def test_S4_a_matter_shows_its_own_movements_and_no_others(cast: Cast, office: Office) -> None:
    first, second = office.cleo.matters
    bill = issued(office, office.cleo, Asked([Line(3_000, 0), Line(4_000, 1)]))
    received(office, 9_000, "1", apply=True)
    received(office, 600, "2", matter_id=second)
    page = of_matter(cast.ana, second)
    assert [row[0].split(" Reverse")[0] for row in rows(page)] == [
        "Check 2 received",
        f"Check 1 applied to bill {bill.number}",
        f"Bill {bill.number}",
    ]
    assert [row[1:] for row in rows(page)] == [
        ["$6.00", "$0.00", "$6.00"],
        ["$40.00", "$0.00", "$0.00"],
        ["$40.00", "$40.00", "$0.00"],
    ]
    assert figures(of_matter(cast.ana, first))["credit"] == "$0.00"
    assert figures(of_cleo(cast.ana, office))["credit"] == "$26.00"


def test_M10_what_is_overdue_counts_only_bills_that_were_due_before_today(
    cast: Cast, office: Office
) -> None:
    far = (firm_day() - due_in(0, 1).due_on).days
    issued(office, office.cleo, Asked([Line(1_100, 0), Line(2_000, 1)], due_on=due_in(1, 1).due_on))
    issued(office, office.cleo, due_in(far + 40, 50_000))
    assert figures(of_cleo(cast.ana, office)) == {
        "held": "$0.00",
        "credit": "$0.00",
        "owed": "$531.00",
        "overdue": "$31.00",
    }
    assert figures(of_matter(cast.ana, office.cleo.matters[1]))["overdue"] == "$20.00"


def test_X3_a_client_without_money_is_told_what_will_stand_here(cast: Cast, office: Office) -> None:
    page = of_cleo(cast.ana, office)
    assert "No money yet" in page
    assert office.cleo.public_id in str(page.one("#record-first")["href"])
    assert page.select("#record-payment") == []


def test_M10_pages_lead_from_the_newest_to_the_oldest_and_back_with_true_balances(
    cast: Cast, office: Office
) -> None:
    """FEATURES M10, X1: each page is a page of its own, and for htmx one section."""
    for number in range(MANY):
        received(office, 100, f"N{number}")
    first = of_cleo(cast.ana, office)
    assert len(rows(first)) == 50
    assert rows(first)[0][-1] == "$60.00"
    last = cast.ana.click(first, "Next")
    assert [row[-1] for row in rows(last)] == [f"${n}.00" for n in range(10, 0, -1)]
    assert rows(cast.ana.click(last, "Previous")) == rows(first)
    part = cast.ana.ask("GET", first.link("Next"), htmx=True)
    assert not part.is_whole
    assert rows(part) == rows(last)
    assert part.one("#ledger-bills-title").has_attr("data-focus")


def test_M10_an_address_of_another_ledger_shows_the_newest_and_says_so(
    cast: Cast, office: Office
) -> None:
    for number in range(MANY):
        received(office, 100, f"N{number}")
    token = of_cleo(cast.ana, office).link("Next").partition("page=")[2]
    other = f"/staff/contacts/{office.sol.public_id}/ledger"
    for address in (f"{other}?page={token}", f"{other}?page=forged"):
        assert "could not be found" in cast.ana.get(address)
