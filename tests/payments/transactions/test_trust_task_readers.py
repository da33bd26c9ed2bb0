"""Who reads what of a trust task: nothing of a restricted matter (N8), and at a steady cost."""

from payments.transactions import linking
from payments.transactions.linking import Target
from payments.transactions.staff_trust_tasks import TASKS
from portal.clients.models import Matter
from portal.clients.restricting import restrict
from portal.core import db
from portal.firm.groups import GroupDetails, add_group
from tests.factories import clients
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast
from tests.support.statements import statements

LIST = f"/staff{TASKS}"
BY = "user:tester"


def with_fee(till: Till) -> str:
    payment_id = till.attempt(kind="trust", cents=100_000)
    till.complete(payment_id, fee_cents=755)
    return till.payment(payment_id).public_id


def test_N8_a_task_of_a_closed_matters_payment_names_its_reference_alone(
    cast: Cast, till: Till
) -> None:
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    merger = clients.matter(cleo, "Secret merger")
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=BY)
        restrict(session, session.get_one(Matter, merger.id), [group.id])
    payment = with_fee(till)
    with db.transaction() as session:
        to = Target(cleo, session.get_one(Matter, merger.id))
        linking.link(session, payment, to, apply=False, expected=None, by=BY)
    for address in (LIST, cast.ana.get(LIST).link("Put $7.55 into Harlow trust")):
        page = cast.ana.get(address)
        assert "Put $7.55 into Harlow trust" in page
        assert "Cleo" not in page
        assert "Secret" not in page
        assert payment not in str(page.html), "an address of a page that they may not open"
    inside = cast.ada.get(cast.ada.get(LIST).link("Put $7.55 into Harlow trust"))
    assert payment in str(inside.html), "an administrator sees every matter"


def test_X1_the_list_asks_as_much_for_twenty_tasks_as_for_one(cast: Cast, till: Till) -> None:
    with_fee(till)
    cast.ana.get(LIST)
    with statements("SELECT") as few:
        cast.ana.get(LIST)
    for _more in range(19):
        with_fee(till)
    with statements("SELECT") as many:
        page = cast.ana.get(LIST)
    assert len(page.select("tbody tr")) == 20
    assert "Your firm owes this account $151.00." in page
    assert len(many) == len(few)
