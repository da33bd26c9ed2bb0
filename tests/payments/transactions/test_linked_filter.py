"""Transactions by whether they are linked: filter, index and cost (FEATURES M10)."""

import gzip

from payments.transactions.states import Status
from portal.clients.models import Contact
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import LIST, link_to
from tests.support.cast import Cast
from tests.support.statements import statements


def test_M10_linked_and_unlinked_payments_are_told_apart_by_the_address(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    assert "No payments match" in cast.ana.get(f"{LIST}?linked=yes")
    assert "No unlinked payments" in cast.ana.get(f"{LIST}?linked=no")
    link_to(till, till.bring_to(Status.COMPLETED, name="Linked Payer"), cleo)
    till.bring_to(Status.COMPLETED, name="Waiting Payer")
    till.bring_to(Status.AUTHORIZED, name="Early Payer")
    page = cast.ben.get(LIST)
    for linked, name in {"yes": "Linked Payer", "no": "Waiting Payer"}.items():
        found = cast.ben.submit(page, "Filter", linked=linked)
        assert found.texts("tbody th a") == [name]
        assert f"linked={linked}" in found.link("Completed")
    nonsense = cast.ben.get(f"{LIST}?linked=maybe")
    assert "linked and unlinked payments are shown" in nonsense
    assert len(nonsense.texts("tbody th a")) == 3


def test_the_list_costs_one_query_more_however_many_payments_are_linked(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    def queries() -> int:
        with statements() as asked:
            cast.ana.get(LIST)
        return len(asked)

    till.bring_to(Status.AUTHORIZED)
    cast.ana.get(LIST)
    without = queries()
    for _time in range(12):
        link_to(till, till.bring_to(Status.COMPLETED), cleo)
    assert queries() == without + 1


def test_fifty_payments_that_wait_weigh_no_more_than_a_fragment_may(cast: Cast, till: Till) -> None:
    for number in range(50):
        till.bring_to(Status.COMPLETED, name=f"Payer {number:02}", payer_reference=f"INV-{number}")
    fragment = cast.ana.ask("GET", LIST, htmx=True).response.get_data()
    assert len(gzip.compress(fragment)) <= 6 * 1024
