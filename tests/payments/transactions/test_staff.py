"""Online payments → Transactions, as the people of the firm see it."""

import gzip
from typing import Any

import pytest
from sqlalchemy import update

from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.statements import statements

LIST = "/staff/online-payments/transactions"
ROWS = "#transactions-table tbody tr"
STATUSES = {
    "pending": "Pending",
    "action_needed": "Action needed",
    "authorized": "Authorized",
    "completed": "Completed",
    "failed": "Failed",
    "canceled": "Canceled",
    "returned": "Returned",
}


def names(page: Page) -> list[str]:
    """The payers on a page of the list, from the top."""
    return page.texts(f"{ROWS} th a")


def detail(till: Till, payment_id: int) -> str:
    return f"{LIST}/{till.payment(payment_id).public_id}"


def test_S1_a_payment_stands_in_transactions_as_authorized_once_it_is_submitted(
    cast: Cast, till: Till
) -> None:
    payment = till.payment(till.bring_to(Status.AUTHORIZED, cents=123_456, payer_reference="1042"))
    page = cast.ben.get(LIST)
    (row,) = page.texts(ROWS)
    for shown in ("Cleo Vance", "cleo@client.test", "The Vance lease", "1042", payment.reference):
        assert shown in row
    for shown in ("$1,234.56", "Harlow operating", "Visa ending 4242", "Authorized"):
        assert shown in row


def test_M5_each_status_has_its_exact_label_and_a_tab_that_shows_only_it(
    cast: Cast, till: Till
) -> None:
    for status, label in STATUSES.items():
        till.bring_to(Status(status), name=f"Payer {label}")
    page = cast.ana.get(LIST)
    assert page.texts("nav[aria-label=Status] a") == ["All", *STATUSES.values()]
    assert len(names(page)) == len(STATUSES)
    for label in STATUSES.values():
        shown = cast.ana.click(page, label)
        assert names(shown) == [f"Payer {label}"]
        assert label in shown.texts(f"{ROWS} .badge")
        assert shown.texts("nav[aria-label=Status] a[aria-current=page]") == [label]


def test_every_status_has_a_label() -> None:
    assert {str(status) for status in Status} == set(STATUSES)


def test_before_the_first_payment_the_page_leads_to_new_charge(cast: Cast, till: Till) -> None:
    page = cast.ben.get(LIST)
    assert "No payments yet" in page
    assert page.link("New charge").endswith("/staff/online-payments/new-charge")
    assert page.select("#clear-filters") == []


def test_filters_that_fit_nothing_can_be_cleared(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED)
    page = cast.ben.get(f"{LIST}?payer=nobody")
    assert "No payments match" in page
    assert names(cast.ben.click(page, "Clear filters")) == ["Cleo Vance"]


def test_M10_a_payer_is_found_by_the_start_of_name_or_email(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED, name="Cleo Vance")
    till.bring_to(Status.COMPLETED, name="Vance Cleo")
    page = cast.ben.get(LIST)
    for typed in ("cleo", "CLEO V", "cleo@CLIENT.test", "  Cleo Vance  "):
        assert names(cast.ben.submit(page, "Filter", payer=typed)) == ["Cleo Vance"]


def test_M10_a_payment_is_found_by_its_whole_reference(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED, name="Cleo Vance")
    wanted = till.payment(till.bring_to(Status.COMPLETED, name="Sol Ng")).reference
    for typed in (wanted, wanted.lower(), wanted.replace("-", ""), wanted.replace("-", " ")):
        assert names(cast.ben.get(f"{LIST}?payer={typed}")) == ["Sol Ng"]
    assert names(cast.ben.get(f"{LIST}?payer={wanted[:5]}")) == []


