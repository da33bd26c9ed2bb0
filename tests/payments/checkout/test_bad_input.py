"""What cannot be taken is answered by a sentence, stays as it was typed, and is not stored."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from flask import Flask

from payments.accounts.actions import set_link_limits
from payments.accounts.models import BankAccount
from portal.core import db
from portal.firm.models import Firm
from tests.factories.payments import (
    CANADA_ACCOUNT_ID,
    TYPED,
    Links,
    Payer,
    make_canadian_link,
    payments,
)
from tests.support.page import Page

Watch = Callable[[], AbstractContextManager[None]]
Refused = Callable[..., list[Page]]
FORM = "application/x-www-form-urlencoded"

UNREADABLE = "Enter the amount in numbers, such as 1,250.00."
SMALLEST = "The smallest amount you can pay here is $5.00."
LARGEST = "The largest amount you can pay here is $1,000.00. Please call us about more."
AMOUNTS = {
    "": "Enter the amount to pay.",
    "   ": "Enter the amount to pay.",
    "0": SMALLEST,
    "0.00": SMALLEST,
    "4.99": SMALLEST,
    "1000.01": LARGEST,
    "1,000.01": LARGEST,
    "9999999999999.99": LARGEST,
    **dict.fromkeys(
        (
            *(
                "-5",
                "-5.00",
                "+5",
                "1e3",
                "NaN",
                "Infinity",
                "１２",
                "٣٤",
                "12.345",
                "1,23",
                "12.5",
            ),
            *("1.250,00", "1,2345.00", "0x20", "1_000", "12 34", "$", "twenty", "20.00\x00"),
            *("20\n00", "$20x", "20%", "<b>20</b>", "\u202e02", "9" * 400),
        ),
        UNREADABLE,
    ),
}
HIDDEN = "This holds hidden characters. Please type it again by hand."
CARD = "This looks like a card number. Please take it out: it belongs in the card field."
TEXTS = {
    "nul": ("Dana\x00Whitfield", HIDDEN),
    "escape": ("Dana\x1b[31mWhitfield", HIDDEN),
    "header trick": ("Dana\r\nBcc: all@firm.test", HIDDEN),
    "right to left": ("Dana \u202edleiftihW", HIDDEN),
    "isolate": ("\u2066Dana\u2069 Whitfield", HIDDEN),
    "line separator": ("Dana\u2028Whitfield", HIDDEN),
    "paragraph separator": ("Dana\u2029Whitfield", HIDDEN),
    "zero width": ("Dana\u200bWhitfield", HIDDEN),
    "byte order mark": ("\ufeffDana", HIDDEN),
    "tag characters": ("Dana\U000e0041", HIDDEN),
    "private use": ("Dana\ue000", HIDDEN),
    "very long": ("D" * 10_000, "This is too long: at most"),
    "card number": ("4242424242424242", CARD),
    "in groups": ("4242 4242 4242 4242", CARD),
    "with hyphens": ("4242-4242-4242-4242", CARD),
    "with dots": ("4242.4242.4242.4242", CARD),
    "no-break spaces": ("4242\u00a04242\u00a04242\u00a04242", CARD),
    "full width": ("４２４２４２４２４２４２４２４２", CARD),
    "among words": ("my card 4000 0000 0000 0002 please", CARD),
    "after a bill number": ("1042 4242 4242 4242 4242", CARD),
    "before its date": ("4242424242424242 12/34", CARD),
    "american express": ("3782 822463 10005", CARD),
}
EMAILS = {
    "empty": "",
    "no domain": "dana",
    "two addresses": "dana@payer.test, ben@payer.test",
    "a name": "Dana <dana@payer.test>",
    "header trick": "dana@payer.test\r\nBcc: all@firm.test",
    "space": "da na@payer.test",
    "very long": "d" * 10_000 + "@payer.test",
    "bidi": "dana@\u202epayer.test",
    "control": "da\x07na@payer.test",
    "an address of the network": "dana@[127.0.0.1]",
}
POSTAL_CODES = ["", "9", "95814; DROP", "９５８１４", "95\x00814", "9" * 1_000, "<b>1</b>"]


@pytest.fixture
def refused(app: Flask, links: Links, stores_nothing: Watch) -> Callable[..., list[Page]]:
    """The form sent without script and with it: refused both times, kept as typed, not stored."""

    def send(link: str = links.operating, **typed: Any) -> list[Page]:
        payer = Payer(app)  # tries are counted by address
        form = payer.type_in(link, **typed)
        answers: list[Page] = []
        for htmx in (False, True):
            with stores_nothing():
                answers.append(payer.post(link, form, htmx=htmx, status=422))
        for page in answers:
            for name in TYPED:
                shown = str(page.one(f"#{name}")["value"]).replace("\r\n", "\n")
                assert shown == form[name].replace("\r\n", "\n"), f"{name} was not kept"
        return answers

    return send


def complaint(page: Page, field: str) -> str:
    """The sentence beside the field; the summary above says the same and leads to it."""
    (sentence,) = page.texts(f"#{field}-error")
    sentence = sentence.removeprefix("Error: ")
    (summed_up,) = page.texts(f"#error-summary a[href='#{field}']")
    assert summed_up == sentence
    assert page.one(f"#{field}")["aria-invalid"] == "true"
    return sentence


@pytest.fixture
def narrow(links: Links) -> Links:
    """The links, with limits of 5.00 to 1,000.00 on every account."""
    with db.transaction() as session:
        for account in session.query(BankAccount):
            set_link_limits(session, account, min_cents=500, max_cents=100_000, by="ada")
    return links


def test_L4_a_bad_amount_is_answered_by_a_sentence(
    narrow: Links, refused: Refused, subtests: pytest.Subtests
) -> None:
    """L4, P1: only plain numbers within the account's limits are an amount."""
    for amount, sentence in AMOUNTS.items():
        with subtests.test(amount=amount[:40]):
            for page in refused(amount=amount):
                assert complaint(page, "amount") == sentence


