"""The lasting status page: without sign-in, by an address that cannot be guessed."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from payments.links.actions import retire
from payments.links.models import AccountLink
from portal.core import db
from tests.factories.payments import BANK_NEVER, Links, Payer, the_payment

Advance = Callable[[timedelta], int]


def test_P6_its_address_is_not_the_printed_reference(
    app: Flask, payer: Payer, links: Links
) -> None:
    """P6: the reference is read out over the phone and opens nothing."""
    status = payer.pay(links.operating)
    payment = the_payment()
    assert status.address.endswith(f"/payments/{payment.status_token}")
    assert payment.reference in status
    assert payment.reference not in status.address
    for guess in (payment.reference, payment.reference.lower(), payment.public_id, payment.nonce):
        Payer(app).get(f"/payments/{guess}", status=404)
        Payer(app).post(f"/payments/{guess}/continue", htmx=True, status=404)


def test_P6_it_shows_what_was_paid_and_what_happens_next(payer: Payer, links: Links) -> None:
    """P6: status, reference, amount, method, account, what happens next; never a whole number."""
    status = payer.pay(links.operating)
    for shown in (
        "What happens next",
        "We will email dana@payer.test when it is complete.",
        the_payment().reference,
        "$125.00",
        "Visa •••• 4242",
        "Harlow & Reyes LLP",
        "Harlow & Reyes – legal services",
    ):
        assert shown in status, shown
    assert "4242424242424242" not in status.body


def test_P6_it_lasts(app: Flask, payer: Payer, links: Links, advance: Advance) -> None:
    """P6: a year on, from another computer, and after the link was retired."""
    address = payer.pay(links.operating).address
    with db.transaction() as session:
        link = session.query(AccountLink).filter_by(token=links.operating[5:]).one()
        retire(session, link, "ada", link.bank_account.name)
    advance(timedelta(days=3))
    advance(timedelta(days=365))
    assert "Your payment is complete" in Payer(app).get(address)


def test_it_answers_only_when_something_is_new(
    payer: Payer, links: Links, advance: Advance
) -> None:
    """The page asks again and again with what it has seen; 204 until the status has changed."""
    address = payer.pay(links.operating).address
    asked = f"{address}?seen=authorized"
    assert payer.get(asked, status=204, htmx=True).body == ""
    advance(timedelta(days=2, minutes=1))
    part = payer.get(asked, htmx=True)
    assert not part.is_whole
    article = part.one("#payment-status")
    assert (article["data-status"], article["data-final"]) == ("completed", "yes")
    assert payer.get(f"{address}?seen=completed", status=204, htmx=True).body == ""
    for nonsense in ("", "paid", "COMPLETED", "%00", "x" * 2_000):
        payer.get(f"{address}?seen={nonsense}", htmx=True)


def test_an_open_payment_is_asked_for_again_without_script_too(
    payer: Payer, links: Links, advance: Advance
) -> None:
    """X1: the page reloads itself until the payment has ended."""
    status = payer.pay(links.operating, method="bank", number=BANK_NEVER)
    assert status.select("noscript meta[http-equiv=refresh]")
    card = payer.pay(links.operating)
    advance(timedelta(days=2, minutes=1))
    assert not payer.get(card.address).select("noscript meta[http-equiv=refresh]")


def test_it_may_be_asked_for_by_many(payer: Payer, links: Links) -> None:
    """P2: tries are limited, looking is not."""
    address = payer.pay(links.operating).address
    for _ in range(60):
        payer.get(address)


def test_P2_tries_are_limited_and_the_payer_is_told(app: Flask, links: Links) -> None:
    """P2: no puzzles: after thirty tries in a minute, a sentence; others are not held up."""
    hasty, patient = Payer(app), Payer(app)
    for _ in range(30):
        hasty.post(links.operating, {}, status=422)
    page = hasty.post(links.operating, {}, status=429)
    assert "Please wait a minute, then try again." in page
    assert "Harlow & Reyes" in page
    part = hasty.post(links.operating, {}, htmx=True, status=429)
    assert "Please wait a minute, then try again." in part.texts("#pay-problem li")[0]
    hasty.get(links.operating)
    patient.pay(links.operating)


def test_P2_submitting_and_going_on_are_limited_too(app: Flask, payer: Payer, links: Links) -> None:
    """P2: each of the three tries has its own count."""
    address = payer.pay(links.operating).address
    for path in (f"{links.operating}/submit", f"{address}/continue"):
        hasty = Payer(app)
        answers = [hasty.ask("POST", path, follow=False, status=None) for _ in range(31)]
        assert [answer.status == 429 for answer in answers] == [False] * 30 + [True], path
