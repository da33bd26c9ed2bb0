"""Reading a ledger: what it costs, who may, and the money on an overview."""

import pytest

from payments.receipts import movements
from payments.receipts.movements import BILLS, Whose
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Matter
from portal.core import db
from tests.factories.billing import Asked, Line, Office, issued
from tests.payments.receipts.desk import (
    MANY,
    due_in,
    of_cleo,
    received,
)
from tests.support.cast import Cast, Person
from tests.support.statements import statements


def queries_of(person: Person, address: str) -> int:
    with statements() as asked:
        person.get(address)
    return len(asked)


@pytest.mark.parametrize("middle", [False, True], ids=["newest", "middle"])
def test_M10_a_ledger_takes_the_same_queries_however_much_stands_in_it(
    middle: bool, cast: Cast, office: Office
) -> None:
    address = f"/staff/contacts/{office.cleo.public_id}/ledger"
    issued(office, office.cleo)
    received(office, 500, "0", apply=True)
    received(office, 700, account=office.accounts.trust)
    cast.ana.get(address)
    few = queries_of(cast.ana, address)
    for number in range(1, MANY):
        issued(office, office.cleo, due_in(number, 200, number % 2))
        received(office, 150, f"N{number}", apply=True)
    if middle:  # one more: the page that was turned, beside the newest of the other sections
        address, few = of_cleo(cast.ana, office).link("Next"), few + 1
    assert queries_of(cast.ana, address) == few
    assert few <= 17


def test_the_money_of_an_overview_is_what_the_ledger_says(cast: Cast, office: Office) -> None:
    issued(office, office.cleo, Asked([Line(7_000, 1)]))
    received(office, 1_000, "4")
    received(office, 2_000, account=office.accounts.trust, matter_id=office.cleo.matters[1])
    panel = cast.ben.get(f"/staff/contacts/{office.cleo.public_id}/money")
    assert not panel.is_whole
    assert panel.texts("dd") == ["$20.00", "$10.00", "$70.00", "$70.00"]
    with db.read() as session:
        matter = session.get_one(Matter, office.cleo.matters[1])
        kept = movements.kept(session, Whose(office.cleo.id, None, NOTHING_CLOSED))
    panel = cast.ben.get(f"/staff/matters/{matter.public_id}/money")
    assert panel.texts("dd") == ["$20.00", "$0.00", "$70.00", "$70.00"]
    assert kept[BILLS].standing.owed_cents == 7_000


def test_the_overview_fetches_its_money_and_has_a_ledger_tab(cast: Cast, office: Office) -> None:
    page = cast.ben.get(f"/staff/contacts/{office.cleo.public_id}")
    assert page.select(f"[hx-get='/staff/contacts/{office.cleo.public_id}/money']")
    assert cast.ben.click(page, "Ledger").title.startswith("Ledger")


def test_N9_every_user_reads_ledgers_and_no_stranger_does(cast: Cast, office: Office) -> None:
    received(office, 1_000, "4")
    for name, person in cast.everybody.items():
        for path in ("ledger", "money"):
            address = f"/staff/contacts/{office.cleo.public_id}/{path}"
            page = person.ask("GET", address, follow=False, status=None)
            assert page.status == (200 if name in {"ada", "ben", "ana"} else 303), (name, path)
    for path in ("contacts", "matters"):
        cast.ana.get(f"/staff/{path}/nobody/ledger", status=404)
        cast.ana.get(f"/staff/{path}/nobody/money", status=404)
    assert "Reverse" not in of_cleo(cast.ben, office)
    assert "Record Payment" not in of_cleo(cast.ben, office)