def test_L4_an_amount_within_the_limits_is_read_as_it_is_written(
    payer: Payer, narrow: Links
) -> None:
    """L4: the limits themselves are allowed; the script is told the cents."""
    readings = {"5": 500, "5.00": 500, "$1,000.00": 100_000, " 20 ": 2_000, "USD 20.50": 2_050}
    for amount, cents in readings.items():
        form = payer.type_in(narrow.operating, amount=amount)
        checked = payer.post(narrow.operating, form, htmx=True)
        assert checked.one("#pay-checked")["data-cents"] == str(cents)


@pytest.mark.parametrize("field", ["name", "paid_for", "reference"])
def test_a_text_with_tricks_in_it_is_answered_by_a_sentence(
    field: str, refused: Refused, subtests: pytest.Subtests
) -> None:
    """L4, M13: no hidden characters, no novels, and above all no card numbers."""
    for trick, (text, sentence) in TEXTS.items():
        with subtests.test(trick):
            for page in refused(**{field: text}):
                assert complaint(page, field).startswith(sentence)


def test_numbers_that_are_no_card_are_taken(payer: Payer, links: Links) -> None:
    """L4: a bill, a phone, a docket number; letters of every script, with their joiners."""
    for reference in (
        "1042",
        "INV 2026-11-0042",
        "+1 503 555 0100",
        "4242 4242 4242 4243",
        "Case 3:24-cv-00917-SI",
        "Zoë Ångström",
        "李小龍",
        "می\u200cخواهم",
    ):
        assert payer.review(links.operating, reference=reference).select("#review-heading")


def test_a_field_that_is_needed_says_so(payer: Payer, links: Links, refused: Refused) -> None:
    """L4: the payer's name and whom the payment is for; the reference may be left out."""
    for field, sentence in {
        "name": "Enter your name.",
        "paid_for": "Enter who this payment is for.",
    }.items():
        for page in refused(**{field: "  "}):
            assert complaint(page, field) == sentence
    assert payer.review(links.operating, reference="").select("#review-heading")


def test_an_email_that_reaches_nobody_is_answered_by_a_sentence(
    refused: Refused, subtests: pytest.Subtests
) -> None:
    """P6: exactly one address, since the receipt goes there."""
    for trick, email in EMAILS.items():
        with subtests.test(trick):
            for page in refused(email=email):
                assert complaint(page, "email").startswith(("Enter", "This email"))


