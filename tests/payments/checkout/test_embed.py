"""The pay page of an account link inside the firm's website (FEATURES E1–E3)."""

import pytest
from flask import Flask
from sqlalchemy import event, select

from payments.links.actions import retire
from payments.links.models import AccountLink
from portal.core import db
from tests.factories.payments import (
    CARD_ASKS,
    CARD_DECLINED,
    Links,
    Payer,
    books_problems,
    enter,
    payments,
    the_payment,
)
from tests.factories.websites import BARE, WWW, asked_by, list_sites, unlist
from tests.payments.checkout.in_frames import body, may_frame, told
from tests.support.languages import EVERY_LANGUAGE, offer


def test_E1_the_framed_page_reads_the_database_once_and_the_demo_clock(
    payer: Payer, framed: str
) -> None:
    """One SELECT for the link, the firm's face and the websites; nothing is written."""
    payer.get(asked_by(framed, WWW))  # whatever is read once per process is read here
    said: list[str] = []
    event.listen(db.current().engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    payer.get(asked_by(framed, WWW))
    selects = [one for one in said if one.lstrip().upper().startswith("SELECT")]
    assert len(selects) == 2, selects
    assert not [one for one in said if one.split()[0].upper() in {"INSERT", "UPDATE", "DELETE"}]


def test_E1_a_payment_is_made_without_leaving_the_frame(
    app: Flask, payer: Payer, framed: str
) -> None:
    """E1, E3: no cookie on the whole way (see `Payer`), and every address carries the website."""
    address = asked_by(framed, WWW, theme="dark")
    page = payer.get(address)
    assert page.one("html")["data-theme"] == "dark"
    assert page.one("#pay-form")["action"] == address.replace("%3A", ":").replace("%2F", "/")
    assert not page.select("footer")
    reviewed = payer.review(address)
    answer = payer.press_submit(reviewed)
    status = payer.get(answer.headers["HX-Redirect"])
    assert status.address.split("/payments/")[0].endswith(framed)
    assert status.address.endswith(f"?site={WWW}&theme=dark")
    assert may_frame(status) == [BARE, WWW]
    assert body(status) == {"data-embed-site": WWW, "data-embed-step": "result"}
    payment = the_payment()
    expected = {"event": "succeeded", "reference": payment.reference, "status": "authorized"}
    assert told(status) == expected
    lasting = f"/payments/{payment.status_token}"
    onward = status.one(f"a[href='{lasting}']")
    assert onward.get_text(strip=True) == "Open your payment's page"
    assert onward["target"] == "_blank"
    assert may_frame(payer.get(lasting)) == ["'none'"]
    assert books_problems(app) == []


def test_E1_the_website_learns_the_amount_only_where_the_firm_says_so(
    payer: Payer, links: Links
) -> None:
    framed = list_sites(links.operating, WWW, tells_amount=True)
    assert told(payer.pay(asked_by(framed, WWW)))["amount"] == "125.00 USD"


def test_E1_the_website_learns_nothing_of_who_paid(payer: Payer, framed: str) -> None:
    status = payer.pay(asked_by(framed, WWW))
    said = " ".join(str(one) for one in told(status).values())
    for secret in ("Dana", "dana@", "4242", "lease", "1042", "95814", "125"):
        assert secret not in said


def test_P7_a_decline_stays_in_the_frame_with_what_was_typed(payer: Payer, framed: str) -> None:
    reviewed = payer.review(asked_by(framed, WWW), number=CARD_DECLINED)
    answer = payer.press_submit(reviewed, status=422)
    assert "No money has been taken." in answer
    assert answer.one("#name")["value"] == "Dana Whitfield"
    expected = {"event": "failed", "reference": the_payment().reference, "status": "failed"}
    assert told(answer) == expected


def test_E3_a_card_whose_bank_asks_is_answered_in_the_frame(payer: Payer, framed: str) -> None:
    reviewed = payer.review(asked_by(framed, WWW), number=CARD_ASKS)
    question = payer.press_submit(reviewed, status=200)
    asked = question.one("#submit-message")
    for address in (asked["data-continue-url"], asked["data-status-url"]):
        assert str(address).startswith(f"{framed}/payments/")
        assert str(address).endswith(f"?site={WWW}")
    waiting = payer.get(str(asked["data-status-url"]))
    assert told(waiting)["event"] == "processing"
    answer = payer.answer_bank(question, "approve")
    status = payer.get(answer.headers["HX-Redirect"])
    assert told(status)["event"] == "succeeded"
    assert may_frame(status) == [BARE, WWW]


def test_E1_the_result_asks_again_inside_the_frame(payer: Payer, framed: str) -> None:
    status = payer.pay(asked_by(framed, WWW))
    address = f"{status.address}&seen=authorized"
    assert payer.get(address, htmx=True, status=204).body == ""
    part = payer.get(status.address, htmx=True)
    assert not part.is_whole
    assert told(part)["status"] == "authorized"


def test_E3_a_bank_account_is_paid_with_on_a_page_of_its_own(payer: Payer, framed: str) -> None:
    offer(EVERY_LANGUAGE)
    page = payer.get(asked_by(framed, WWW, lang="fr"))
    onward = page.one("#continue-bank")
    assert (onward["target"], onward["data-on-top"]) == ("_top", "bank")
    assert onward["href"] == f"/pay/{framed.removeprefix('/embed/')}?lang=fr"
    assert not page.select("#bank-element")
    assert page.select("#card-element")
    alone = payer.get(str(onward["href"]))
    assert alone.select("#bank-element")
    assert may_frame(alone) == ["'none'"]


def test_E3_a_forged_bank_payment_is_refused_in_the_frame(payer: Payer, framed: str) -> None:
    address = asked_by(framed, WWW)
    refused = payer.review(address, method="bank", number="000123456789", status=422)
    assert "This way to pay has a page of its own." in refused
    # Reviewed on the page of its own, and sent to the frame's address.
    reviewed = payer.review(f"/pay/{framed.removeprefix('/embed/')}", method="bank",
                            number="000123456789")  # fmt: skip
    sent = {"attempt": str(reviewed.one("[name=attempt]")["value"]), "mandate": "on"}
    payer.post(f"{framed}/submit", sent, htmx=True, status=422)
    assert payments() == []


def test_E3_a_firm_may_take_the_card_on_a_page_of_its_own_too(payer: Payer, links: Links) -> None:
    framed = list_sites(links.operating, WWW, card_on_top=True)
    page = payer.get(asked_by(framed, WWW))
    onward = page.one("#continue-card")
    assert (onward["target"], onward["href"]) == ("_top", links.operating)
    assert not page.select("#card-element")
    assert page.one("#review-part").has_attr("hidden")
    form = {**payer.type_in(asked_by(framed, WWW)), "confirmation_token": enter(None, "card",
            "4242424242424242")}  # fmt: skip
    assert "page of its own" in payer.post(asked_by(framed, WWW), form, htmx=True, status=422)
    assert payer.pay(links.operating)  # on its own page, as ever
    assert len(payments()) == 1


def test_E3_a_choice_made_meanwhile_holds_for_what_was_reviewed(
    payer: Payer, links: Links, framed: str
) -> None:
    reviewed = payer.review(asked_by(framed, WWW))
    list_sites(links.operating, card_on_top=True)
    assert "page of its own" in payer.press_submit(reviewed, status=422)
    assert payments() == []


@pytest.mark.parametrize("amount", ["-5", "1e9", "0", "100000.01", "12.345", "<b>", "NaN"])
def test_L7_an_amount_in_the_snippet_is_a_hint_and_nothing_more(
    payer: Payer, framed: str, amount: str
) -> None:
    """E1: whoever alters the snippet changes what stands in a field, and the server reads it."""
    address = asked_by(framed, WWW, amount=amount, reference="A-1", currency="JPY")
    page = payer.get(address)
    assert page.one("#amount")["value"] == amount
    assert page.one("#reference")["value"] == "A-1"
    assert not page.one("#amount").has_attr("readonly")
    refused = payer.review(address, amount=amount, status=422)
    assert refused.one("#amount")["aria-invalid"] == "true"
    assert payments() == []


def test_L2_the_framed_page_stores_no_method(payer: Payer, framed: str) -> None:
    reviewed = payer.review(asked_by(framed, WWW), store="on")
    assert reviewed.select("input[type=checkbox]") == []


def test_L5_in_its_frame_a_retired_link_says_how_to_reach_the_firm(
    payer: Payer, framed: str
) -> None:
    reviewed = payer.review(asked_by(framed, WWW))
    with db.transaction() as session:
        token = framed.removeprefix("/embed/")
        link = session.scalars(select(AccountLink).where(AccountLink.token == token)).one()
        following = retire(session, link, "system", link.bank_account.name).token
    page = payer.get(asked_by(framed, WWW), status=410)
    assert "+1 503 555 0100" in page
    assert may_frame(page) == [BARE, WWW]
    assert not page.select("footer")
    payer.press_submit(reviewed, status=410)
    assert may_frame(payer.get(asked_by(f"/embed/{following}", WWW))) == [BARE, WWW]
    assert payments() == []
    # Taken off the list, a website shows what was paid by the earlier link no longer either.
    unlist(f"/embed/{following}", WWW)
    assert may_frame(payer.get(asked_by(framed, WWW), status=410)) == [BARE]


def test_E1_a_page_in_a_frame_keeps_its_website_in_another_language(
    payer: Payer, framed: str
) -> None:
    offer(EVERY_LANGUAGE)
    page = payer.get(asked_by(framed, WWW, theme="light"))
    spanish = next(link for link in page.select(".languages a") if link["lang"] == "es-US")
    page = payer.get(str(spanish["href"]))
    assert page.one("html")["lang"] == "es-US"
    assert body(page)["data-embed-site"] == WWW
    reviewed = payer.review(page.address)
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    assert status.one("html")["lang"] == "es-US"
    assert status.one("html")["data-theme"] == "light"
    assert body(status)["data-embed-site"] == WWW


def test_E3_without_script_the_frame_leads_to_the_page_of_its_own(
    payer: Payer, framed: str
) -> None:
    page = payer.get(asked_by(framed, WWW))
    onward = page.one("noscript a")
    assert (onward["target"], onward["href"]) == ("_top", f"/pay/{framed[7:]}")


@pytest.mark.parametrize(
    ("step", "status", "elsewhere"),
    [
        ("", 422, "pay bills trust-requests"),
        ("/submit", 422, "pay bills trust-requests"),
        ("/payments/unknown/continue", 404, "payments"),
    ],
)
def test_P2_tries_in_a_frame_are_limited_together_with_those_on_other_pay_pages(
    payer: Payer, framed: str, step: str, status: int, elsewhere: str
) -> None:
    def post(address: str) -> int:
        return payer.http.post(address, base_url=payer.base_url).status_code

    answers = [post(f"{framed}{step}") for _ in range(31)]
    assert answers == [status] * 30 + [429]
    payer.get(framed)
    # Tried out in the frame: no other page is a second round.
    last = step.removeprefix("/payments/unknown")
    assert {post(f"/{what}/unknown{last}") for what in elsewhere.split()} == {429}


def test_E1_the_loader_is_a_small_script_for_any_website(payer: Payer) -> None:
    loader = payer.get("/embed/v1.js")
    assert loader.headers["Content-Type"].startswith("text/javascript")
    assert loader.headers["Cache-Control"] == "public, max-age=3600"
    assert loader.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    tag = {"If-None-Match": loader.headers["ETag"]}
    with payer.http.get("/embed/v1.js", headers=tag, base_url=payer.base_url) as again:
        assert (again.status_code, again.get_data()) == (304, b"")
