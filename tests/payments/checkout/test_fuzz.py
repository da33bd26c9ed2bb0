"""Junk of every kind, thrown at every address of a payer: never a 5xx, and nothing is stored."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.checkout.state import sign_page
from tests.factories.payments import BASE_URL, TYPED, Links, Payer, attempt_of
from tests.payments.checkout.documents import CLEO, Counter

Watch = Callable[[], AbstractContextManager[None]]

bounded = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
NAMES = (*TYPED, "method", "form_token", "confirmation_token", "attempt", "mandate", "seen")
CHOICES = ("pays", "third_party", "store")
DOCUMENT_PAGES = (
    ("GET", ""),
    ("POST", ""),
    ("POST", "/submit"),
    ("POST", "/start-again"),
    ("GET", "/document"),
    ("GET", "/bill.pdf"),
    ("GET", "/trust-request.pdf"),
)
junk = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"\x00", b"card", b"bank", b"12.00", b"dana@payer.test", b"95814", b"\xed\xb2"]
    ),
)


@pytest.fixture
def bill_address(counter: Counter) -> str:
    """A bill of a client who owes another one too."""
    counter.bill(5_000)
    return counter.emailed(counter.bill())


def throw(app: Flask, method: str, path: str, **more: Any) -> int:
    """One request from an address of its own; no answer is a 5xx, and none sets a cookie."""
    http = Payer(app).http
    answer = http.open(path, method=method, base_url=BASE_URL, **more)
    assert answer.status_code < 500, f"{method} {path}: {answer.get_data(as_text=True)}"
    assert "Set-Cookie" not in answer.headers
    return answer.status_code


def encoded(fields: dict[str, bytes]) -> bytes:
    """A form body of raw bytes, as no browser would send it."""
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()


@bounded
@given(fields=st.dictionaries(st.sampled_from(NAMES), junk), script=st.booleans())
def test_junk_in_the_form_fields(
    app: Flask, links: Links, stores_nothing: Watch, fields: dict[str, bytes], script: bool
) -> None:
    token = sign_page(links.operating.rsplit("/", 1)[1])
    typed = {**TYPED, "method": "card", "form_token": token}
    good = {name: value.encode() for name, value in typed.items()}
    headers = {"HX-Request": "true"} if script else {}
    with stores_nothing():
        for path in (links.operating, f"{links.operating}/submit"):
            for sent in (fields, {**good, **fields}):
                body = encoded(sent)
                throw(app, "POST", path, data=body, content_type=FORM, headers=headers)


@bounded
@given(
    fields=st.dictionaries(st.sampled_from((*NAMES, *CHOICES)), junk),
    body=st.binary(max_size=200),
    script=st.booleans(),
)
def test_junk_for_a_bill(
    app: Flask,
    bill_address: str,
    stores_nothing: Watch,
    fields: dict[str, bytes],
    body: bytes,
    script: bool,
) -> None:
    """The bill's own pages, whose form offers the whole balance too."""
    token = sign_page(bill_address.rsplit("/", 1)[1])
    typed = {"amount": "60.00", **CLEO, "pays": "balance", "method": "card", "form_token": token}
    good = {name: value.encode() for name, value in typed.items()}
    headers = {"HX-Request": "true"} if script else {}
    with stores_nothing():
        for page in ("", "/submit", "/start-again"):
            for sent in (encoded({**good, **fields}), body):
                path = f"{bill_address}{page}"
                throw(app, "POST", path, data=sent, content_type=FORM, headers=headers)


@bounded
@given(body=st.binary(max_size=400), kind=st.sampled_from([FORM, MULTIPART]))
def test_junk_for_a_body(
    app: Flask, links: Links, stores_nothing: Watch, body: bytes, kind: str
) -> None:
    with stores_nothing():
        for path in (links.operating, f"{links.operating}/submit"):
            throw(app, "POST", path, data=body, content_type=kind)


@bounded
@given(token=junk, query=junk, script=st.booleans())
def test_junk_in_the_address(
    app: Flask, links: Links, stores_nothing: Watch, token: bytes, query: bytes, script: bool
) -> None:
    name, asked = quote_from_bytes(token, safe=""), quote_from_bytes(query)
    framed = links.operating.replace("/pay/", "/embed/")
    headers = {"HX-Request": "true"} if script else {}
    with stores_nothing():
        for method, path in (
            ("GET", f"/pay/{name}?amount={asked}"),
            ("POST", f"/pay/{name}"),
            ("POST", f"/pay/{name}/submit"),
            ("GET", f"/payments/{name}?seen={asked}"),
            ("POST", f"/payments/{name}/continue"),
            ("GET", f"{links.operating}?{asked}={asked}&name={asked}&amount={asked}"),
            ("GET", f"/embed/{name}?site={asked}"),
            ("POST", f"/embed/{name}/payments/{name}/continue?site={asked}"),
            ("GET", f"{framed}?site={asked}&theme={asked}&lang={asked}&{asked}={asked}"),
            ("GET", f"{framed}/payments/{name}?site={asked}&seen={asked}"),
            ("POST", f"{framed}/submit?site={asked}"),
            *(
                (way, f"/{what}/{name}{page}?seen={asked}")
                for what in ("bills", "trust-requests")
                for way, page in DOCUMENT_PAGES
            ),
        ):
            throw(app, method, path, headers=headers)


@pytest.fixture
def review_token(payer: Payer, links: Links) -> str:
    """The signed token of a review."""
    return attempt_of(payer.review(links.operating))


@bounded
@given(
    place=st.floats(0, 0.99),
    cut=st.integers(0, 3),
    put=st.text(alphabet=".-_aA0é\x00 ", max_size=3),
)
def test_a_review_token_with_a_few_characters_changed(
    app: Flask,
    links: Links,
    review_token: str,
    stores_nothing: Watch,
    place: float,
    cut: int,
    put: str,
) -> None:
    at = int(place * len(review_token))
    changed = review_token[:at] + put + review_token[at + cut :]
    # The last character of a signature carries bits that decode to nothing.
    if changed[:-1] == review_token[:-1]:
        return
    with stores_nothing():
        sent = {"attempt": changed}
        assert throw(app, "POST", f"{links.operating}/submit", data=sent) == 422