def test_P3_a_bad_postal_code_is_answered_by_a_sentence(
    payer: Payer, links: Links, refused: Refused, subtests: pytest.Subtests
) -> None:
    """P3: billing information is the card's postal code; a bank account needs none."""
    for postal_code in POSTAL_CODES:
        with subtests.test(postal_code[:20]):
            for page in refused(postal_code=postal_code):
                assert complaint(page, "postal_code").startswith("Enter")
            by_bank = payer.type_in(links.operating, method="bank", postal_code=postal_code)
            assert payer.post(links.operating, by_bank, htmx=True).select("#pay-checked")


@pytest.mark.parametrize("field", ["amount", "name", "email", "paid_for", "reference"])
def test_bytes_that_are_no_text_are_never_stored_as_such(
    payer: Payer, links: Links, field: str, stores_nothing: Watch
) -> None:
    """Half a surrogate pair, or plain rubbish: read as harmless text, or refused; never a 5xx."""
    form = payer.type_in(links.operating)
    del form[field]
    for raw in (b"\xed\xa0\x80", b"\xff\xfe", b"\xc3\x28"):
        body = f"{urlencode(form)}&{field}={quote_from_bytes(raw)}"
        for htmx in (False, True):
            with stores_nothing():
                payer.ask(
                    "POST", links.operating, data=body, content_type=FORM, htmx=htmx, status=None
                )


def test_several_mistakes_are_told_at_once(refused: Refused) -> None:
    """P7: one round, not five, and in the order of the fields."""
    for page in refused(amount="x", name="", email="x", paid_for="", postal_code=""):
        links = [str(one["href"]) for one in page.select("#error-summary a")]
        assert links == ["#amount", "#name", "#email", "#paid_for", "#postal_code"]
        if page.is_whole:
            assert page.title.startswith("Error:")


def test_an_empty_form_is_answered_by_sentences(
    payer: Payer, links: Links, stores_nothing: Watch
) -> None:
    for htmx in (False, True):
        with stores_nothing():
            page = payer.post(links.operating, {}, htmx=htmx, status=422)
        assert "Enter the amount to pay." in page


def test_a_form_that_is_too_large_is_refused(
    payer: Payer, links: Links, stores_nothing: Watch
) -> None:
    with stores_nothing():
        page = payer.post(links.operating, {**TYPED, "name": "D" * 300_000}, status=413)
    assert "What you sent is too large." in page


def test_a_body_that_is_no_form_breaks_nothing(
    payer: Payer, links: Links, stores_nothing: Watch
) -> None:
    many = {**TYPED, **{f"field-{number}": "x" for number in range(1_000)}}
    with stores_nothing():
        payer.ask("POST", links.operating, data=many, status=None)
        for kind in ("application/json", "multipart/form-data", "text/plain", "", "x" * 500):
            page = payer.ask("POST", links.operating, data=b"{\xff", content_type=kind, status=None)
            assert page.status in {400, 422}, kind


def test_a_body_that_does_not_say_its_length_is_refused(
    payer: Payer, links: Links, stores_nothing: Watch
) -> None:
    """It would be cut silently where it is too long; the server before us sends lengths."""
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    sent = {"content_type": FORM, "environ_overrides": environ}
    with stores_nothing():
        page = payer.post(links.operating, BytesIO(b"amount=20"), status=411, **sent)
    assert "did not say how long it is" in page


def test_L4_a_french_speaking_payer_writes_cents_after_a_comma(app: Flask, links: Links) -> None:
    """L4, B3: what a comma means is decided by the page's language, never guessed."""
    link = make_canadian_link()
    with db.transaction() as session:
        session.query(Firm).update({"locale": "fr_CA"})
    payer = Payer(app, CANADA_ACCOUNT_ID)
    payer.pay(link, amount="1 250,40", postal_code="K1A 0B1")
    assert [payment.amount_cents for payment in payments()] == [125_040]
    page = payer.post(link, payer.type_in(link, amount="1,250.40"), htmx=True, status=422)
    assert page.select("#amount-error")