def test_M10_account_and_days_narrow_the_list_and_stand_in_the_address(
    cast: Cast, till: Till
) -> None:
    till.bring_to(Status.COMPLETED, name="Into Trust", kind="trust")
    late = till.bring_to(Status.COMPLETED, name="Into Operating")
    with db.transaction() as session:  # 3 March, half past eleven at night in Portland
        session.execute(
            update(Payment).where(Payment.id == late).values(made_at=_utc("2026-03-04T07:30"))
        )
    page = cast.ben.get(LIST)
    trust = till.accounts["trust"].public_id
    assert names(cast.ben.submit(page, "Filter", account=trust)) == ["Into Trust"]
    days: dict[str, Any] = {"from": "2026-03-03", "to": "2026-03-03"}
    found = cast.ben.submit(page, "Filter", **days)
    assert names(found) == ["Into Operating"]
    assert "from=2026-03-03&to=2026-03-03" in found.link("Completed")
    assert found.one("#to")["value"] == "2026-03-03"
    assert names(cast.ben.get(f"{LIST}?from=2026-03-04&to=2026-03-04")) == []


def _utc(text: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NONSENSE = {
    "status=paid": "no such status",
    "account=nonsense": "no such bank account",
    "from=yesterday": "could not be read",
    "to=9999-12-31": "could not be read",
    "from=0001-01-01": "could not be read",
    "from=2026-02-30": "could not be read",
    "before=abc": "",
    "before=-1": "",
    "before=9223372036854775807": "",
    "before=%D9%A3": "",
    "after=99999999999999999999999": "",
    "seen=": "",
}


def test_nonsense_in_the_address_is_left_out_with_a_sentence(cast: Cast, till: Till) -> None:
    till.bring_to(Status.AUTHORIZED)
    for query, told in NONSENSE.items():
        for htmx in (False, True):
            page = cast.ben.ask("GET", f"{LIST}?{query}", htmx=htmx)
            assert told in page, query
            assert names(page) == ["Cleo Vance"], query


def test_whatever_is_typed_as_a_payer_is_looked_for_and_breaks_nothing(
    cast: Cast, till: Till
) -> None:
    till.bring_to(Status.AUTHORIZED)
    for typed in ("%00", "%FF", "'%25", "x" * 2000, "%F0%9F%92%B8", "%ED%A0%80", "_", "0000-0000"):
        page = cast.ben.get(f"{LIST}?payer={typed}")
        assert names(page) == (["Cleo Vance"] if typed == "%00" else [])


def test_pages_lead_through_every_payment_and_back(cast: Cast, till: Till) -> None:
    for number in range(120):
        till.attempt(name=f"Payer {number:03}")
    page = cast.ben.get(LIST)
    assert "120 payments, 50 on this page" in page
    seen = [names(page)]
    for expected in (50, 20):
        page = cast.ben.click(page, "Next")
        seen.append(names(page))
        assert len(seen[-1]) == expected
    assert [name for part in seen for name in part] == [f"Payer {n:03}" for n in range(119, -1, -1)]
    assert page.select("a[rel=next]") == []
    for part in reversed(seen[:-1]):
        page = cast.ben.click(page, "Previous")
        assert names(page) == part
    assert page.select("a[rel=prev]") == []


def test_a_page_is_not_shifted_by_payments_that_come_meanwhile(cast: Cast, till: Till) -> None:
    for number in range(60):
        till.attempt(name=f"Payer {number:02}")
    page = cast.ben.get(LIST)
    till.attempt(name="Newcomer")
    assert names(cast.ben.click(page, "Next")) == [f"Payer {n:02}" for n in range(9, -1, -1)]


def test_S1_the_list_keeps_itself_up_to_date(cast: Cast, till: Till) -> None:
    payment_id = till.bring_to(Status.AUTHORIZED)
    poll = cast.ben.get(LIST).one("#transactions-list")
    assert poll["hx-trigger"] == "every 5s"
    address = str(poll["hx-get"])
    assert cast.ben.ask("GET", address, htmx=True, status=204).body == ""
    till.complete(payment_id)
    fresh = cast.ben.ask("GET", address, htmx=True)
    assert not fresh.is_whole
    assert fresh.texts(f"{ROWS} .badge") == ["Completed", "Unlinked"]
    assert "HX-Push-Url" not in fresh.headers
    # Only what has news is swapped: filters and tabs stay under the fingers.
    assert fresh.select("form, nav.tabs") == []
    again = str(fresh.one("#transactions-list")["hx-get"])
    assert again != address
    cast.ben.ask("GET", again, htmx=True, status=204)


def test_a_swap_takes_no_focus_away_because_every_link_keeps_its_id(cast: Cast, till: Till) -> None:
    till.bring_to(Status.AUTHORIZED)
    first = cast.ben.ask("GET", LIST, htmx=True)
    till.bring_to(Status.AUTHORIZED, name="Newcomer")
    second = cast.ben.ask("GET", LIST, htmx=True)
    ids = [str(tag.get("id")) for tag in first.select("#transactions a")]
    assert "None" not in ids
    assert set(ids) <= {str(tag.get("id")) for tag in second.select("#transactions a")}


def test_older_pages_do_not_poll(cast: Cast, till: Till) -> None:
    for number in range(51):
        till.attempt(name=f"Payer {number:02}")
    older = cast.ben.click(cast.ben.get(LIST), "Next")
    assert "hx-get" not in older.one("#transactions-list").attrs


def test_X1_the_same_address_is_a_page_or_a_fragment(cast: Cast, till: Till) -> None:
    till.bring_to(Status.COMPLETED)
    address = f"{LIST}?status=completed&payer=&account="
    whole, part = cast.ben.get(address), cast.ben.ask("GET", address, htmx=True)
    assert whole.is_whole
    assert not part.is_whole
    assert "HX-Request" in part.headers["Vary"]
    assert names(whole) == names(part) == ["Cleo Vance"]
    assert part.headers["HX-Push-Url"] == f"{LIST}?status=completed"
    assert part.texts("[hx-swap-oob]") == ["1 payment"]  # read out, as the list changes unseen


def test_the_staff_page_and_its_fragment_are_light(cast: Cast, till: Till) -> None:
    for number in range(60):
        till.bring_to(Status.AUTHORIZED, name=f"Payer {number:02}", payer_reference=f"INV-{number}")
    fragment = cast.ben.ask("GET", LIST, htmx=True).response.get_data()
    page = cast.ben.get(LIST).response.get_data()
    assert len(gzip.compress(fragment)) <= 6 * 1024
    assert len(gzip.compress(page)) <= 15 * 1024


def test_fifty_payments_cost_as_many_queries_as_one(cast: Cast, till: Till) -> None:
    def queries(address: str) -> int:
        with statements() as asked:
            cast.ben.get(address)
        return len(asked)

    addresses = (LIST, f"{LIST}?status=authorized", f"{LIST}?payer=payer")
    till.bring_to(Status.AUTHORIZED, name="Payer One")
    cast.ben.get(LIST)
    with_one = [queries(address) for address in addresses]
    for number in range(49):
        till.bring_to(Status.AUTHORIZED, name=f"Payer {number:02}")
    assert [queries(address) for address in addresses] == with_one
    assert max(with_one) <= 13  # one counts what waits, one reads refunds, one finds contacts


@pytest.mark.parametrize("name", ["ada", "ben", "ana"])
def test_N9_every_active_user_sees_transactions(cast: Cast, till: Till, name: str) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    person = cast.everybody[name]
    assert names(person.get(LIST)) == ["Cleo Vance"]
    assert "Cleo Vance" in person.get(detail(till, payment_id))


@pytest.mark.parametrize("name", ["cleo", "sol"])
def test_nobody_outside_the_firm_sees_a_payment(cast: Cast, till: Till, name: str) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    person = cast.everybody[name]
    for address in (LIST, f"{LIST}.csv", detail(till, payment_id), f"{LIST}/nonsense"):
        page = person.ask("GET", address, follow=False, status=303)
        assert "/staff/sign-in" in page.headers["Location"]
        assert "Cleo Vance" not in page.body
        assert person.ask("GET", address, htmx=True, status=401).body == ""
