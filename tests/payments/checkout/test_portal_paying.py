"""Paying in the client portal: for the signed-in client, while the document is shared (D7)."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from payments.billing.handed_out import Channel, DocumentLink
from payments.gateway.results import MethodKind
from payments.methods import actions as methods
from portal.core import db
from portal.web.client_sessions import COOKIE
from tests.factories.payments import CARD_WORKS, Payer, enter, payments, the_payment
from tests.payments.checkout.documents import Counter
from tests.payments.checkout.portal import (
    ADDRESS,
    PortalPayer,
    Till,
    open_till,
    pay_page,
    token_of,
)
from tests.support.page import Page

TYPED: dict[str, Any] = {"amount": "100.00", "name": "Cleo Vance", "email": ADDRESS}


@pytest.fixture
def till(counter: Counter) -> Till:
    return open_till(counter)


@pytest.fixture
def cleo(till: Till) -> PortalPayer:
    return till.browser()


def review_stored(payer: PortalPayer, page: str, chosen: str, status: int = 200) -> Page:
    """**Review payment** as the page stands, with a stored method chosen."""
    form = {**TYPED, "form_token": payer.form_token(page), "with": chosen, "method": "card"}
    return payer.post(page, form, htmx=True, status=status)


def test_D7_pay_leads_to_a_page_filled_in_for_the_client(till: Till, cleo: PortalPayer) -> None:
    bill, address = till.bill()
    page = cleo.get(pay_page(cleo, address))
    assert f"Bill {bill.number}" in page.text
    for name, value in TYPED.items():
        assert page.one(f"input[name={name}]")["value"] == value
    assert page.link("Back to your portal").endswith(address)


def test_D7_looking_makes_no_address_and_pressing_twice_makes_one(
    till: Till, cleo: PortalPayer
) -> None:
    _bill, address = till.bill()
    cleo.get(f"{address}/pay", status=405)
    first = pay_page(cleo, address)
    assert pay_page(cleo, address) == first
    with db.read() as session:
        portal = DocumentLink.channel == Channel.PORTAL
        assert session.scalar(select(func.count()).where(portal)) == 1


def test_D7_a_card_pays_a_shared_bill_and_may_be_stored(till: Till, cleo: PortalPayer) -> None:
    _bill, address = till.bill()
    reviewed = cleo.review(pay_page(cleo, address), **TYPED)
    assert reviewed.select("input[name=store]") != []
    cleo.press_submit(reviewed, store="yes")
    payment = the_payment()
    assert payment.client_id == till.cleo.id
    assert payment.store_text is not None


def test_D7_a_trust_request_is_paid_from_the_portal(till: Till) -> None:
    _asked, address = till.request()
    cleo = till.browser(trust=True)
    cleo.press_submit(cleo.review(pay_page(cleo, address), **{**TYPED, "amount": "500.00"}))
    payment = the_payment()
    assert payment.amount_cents == 50_000
    assert payment.client_id == till.cleo.id


def test_P8_a_stored_card_pays_with_nothing_typed(till: Till, cleo: PortalPayer) -> None:
    """P8, D7: chosen already; the review names it; no field of the processor is needed."""
    method = till.stored()
    _bill, address = till.bill()
    page = cleo.get(pay_page(cleo, address))
    (chosen,) = page.select("input[name=with][checked]")
    assert chosen["value"] == method.public_id
    assert page.one("#pay-card").get("hidden") is not None
    reviewed = review_stored(cleo, page.address, method.public_id)
    assert "Visa •••• 4242" in reviewed
    assert reviewed.select("input[type=checkbox]") == []
    cleo.press_submit(reviewed)
    payment = the_payment()
    assert payment.stored_method_id == method.id
    assert (payment.status, payment.amount_cents) == ("authorized", 10_000)


def test_P8_a_stored_card_pays_without_javascript(till: Till, cleo: PortalPayer) -> None:
    till.stored()
    _bill, address = till.bill()
    page = cleo.get(pay_page(cleo, address))
    reviewed = cleo.submit(page, "Review payment")
    assert reviewed.one("#submit-form p > .tap")["href"] == page.one("#pay-form")["action"]
    assert reviewed.select("button[data-change]") == []  # nothing here would act on them
    status = cleo.submit(reviewed, "Submit payment")
    assert "Your payment is submitted" in status.text


def test_P4_a_stored_bank_account_is_approved_each_time(till: Till, cleo: PortalPayer) -> None:
    method = till.stored(kind=MethodKind.BANK)
    _bill, address = till.bill()
    reviewed = review_stored(cleo, pay_page(cleo, address), method.public_id)
    assert "I authorize Harlow & Reyes" in reviewed.text
    refused = cleo.press_submit(reviewed, mandate=False, status=422)
    assert "Tick the box to approve the withdrawal" in refused.text
    assert payments() == []
    cleo.press_submit(reviewed)
    assert the_payment().mandate_text is not None


def test_D7_the_page_of_the_portal_opens_for_its_client_alone(
    till: Till, cleo: PortalPayer
) -> None:
    bill, address = till.bill()
    page = pay_page(cleo, address)
    stranger = Payer(till.app)
    answer = stranger.ask("GET", page, follow=False, status=303)
    assert answer.headers["Location"] == f"/sign-in?next=/portal/bills/{bill.public_id}"
    dan = till.browser(till.dan().id)
    dan.get(page, status=404)
    dan.get(f"{page}/bill.pdf", status=404)
    dan.post(page, {}, htmx=True, status=404)
    assert pay_page(dan, address) != page


def test_D7_somebody_beside_the_client_pays_but_stores_and_chooses_nothing(till: Till) -> None:
    """D7, L9: Dan takes part in one matter; Cleo's cards and her other bills are not his to see."""
    till.stored()
    till.counter.bill(7_000)
    _bill, address = till.bill()
    dan = till.browser(till.dan().id)
    page = pay_page(dan, address)
    opened = dan.get(page)
    assert opened.select("input[name=with]") == []
    assert opened.select("input[name=pays]") == []
    reviewed = dan.review(page, **TYPED)
    assert reviewed.select("input[name=store]") == []
    dan.press_submit(reviewed)
    assert the_payment().client_id == till.cleo.id


