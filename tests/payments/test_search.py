"""The search over everything at the firm (FEATURES X2)."""

import re

import pytest

from payments.billing import searching
from payments.transactions import listing
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.clients.search import SHOWN_MAX
from portal.core import db
from tests.factories import clients
from tests.factories.billing import Asked, Line, Office, drafted, issued, make_office
from tests.factories.trust_requests import issued_request
from tests.payments.transactions.conftest import Till
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.statements import plans, statements

SEARCH = "/staff/search"


@pytest.fixture
def office(cast: Cast) -> Office:
    """The firm with its bank accounts and two clients: Cleo Vance, who has two matters, and Sol."""
    return make_office()


@pytest.fixture
def till(office: Office) -> Till:
    """Payments into these accounts."""
    return Till({"operating": office.accounts.operating, "trust": office.accounts.trust})


def found(page: Page) -> dict[str, list[str]]:
    """What a page shows: the names of what was found, by kind."""
    kinds = page.texts(".search-found h2")
    lists = [
        [link.get_text(" ", strip=True) for link in part.select(".hit-words > bdi:first-child")]
        for part in page.select(".search-found section")
    ]
    return dict(zip(kinds, lists, strict=True))


def test_X2_one_search_finds_everything_that_is_called_so(
    cast: Cast, office: Office, till: Till
) -> None:
    bill = issued(office, office.cleo)
    drafted(office, office.cleo)
    asked = issued_request(office, office.cleo)
    till.bring_to(Status.AUTHORIZED)
    till.bring_to(Status.AUTHORIZED, name="Somebody Else")
    page = cast.ben.get(f"{SEARCH}?q=cleo")
    matters = [f"{office.cleo.id:05d}-{n} Cleo Vance, matter {n + 1}" for n in (1, 0)]
    assert found(page) == {
        "Contacts": ["Cleo Vance"],
        "Matters": matters,
        "Bills": ["Draft bill", f"Bill {bill.number}"],
        "Trust requests": [f"Trust request {asked.number}"],
        "Payments": ["Cleo Vance"],
    }
    assert page.title.startswith("“cleo” – Search")
    assert page.one("#search")["value"] == "cleo"
    for name in (f"Bill {bill.number}", f"Trust request {asked.number}", matters[0]):
        hit = next(one for one in page.select("a.hit") if name in one.get_text(" ", strip=True))
        assert name in cast.ben.get(str(hit["href"])).one("h1").get_text(" ", strip=True)


def test_X2_what_has_just_that_number_reference_or_amount(
    cast: Cast, office: Office, till: Till
) -> None:
    bill = issued(office, office.cleo, Asked([Line(12_345)]))
    payment = till.payment(till.bring_to(Status.COMPLETED, cents=98_765))
    clients.contact(f"Room {bill.number}")
    for typed in (str(bill.number), f"#{bill.number}", f"  {bill.number} "):
        groups = found(cast.ben.get(SEARCH, query_string={"q": typed}))
        assert next(iter(groups)) == "Bills", typed  # the one that was meant stands first
        assert groups == {"Bills": [f"Bill {bill.number}"], "Contacts": [f"Room {bill.number}"]}
    for typed in (payment.reference, payment.reference.replace("-", "").lower(), "987.65"):
        page = cast.ana.get(SEARCH, query_string={"q": typed})
        assert found(page) == {"Payments": ["Cleo Vance"]}, typed
        assert "$987.65" in page
        assert "Completed" in page


def test_X2_the_rest_of_many_stands_in_the_list_that_finds_the_same(
    cast: Cast, office: Office, till: Till
) -> None:
    for n in range(SHOWN_MAX + 1):
        issued(office, office.sol)
        till.attempt(name="Nobody at all")
        clients.contact(f"Nobody {n}")
    page = cast.ana.get(f"{SEARCH}?q=nobody")
    assert [len(names) for names in found(page).values()] == [5, 1, 5, 5]
    assert "16 shown, and there are more" not in page  # told to those who do not see the page
    answer = cast.ana.get(f"{SEARCH}?q=nobody", htmx=True)
    assert answer.texts("[hx-swap-oob]") == ["16 shown, and there are more"]
    for label, heading, rows in (
        ("All in Contacts", "Contacts", 7),
        ("All in Bills", "Bills", 6),
        ("All in Transactions", "Transactions", 6),
    ):
        every = cast.ana.click(page, label)
        assert every.one("h1").get_text() == heading
        assert len(every.select("tbody tr")) == rows
    assert "All in Matters" not in page


def test_X2_as_somebody_types_the_list_alone_comes_and_is_counted_aloud(
    cast: Cast, office: Office
) -> None:
    answer = cast.ben.get(f"{SEARCH}?q=sol", htmx=True)
    assert not answer.is_whole
    assert found(answer)["Contacts"] == ["Sol Nobody"]
    assert answer.texts("[hx-swap-oob]") == ["2 found"]
    assert "HX-Request" in answer.headers["Vary"]
    form = cast.ben.get("/staff/contacts").one(".bar-search")
    assert "delay:300ms" in str(form["hx-trigger"])
    assert form["hx-sync"] == "this:replace"
    assert cast.ben.get(SEARCH).select(".bar-search") == []  # its page has a box of its own


def test_X2_nothing_one_character_and_what_nobody_is_called_each_say_what_to_do(
    cast: Cast, office: Office
) -> None:
    assert "the start of a name or an email" in cast.ben.get(SEARCH)
    assert "Type at least two characters." in cast.ben.get(f"{SEARCH}?q=c")
    page = cast.ben.get(f"{SEARCH}?q=zebra")
    assert "Nothing was found for “zebra”." in page
    assert "a whole amount such as 1,250.00" in page


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%ff",
        "q=" + "x" * 10_000,
        "q=%25%25",
        "q=%E2%80%AE%E2%80%AE",
        "q=99999999999999999999",
        "q=" + "9" * 13 + ".99",
        "q=<script>&q=b",
        "q=%23%23",
        "q=____-____",
    ],
)
def test_X2_nothing_that_is_typed_breaks_the_search(query: str, cast: Cast, office: Office) -> None:
    cast.ada.get(f"{SEARCH}?{query}")
    cast.ada.get(f"{SEARCH}?{query}", htmx=True)


def test_X2_as_many_queries_however_much_is_found(cast: Cast, office: Office, till: Till) -> None:
    def queries() -> int:
        with statements() as asked:
            cast.ben.get(f"{SEARCH}?q=cleo", htmx=True)
        return len(asked)

    for _each in range(2):
        issued(office, office.cleo)
        issued_request(office, office.cleo)
        till.bring_to(Status.COMPLETED)
    queries()
    with_two = queries()
    for n in range(30):
        clients.contact(f"Cleo {n}")
        issued(office, office.cleo)
        till.attempt(name=f"Cleo {n}")
    assert queries() == with_two


@pytest.mark.both_databases
def test_X2_no_search_reads_a_whole_table(office: Office, till: Till) -> None:
    for _each in range(60):
        issued(office, office.cleo)
        issued_request(office, office.sol)
        till.attempt()
    for typed in ("cleo", "cleo vance", "1001", "$250.00", "nobody matter"):
        for find in (searching.bills, searching.trust_requests, listing.first):
            with statements() as asked, db.read() as session:
                find(session, typed, NOTHING_CLOSED, SHOWN_MAX + 1)
            for plan in plans(asked):
                walked = re.search(r"SCAN (bill|trust_request|payment)\b|Seq Scan on \w+", plan)
                assert walked is None, (typed, find, plan)
