"""The pay page of an account link, as a stranger meets it."""

import pytest
from flask import Flask
from sqlalchemy import event

from payments.sandbox.current import sandbox
from payments.sandbox.making import KEYS, TRUST_ACCOUNT_ID
from portal.core import db
from tests.factories.payments import Links, Payer, payments

BIDI = "\u202e"


def test_L4_the_page_says_where_the_money_goes_and_what_can_be_paid(
    payer: Payer, links: Links
) -> None:
    """L4, B2: the firm's face and the account's public label; never our name, never a sign-in."""
    page = payer.get(links.operating)
    assert "Pay Harlow & Reyes" in page.texts("h1")
    assert "Harlow & Reyes – legal services" in page
    assert "The firm's operating account" in page
    assert "$1.00 to $100,000.00" in page
    assert "Retainer" not in page.text
    assert "Harlow & Reyes Operating" not in page.text  # the account's name among staff
    for label in ("Amount", "Your name", "Email", "Who is this payment for?", "Reference"):
        assert any(label in text for text in page.texts("label")), label


def test_P2_the_card_section_comes_first_and_leads_to_echeck(payer: Payer, links: Links) -> None:
    """P2, P3: the exact labels, in the order in which the steps are taken."""
    page = payer.get(links.operating)
    assert page.texts("h2")[:2] == ["Pay by Credit Card", "Pay by eCheck"]
    assert page.one("#pay-by-bank").get_text(strip=True) == "Pay by eCheck"
    assert page.one("#pay-card").get("hidden") is None
    assert page.one("#pay-bank").get("hidden") is not None
    assert "Billing information" in page.texts("#pay-card h3")
    assert page.texts("#pay-form button[type=submit]") == ["Review payment"]


def test_P3_the_review_shows_everything_and_offers_to_submit(payer: Payer, links: Links) -> None:
    """P3: every value with a way back to it, the account, the amount, **Submit payment**."""
    reviewed = payer.review(links.operating)
    for shown in ("$125.00", "Dana Whitfield", "dana@payer.test", "Visa •••• 4242", "95814"):
        assert shown in reviewed, shown
    assert reviewed.texts("button[type=submit]") == ["Submit payment"]
    assert reviewed.select("input[name=mandate]") == []


def test_L2_an_account_link_offers_no_storing_of_the_method(payer: Payer, links: Links) -> None:
    """L2: neither page nor review has a box for it, and a forged one changes nothing."""
    page = payer.get(links.operating)
    reviewed = payer.review(links.operating, store="on", setup_future_usage="off_session")
    assert not any("stor" in box["name"] for box in page.select("input[type=checkbox]"))
    assert reviewed.select("input[type=checkbox]") == []
    payer.press_submit(reviewed, store="on", setup_future_usage="off_session")
    intent = payments()[0].intent_id
    with sandbox().service.store.reading() as book:
        stored = book.anywhere("payment_intent", intent or "")
    assert stored is not None
    assert stored.body["setup_future_usage"] is None
    assert stored.body["customer"] is None


def test_the_processor_gets_the_key_and_the_account_of_the_link(
    payer: Payer, client_of_trust: Payer, links: Links
) -> None:
    form = payer.get(links.operating).one("#pay-form")
    assert form["data-publishable-key"] == KEYS.publishable
    assert form["data-account"] == ""
    form = client_of_trust.get(links.trust).one("#pay-form")
    assert form["data-account"] == TRUST_ACCOUNT_ID


def test_trust_says_that_the_money_is_held(client_of_trust: Payer, links: Links) -> None:
    """L1, M3: a payer into trust reads trust words on every page of the way."""
    page = client_of_trust.get(links.trust)
    assert "Held for you in the firm's trust account." in page
    assert "operating" not in page.text
    reviewed = client_of_trust.review(links.trust)
    assert "Your money will be held for you in the firm's trust account." in reviewed
    status = client_of_trust.get(client_of_trust.press_submit(reviewed).headers["HX-Redirect"])
    assert "client trust account" in status


