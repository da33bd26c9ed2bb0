"""What staff read of eCheck money in trust: available, on hold, and what may be claimed (M8)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from payments.ledger import actions as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.receipts import actions
from payments.receipts.account_statement import Period
from payments.receipts.holds import portions
from payments.receipts.models import Receipt, ReceiptSource
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import clock, db
from portal.firm.groups import GroupDetails, add_group
from tests.factories.billing import Asked, Client, Line, Office, issued
from tests.payments.billing.mailroom import give_emails
from tests.payments.receipts.desk import ANA, figures, of_cleo, of_matter
from tests.payments.receipts.test_documents import statement
from tests.payments.receipts.test_ledger_pages_reading import queries_of
from tests.payments.receipts.trust_desk import held, pay
from tests.support.cast import Cast
from tests.support.days import firm_day
from tests.support.outbox import Outbox
from tests.support.page import words

UNTIL = timedelta(days=3)


def by_echeck(
    office: Office,
    cents: int,
    reference: str,
    *,
    nth: int | None = None,
    until: datetime | None = None,
    client: Client | None = None,
) -> Receipt:
    """Trust money that came by eCheck and is on hold for three days, or until then."""
    client = client or office.cleo
    trust = office.accounts.trust
    processor, unlinked = (
        AccountKey(kind, trust.id, "USD") for kind in (AccountKind.PROCESSOR, AccountKind.UNLINKED)
    )
    money = actions.MoneyIn(
        source=ReceiptSource.PAYMENT,
        cause=f"payment:{reference}",
        client_id=client.id,
        matter_id=client.matters[nth] if nth is not None else None,
        account=trust,
        amount_cents=cents,
        received_on=firm_day(),
        note=reference,
        held_until=until or clock.now() + UNTIL,
    )
    with db.transaction() as session:
        came = ledger.Entry(
            f"in:{reference}", "completed", processor, unlinked, cents, "test", "test"
        )
        ledger.transfer(session, came)
        receipt, entries = actions.receive(session, money, apply=False, expected=None, by=ANA)
        ledger.transfer_all(session, entries)
    return receipt


def test_M8_the_ledger_shows_available_and_on_hold(cast: Cast, office: Office) -> None:
    held(office, 5_000)
    by_echeck(office, 20_000, "AB-1")
    by_echeck(office, 3_000, "AB-2", nth=0, until=clock.now() - UNTIL)
    page = of_cleo(cast.ben, office)
    shown = figures(page)
    assert (shown["held"], shown["available"], shown["on-hold"]) == ("$280.00", "$80.00", "$200.00")
    (row,) = page.texts("#on-hold li")
    assert row.startswith("$200.00 until ")
    assert row.endswith("Payment AB-1")
    assert page.link("Payment AB-1").endswith("/transactions/AB-1")
    assert page.one("#echeck-risk").text.startswith("$230.00 came by eCheck in the last 60 days.")
    panel = cast.ben.get(f"/staff/contacts/{office.cleo.public_id}/money")
    assert "Available in trust $80.00" in panel.text


def test_M8_a_matter_shows_its_own_holds_alone(cast: Cast, office: Office) -> None:
    by_echeck(office, 20_000, "AB-1", nth=0)
    held(office, 700, 1)
    assert figures(of_matter(cast.ben, office.cleo.matters[0]))["on-hold"] == "$200.00"
    other = of_matter(cast.ben, office.cleo.matters[1])
    assert "on-hold" not in figures(other)
    assert other.select("#on-hold, #echeck-risk") == []


def test_M8_a_ledger_without_echecks_has_no_word_of_holds(cast: Cast, office: Office) -> None:
    held(office, 5_000)
    assert set(figures(of_cleo(cast.ben, office))) == {"held", "credit", "owed", "overdue"}


def test_M8_pay_from_trust_offers_what_is_available_and_tells_the_rest(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    held(office, 4_000)
    by_echeck(office, 20_000, "AB-1")
    page = cast.ana.get(f"/staff/bills/{bill.public_id}/pay-from-trust")
    assert "$40.00 available. Paying $40.00 leaves $0.00. Another $200.00 is on hold." in page.text
    assert page.one("#amount")["value"] == "40.00"
    assert page.texts(".preview-sum")[0].endswith("stays in trust. Another $200.00 is on hold.")
    assert page.texts("#on-hold li") != []
    refused = cast.ana.submit(page, "Show what it pays", amount="100.00")
    assert "Only $40.00 is available in this trust ledger." in refused.text


def test_M8_where_all_is_on_hold_pay_from_trust_says_from_when(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    by_echeck(office, 20_000, "AB-1", nth=0)
    page = cast.ana.get(f"/staff/bills/{bill.public_id}/pay-from-trust")
    assert "This trust money is on hold" in page.text
    assert page.texts("#on-hold li") != []
    assert page.select("form[action$='pay-from-trust']") == []


def test_M8_S9_the_client_is_emailed_what_of_the_rest_is_on_hold(
    cast: Cast, office: Office, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    give_emails(office.cleo, "cleo@client.test")
    held(office, 30_000)
    bill = issued(office, office.cleo)
    pay(bill, 1_000)
    until = datetime(2099, 5, 6, 16, tzinfo=UTC)
    by_echeck(office, 7_500, "K7QM-92TX", until=until)
    pay(bill, 2_000)
    run_jobs()
    before, after = outbox.to("cleo@client.test")
    assert "on hold" not in before.text + before.html
    assert "Held for you in trust after this: $345.00 $75.00 of it on hold until May 6" in after
    assert "of it on hold until May 6, 2099" in after.html


def test_M8_M10_a_statement_to_today_says_what_is_on_hold(office: Office) -> None:
    by_echeck(office, 20_000, "AB-1")
    said = statement(office.cleo).sections[1].totals
    assert [words(one.value) for one in said] == ["$0.00", "$200.00", "$200.00"]
    assert words(said[-1].label).startswith("Of this on hold until ")
    past = Period(date(2000, 1, 1), firm_day() - timedelta(days=1))
    assert len(statement(office.cleo, past).sections[1].totals) == 2


def test_N8_M8_what_is_on_hold_for_a_closed_matter_is_told_to_nobody_outside(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    held(office, 4_000)
    by_echeck(office, 20_000, "AB-1", nth=1)
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=ANA)
        restrict(session, session.get_one(Matter, office.cleo.matters[1]), [group.id])
    ledger = f"/staff/contacts/{office.cleo.public_id}/ledger"
    for address in (ledger, f"/staff/bills/{bill.public_id}/pay-from-trust"):
        page = cast.ana.get(address)
        assert page.select("#on-hold, #echeck-risk") == []
        assert "AB-1" not in page.body
    assert "AB-1" in cast.ada.get(ledger).body


@pytest.mark.both_databases
def test_M8_a_disputes_shortfall_leaves_the_later_holds_whole(office: Office) -> None:
    """What is on hold never exceeds the ledger, and is free no sooner than it came to be."""
    soon, later = clock.now() + UNTIL, clock.now() + 2 * UNTIL
    by_echeck(office, 6_000, "AB-1", until=soon)
    by_echeck(office, 6_000, "AB-2", until=later)
    trust = office.accounts.trust
    key = AccountKey(AccountKind.CLIENT_TRUST, trust.id, "USD", client_id=office.cleo.id)
    away = AccountKey(AccountKind.PROCESSOR, trust.id, "USD")
    with db.transaction() as session:
        ledger.transfer(session, ledger.Entry("d:1", "disputed", key, away, 4_000, "test", "test"))
    with db.read() as session:
        found = portions(session, [office.cleo.id], clock.now())
    assert [(one.reference, one.cents) for one in found] == [("AB-1", 2_000), ("AB-2", 6_000)]


@pytest.mark.parametrize("many", [12])
def test_M8_many_holds_are_read_in_as_many_queries_as_one(
    many: int, cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    held(office, 4_000)
    by_echeck(office, 100, "AB-0")
    pages = (
        f"/staff/contacts/{office.cleo.public_id}/ledger",
        f"/staff/bills/{bill.public_id}/pay-from-trust",
    )
    before = [queries_of(cast.ana, page) for page in pages for _warm in range(2)][1::2]
    for number in range(1, many):
        by_echeck(office, 100, f"AB-{number}", nth=number % 2)
    assert [queries_of(cast.ana, page) for page in pages] == before
