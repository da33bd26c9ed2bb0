"""What the measuring of every screen goes by: the list of screens, and how pages of one are chosen.

Whoever adds an address that is read by GET says in bench/screens/listing.py whether it is a screen,
and if not, why: one that stands nowhere would never be looked at.
"""

from flask import Flask

from bench.screens.addresses import Map, Seen, telling
from bench.screens.flows import FLOWS
from bench.screens.listing import NO_SCREEN, SCREENS
from bench.screens.parts import Form, parts_of

SITE = "http://localhost:8000"
PAGE = """<!doctype html><main class="page">
<a href="/staff/bills?q=1">Bills</a><input value="http://localhost:8000/pay/token" readonly>
<a href="/staff/bills/x/void" hx-get="/staff/bills/x/void" hx-target="#task">Void</a>
<form method="post" action="/staff/bills/x/reminders"><textarea name="message"></textarea></form>
<form method="post" action="/staff/sign-out"><button>Sign out</button></form>
<form><input type="search" name="q"></form></main>"""


def test_X5_every_address_that_can_be_read_is_a_screen_or_says_why_not(app: Flask) -> None:
    rules = app.url_map.iter_rules()
    readable = {rule.endpoint for rule in rules if "GET" in (rule.methods or set())}
    assert readable - SCREENS - set(NO_SCREEN) == set(), "say in listing.py what these are"
    assert (SCREENS | set(NO_SCREEN)) - readable == set(), "these are gone"
    assert SCREENS & set(NO_SCREEN) == set(), "these stand in both lists"
    assert {flow.shows for flow in FLOWS.values()} <= SCREENS


def test_what_a_page_leads_to_is_read_from_its_html() -> None:
    parts = parts_of(PAGE)
    assert {"/staff/bills?q=1", f"{SITE}/pay/token", "/staff/bills/x/void"} <= set(parts.links)
    assert parts.openers == ["/staff/bills/x/void"]
    assert parts.forms == [
        Form("/staff/bills/x/reminders", posted=True, typed=("message",)),
        Form("", posted=False, typed=("q",)),
    ]
    assert "main.page" in parts.made_of


def test_an_address_is_named_by_its_endpoint_and_other_sites_by_none(app: Flask) -> None:
    found = Map(app, SITE)
    assert found.endpoint("/staff/bills?status=paid") == "bills.index"
    assert found.endpoint(f"{SITE}/pay/token") == "checkout.pay"
    assert found.endpoint("/pay/token", "POST") == "checkout.review"
    assert found.endpoint("https://elsewhere.example/staff/bills") is None
    assert found.endpoint("/nowhere") is None
    assert found.surface("bills.index") == "staff"


def test_of_many_pages_of_one_screen_those_are_chosen_that_differ() -> None:
    bill = "<p class='badge'><b class='ok'></b><i class='sum'></i><u class='due'></u></p>"
    void = "<p class='badge'><b class='bad'></b><i class='why'></i><u class='by'></u></p>"
    unpaid = [Seen(f"/bills/{number}", 900 + number, parts_of(bill)) for number in range(5)]
    voided = Seen("/bills/void", 100, parts_of(void))
    assert telling([*unpaid, voided]) == [unpaid[4], voided]