def test_M12_somebody_beside_the_client_always_pays_for_someone_else(till: Till) -> None:
    """M12, C16: nobody has to say it, and the client reads nothing of Dan's card and address."""
    _bill, address = till.bill()
    dan = till.browser(till.dan().id)
    page = pay_page(dan, address)
    assert dan.get(page).select("input[name=third_party]") == []
    dan.press_submit(dan.review(page, amount="100.00", name="Dan Vance", email="dan@vance.test"))
    payment = the_payment()
    assert payment.third_party
    lasting = f"/payments/{payment.status_token}"
    hers, his = till.browser().get("/portal/payments"), dan.get("/portal/payments")
    assert "Paid by someone else for you" in hers.text
    assert "4242" not in hers.text
    assert hers.select(f"a[href='{lasting}']") == []
    assert "4242" in his.text
    assert his.select(f"a[href='{lasting}']") != []


def test_C15_M12_paper_for_somebody_beside_the_client_leads_to_no_other_bill(till: Till) -> None:
    """C15, L9: the code opens for anybody, and offers all that the client owes."""
    bill, address = till.bill()
    token = till.counter.coded(bill).rsplit("/", 1)[1]
    dan, cleo = till.browser(till.dan().id), till.browser()
    assert token in paper(cleo, f"{address}/bill.pdf")
    assert token in paper(cleo, f"{pay_page(cleo, address)}/bill.pdf")
    assert token not in paper(dan, f"{address}/bill.pdf")
    assert token not in paper(dan, f"{pay_page(dan, address)}/bill.pdf")
    assert token not in str(dan.get(f"{pay_page(dan, address)}/document"))


def paper(payer: PortalPayer, address: str) -> str:
    """The words of a PDF, unbroken."""
    data = payer.http.get(address, base_url=payer.base_url).data
    return "".join("".join(one.extract_text().split()) for one in PdfReader(BytesIO(data)).pages)


def test_C16_pay_the_whole_balance_opens_with_it_chosen(till: Till, cleo: PortalPayer) -> None:
    till.counter.bill(7_000)
    _bill, address = till.bill()
    page = cleo.get(pay_page(cleo, address, pays="balance"))
    assert page.one("input[name=pays][value=balance]").get("checked") is not None
    assert page.one("input[name=amount]")["value"] == "170.00"


