"""Checks and cash that pay a trust request (FEATURES D2): recorded, shown on it, and reversed."""

from typing import Any

import pytest

from payments.billing import trust_actions
from payments.billing.requested import TrustRequest
from payments.receipts.checks import problems
from portal.core import db
from tests.factories.billing import BEN, Office
from tests.factories.trust_requests import Wanted, issued_request, kept_request
from tests.payments.receipts.desk import cleo_of, matter_key, opened, receipts
from tests.support.cast import Cast
from tests.support.page import Page

REQUESTS = "/staff/trust-requests"


def state(asked: TrustRequest) -> tuple[str, int]:
    now = kept_request(asked)
    return now.status, now.paid_cents


def offered(page: Page) -> list[str]:
    return page.texts("#trust_request option")


def test_D2_a_check_in_two_parts_pays_a_request_and_a_reversal_asks_for_it_again(
    cast: Cast, office: Office
) -> None:
    asked = issued_request(office, office.cleo, Wanted(50_000))
    page = cast.ana.get(f"{REQUESTS}/{asked.public_id}")
    form = cast.ana.get(page.link("Record Payment trust request 2001"))
    assert form.one("#amount")["value"] == "500.00"
    assert form.one("#trust_request option[selected]").get("value") == asked.public_id
    told = cast.ana.submit(form, "Record payment", amount="200.00", number="71")
    assert "It was paid on trust request 2001." in told
    assert state(asked) == ("awaiting_payment", 20_000)
    form = cast.ana.get(page.link("Record Payment trust request 2001"))
    assert form.one("#amount")["value"] == "300.00"
    cast.ana.submit(form, "Record payment", source="cash", number="")
    assert state(asked) == ("paid", 50_000)
    assert [one.matter_id for one in receipts()] == [office.cleo.matters[0]] * 2
    panel = cast.ana.get(f"{REQUESTS}/{asked.public_id}/payments")
    assert [row.count("$300.00") for row in panel.texts("tbody tr")] == [1, 0]
    assert "$200.00" in panel.texts("tbody tr")[1]
    reversal = cast.ana.get(str(panel.select("tbody a")[0]["href"]))
    cast.ana.submit(reversal, "Reverse", reason="It bounced")
    assert state(asked) == ("awaiting_payment", 20_000)
    panel = cast.ana.get(f"{REQUESTS}/{asked.public_id}/payments")
    assert "Reversed: It bounced" in panel
    assert "Reverse" not in cast.ben.get(f"{REQUESTS}/{asked.public_id}/payments").texts("tbody a")
    with db.read() as session:
        assert problems(session) == []


def test_D2_only_open_requests_of_the_client_into_the_chosen_account_are_offered(
    cast: Cast, office: Office
) -> None:
    first = issued_request(office, office.cleo, Wanted(10_000))
    level = issued_request(office, office.cleo, Wanted(20_000, matter=None))
    void = issued_request(office, office.cleo, Wanted(30_000, matter=1))
    issued_request(office, office.sol, Wanted(40_000))
    with db.transaction() as session:
        trust_actions.void(session, void, reason="Wrong", by=BEN)
    trust, operating = (one.public_id for one in (office.accounts.trust, office.accounts.operating))
    of_client = cast.ana.get(f"{opened(cast.ana, cleo_of(office)).address}&account={trust}")
    assert [one.split(",")[0] for one in offered(of_client)[1:]] == ["2001", "2002"]
    of_matter = opened(cast.ana, matter_key(office.cleo.matters[0]))
    of_matter = cast.ana.get(f"{of_matter.address}&account={trust}")
    assert [one.split(",")[0] for one in offered(of_matter)[1:]] == ["2001"]
    bills = cast.ana.get(f"{opened(cast.ana, cleo_of(office)).address}&account={operating}")
    assert offered(bills) == []
    cast.ana.submit(of_client, "Record payment", amount="5.00", number="1")
    assert [state(one)[1] for one in (first, level)] == [0, 0], "chosen by nobody, paid by nobody"


@pytest.mark.parametrize(
    "amount, chosen, sentence",
    [
        ("500.01", None, "This is more than the trust request still asks for."),
        ("1.00", "nothing-of-hers", "This trust request takes no payment now. Choose anew."),
    ],
)
def test_D2_a_payment_that_does_not_fit_the_request_is_told_beside_it(
    cast: Cast, office: Office, amount: str, chosen: str | None, sentence: str
) -> None:
    asked = issued_request(office, office.cleo, Wanted(50_000))
    form = cast.ana.get(f"{REQUESTS}/{asked.public_id}/payments/new")
    sent: dict[str, Any] = {
        "amount": amount,
        "number": "71",
        "trust_request": chosen or asked.public_id,
    }
    page = cast.ana.submit(form, "Record payment", status=422, **sent)
    assert sentence in page
    assert page.one("#amount")["value"] == amount
    assert receipts() == []