def test_P1_nothing_is_added_to_the_amount(payer: Payer, links: Links) -> None:
    """P1: no surcharge, no fee line anywhere, and the processor is asked for exactly the amount."""
    page = payer.get(links.operating)
    reviewed = payer.review(links.operating, amount="1,250.40")
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    for seen in (page, reviewed, status):
        assert "surcharge" not in seen.text.lower()
        assert "fee " not in seen.text.lower().replace("fees and costs", "")
    assert payments()[0].amount_cents == 125_040
    assert "$1,250.40" in reviewed
    assert "$1,250.40" in status


def test_no_cookie_is_set_or_read_on_any_public_page(app: Flask, links: Links) -> None:
    """E1: the payer's every answer is checked for it (see `Payer`); a cookie sent is not minded."""
    payer = Payer(app)
    payer.http.set_cookie("__Host-staff", "rubbish", domain="localhost", secure=True)
    status = payer.pay(links.operating)
    payer.get(status.address)
    payer.get("/pay/unknown", status=404)
    payer.get(f"{links.operating}/nowhere", status=404)
    payer.ask("DELETE", links.operating, status=405)


def test_public_pages_are_framed_by_nobody_and_kept_by_no_cache(payer: Payer, links: Links) -> None:
    """E2: no other site may frame the page; a shared computer keeps no copy of it."""
    for page in (payer.get(links.operating), payer.pay(links.operating)):
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_pay_page_reads_the_database_once_and_the_demo_clock(
    payer: Payer, links: Links
) -> None:
    """One SELECT for link and face, in the sandbox one for the demo clock; nothing is written."""
    payer.get(links.operating)  # whatever is read once per process is read here
    said: list[str] = []
    engine = db.current().engine
    event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    payer.get(links.operating)
    selects = [sentence for sentence in said if sentence.lstrip().upper().startswith("SELECT")]
    assert len(selects) == 2, selects
    assert sum("demo_clock" in sentence for sentence in selects) == 1
    assert not [s for s in said if s.split()[0].upper() in {"INSERT", "UPDATE", "DELETE"}]


def test_L7_the_query_fills_fields_that_stay_editable(payer: Payer, links: Links) -> None:
    """L7: amount, reference, name and email; nothing else, and none of it is locked."""
    query = {
        "amount": "75.50",
        "reference": "INV-7",
        "name": "Dana Whitfield",
        "email": "dana@payer.test",
        "paid_for": "not a hint",
        "postal_code": "12345",
    }
    page = payer.get(links.operating, query_string=query)
    for name in ("amount", "reference", "name", "email"):
        field = page.one(f"#{name}")
        assert field["value"] == query[name]
        assert not field.has_attr("readonly")
        assert not field.has_attr("disabled")
    assert page.one("#paid_for")["value"] == ""
    assert page.one("#postal_code")["value"] == ""


@pytest.mark.parametrize(
    "nonsense",
    [
        "<script>alert(1)</script>",
        '" onfocus="alert(1)',
        "NaN",
        "-5",
        "1e3",
        "{{ 7 * 7 }}",
        f"moc.{BIDI}elgoog",
        "\x00\x07\x1b[31m",
        "x" * 5_000,
        "１２",
    ],
    ids=repr,
)
def test_L7_nonsense_in_the_query_is_only_a_hint(payer: Payer, links: Links, nonsense: str) -> None:
    """L7: the page opens, nothing of it is run, hidden characters are left out."""
    names = ("amount", "reference", "name", "email", "unknown")
    page = payer.get(links.operating, query_string=dict.fromkeys(names, nonsense))
    assert page.select("main script") == []
    value = str(page.one("#name")["value"])
    assert len(value) <= 200
    assert value.isprintable()
    assert value == "".join(c for c in nonsense[:200] if c.isprintable())
    assert "49" not in value


def test_L7_a_query_that_is_not_utf8_opens_the_page(payer: Payer, links: Links) -> None:
    """L7: bytes that are no text do no harm."""
    payer.get(f"{links.operating}?name=%ff%fe%00&amount=%ed%a0%80&email=%c3%28")