def test_P8_a_forged_method_is_refused_and_nothing_is_charged(
    till: Till, cleo: PortalPayer
) -> None:
    """P5, P8: of the other account, of nobody, or on a page where none is offered."""
    own = till.stored()
    of_trust = till.stored(till.counter.office.accounts.trust)
    bill, address = till.bill()
    page = pay_page(cleo, address)
    for forged in (of_trust.public_id, "nothing", "\0"):
        refused = review_stored(cleo, page, forged, 422)
        assert "cannot be used any more" in refused.text
        assert refused.one("input[name=amount]")["value"] == "100.00"
    emailed = till.counter.emailed(bill)
    refused = review_stored(cleo, emailed, own.public_id, 422)
    assert "cannot be used any more" in refused.text
    assert payments() == []


def test_P8_a_method_deleted_after_the_review_charges_nothing(
    till: Till, cleo: PortalPayer
) -> None:
    method = till.stored()
    _bill, address = till.bill()
    reviewed = review_stored(cleo, pay_page(cleo, address), method.public_id)
    with db.transaction() as session:
        methods.delete(session, method.id, by="payer")
    refused = cleo.press_submit(reviewed, status=422)
    assert "cannot be used any more" in refused.text
    assert refused.one("input[name=amount]")["value"] == "100.00"
    assert payments() == []


def test_M9_a_review_by_a_stored_method_pays_once_however_often_it_is_sent(
    till: Till, cleo: PortalPayer
) -> None:
    method = till.stored()
    _bill, address = till.bill()
    reviewed = review_stored(cleo, pay_page(cleo, address), method.public_id)
    first = cleo.press_submit(reviewed).headers["HX-Redirect"]
    with db.transaction() as session:
        methods.delete(session, method.id, by="payer")
    assert cleo.press_submit(reviewed).headers["HX-Redirect"] == first
    assert len(payments()) == 1


def test_D7_signed_out_in_the_middle_keeps_what_was_typed(till: Till, cleo: PortalPayer) -> None:
    """D7: the script's form stays; the answer says so and offers to sign in beside it."""
    bill, address = till.bill()
    page = pay_page(cleo, address)
    token = cleo.form_token(page)
    cleo.http.delete_cookie(COOKIE, domain="localhost")
    form = {**TYPED, "postal_code": "95814", "form_token": token}
    answer = cleo.post(page, form, htmx=True, status=401)
    assert "You were signed out" in answer.text
    assert str(answer.one("#sign-in-beside")["href"]).endswith(f"/portal/bills/{bill.public_id}")
    assert answer.select("#pay-fields") == []
    gone = cleo.ask("POST", page, data=form, follow=False, status=303)
    assert gone.headers["Location"].startswith("/sign-in")
    assert payments() == []


def test_C12_sharing_stopped_in_the_middle_ends_paying_at_once(
    till: Till, cleo: PortalPayer
) -> None:
    """C12, D7: page, paper, review and submission are gone from the next request on."""
    bill, address = till.bill()
    page = pay_page(cleo, address)
    reviewed = cleo.review(page, **TYPED)
    till.stop_sharing(bill)
    cleo.get(page, status=404)
    cleo.get(f"{page}/bill.pdf", status=404)
    cleo.get(f"{page}/document", status=404)
    answer = cleo.press_submit(reviewed, status=404)
    assert "no longer shared with you" in answer.text
    cleo.post(f"{address}/pay", token_of(cleo), status=404)
    assert payments() == []


def test_P5_an_emailed_address_of_a_shared_bill_goes_on_without_sign_in(
    till: Till, cleo: PortalPayer
) -> None:
    """C12: emailed links keep working when sharing stops."""
    bill, address = till.bill()
    cleo.get(pay_page(cleo, address))
    emailed = till.counter.emailed(bill)
    till.stop_sharing(bill)
    payer = till.counter.payer()
    form = {**TYPED, "postal_code": "95814", "form_token": payer.form_token(emailed)}
    form["confirmation_token"] = enter(None, "card", CARD_WORKS)
    payer.press_submit(payer.post(emailed, form, htmx=True))
    assert the_payment().amount_cents == 10_000


def test_P5_the_paper_of_the_portal_does_not_hold_its_address(
    till: Till, cleo: PortalPayer
) -> None:
    _bill, address = till.bill()
    page = pay_page(cleo, address)
    paper = cleo.get(f"{page}/document")
    assert page.rsplit("/", 1)[1] not in paper.text
