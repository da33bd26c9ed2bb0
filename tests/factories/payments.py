"""Payments as strangers make them: a link, a browser of one's own, a test number, two buttons.

Everything goes through the product's own addresses; only the card and bank fields, which are the
processor's and not ours, are filled in at the sandbox.
"""

import re
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from payments.accounts.actions import add_account, check_connection
from payments.accounts.demo import make_demo_accounts
from payments.accounts.models import AccountKind
from payments.checkout.state import sign_page
from payments.links.actions import ensure_links
from payments.links.queries import linked_accounts
from payments.sandbox.accounts import put_account
from payments.sandbox.current import sandbox
from payments.sandbox.making import KEYS, TRUST_ACCOUNT_ID
from payments.sandbox.tokens import enter_test_number
from payments.transactions.models import Payment
from portal.core import db
from tests.support.page import Page
from tests.support.stages import stage
from tests.support.visitor import Visitor

BASE_URL = "http://localhost:8000"
CANADA_ACCOUNT_ID = "acct_sandboxcanada"
API = "/sandbox/stripe-api/v1"

CARD_WORKS = "4242424242424242"
CARD_DECLINED = "4000000000000002"
CARD_ASKS = "4000002500003155"
BANK_WORKS = "000123456789"
BANK_CLOSED = "000111111113"
BANK_NEVER = "000000000009"

TYPED = {
    "amount": "125.00",
    "name": "Dana Whitfield",
    "email": "dana@payer.test",
    "paid_for": "Whitfield lease review",
    "reference": "1042",
    "postal_code": "95814",
}
ARRIVING_FROM = count(1)
ATTEMPT = re.compile(r'name="attempt" value="([^"]+)"')


@dataclass(frozen=True)
class Links:
    """The addresses of the demo's account links. `escrow` is the name of an unconnected account."""

    operating: str
    trust: str


def make_links() -> Links:
    """The demo's bank accounts, checked at the sandbox, with their links."""
    return stage("links", _make_links)


def _make_links() -> Links:
    with db.transaction() as session:
        accounts = make_demo_accounts(session)
    for account in (accounts.operating, accounts.trust, accounts.escrow):
        check_connection(account.id)
    with db.transaction() as session:
        ensure_links(session)
    return Links(link_of(accounts.operating.public_id), link_of(accounts.trust.public_id))


def link_of(public_id: str) -> str:
    """The path of a bank account's live link."""
    with db.read() as session:
        (row,) = linked_accounts(session, public_id)
    assert row.url is not None
    return row.url.removeprefix(BASE_URL)


def make_canadian_link() -> str:
    """The path of the link of a bank account in Canadian dollars."""
    with sandbox().service.store.writing() as book:
        put_account(
            book,
            CANADA_ACCOUNT_ID,
            name="Canada",
            country="CA",
            currency="cad",
            created=1_700_000_000,
        )
    with db.transaction() as session:
        account = add_account(
            session,
            name="Compte général",
            public_label="Harlow & Reyes – services juridiques",
            kind=AccountKind.OPERATING,
            currency="CAD",
            processor_account=CANADA_ACCOUNT_ID,
            statement_suffix="HARLOW REYES",
        )
    check_connection(account.id)
    with db.transaction() as session:
        ensure_links(session)
    return link_of(account.public_id)


def enter(account: str | None, method: str, number: str, name: str = TYPED["name"]) -> str:
    """Fill in the processor's own fields with a test number; answers the confirmation token."""
    with sandbox().service.writing(account) as desk:
        return enter_test_number(desk, method, number, name, TYPED["email"])


def the_payment() -> Payment:
    """The one payment there is."""
    with db.read() as session:
        return session.scalars(select(Payment)).one()


def payments() -> list[Payment]:
    """Every payment, in the order in which they were made."""
    with db.read() as session:
        return list(session.scalars(select(Payment).order_by(Payment.id)))


class Payer(Visitor):
    """A stranger at a browser without cookies, on a network address of their own.

    Every answer is held to what public pages promise: no cookie is set or looked at.
    """

    def __init__(self, app: Flask, account: str | None = None) -> None:
        super().__init__(app, BASE_URL)
        number = next(ARRIVING_FROM)
        self.ip_address = f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"
        self.account = account
        self.http.environ_base["REMOTE_ADDR"] = self.ip_address
        self.http.environ_base["HTTP_USER_AGENT"] = "Test browser"

    def _fetch(self, method: str, address: str, **more: Any) -> Page:
        page = super()._fetch(method, address, **more)
        assert "Set-Cookie" not in page.headers, f"{page.address} sets a cookie"
        assert "cookie" not in page.headers.get("Vary", "").lower(), f"{page.address} reads one"
        return page

    def form_token(self, link: str) -> str:
        """The signed token of a freshly opened pay page."""
        return str(self.get(link).one("input[name=form_token]")["value"])

    def type_in(self, link: str, *, method: str = "card", **typed: Any) -> dict[str, Any]:
        """The form of the pay page as filled in. A field given as None is left out."""
        form = {**TYPED, "method": method, "form_token": self.form_token(link), **typed}
        return {name: value for name, value in form.items() if value is not None}

    def review(
        self,
        link: str,
        *,
        number: str = CARD_WORKS,
        method: str = "card",
        status: int = 200,
        **typed: Any,
    ) -> Page:
        """Fill in the page and press **Review payment**, as the page's script does."""
        form = self.type_in(link, method=method, **typed)
        token = enter(self.account, method, number)
        return self.post(link, {**form, "confirmation_token": token}, htmx=True, status=status)

    def press_submit(
        self, reviewed: Page, *, mandate: bool = True, status: int = 204, **fields: Any
    ) -> Page:
        """Press **Submit payment** on the review, the box ticked where there is one."""
        form = reviewed.one("#submit-form")  # whatever the language of its button
        sent = {"attempt": attempt_of(reviewed), **fields}
        if mandate and reviewed.select("input[name=mandate]"):
            sent["mandate"] = "on"
        return self.post(str(form["action"]), sent, htmx=True, status=status)

    def pay(self, link: str, **how: Any) -> Page:
        """Review and submit; answers the status page that the payer is led to."""
        answer = self.press_submit(self.review(link, **how))
        return self.get(answer.headers["HX-Redirect"])

    def pay_unread(
        self, link: str, *, number: str = CARD_WORKS, method: str = "card", **typed: Any
    ) -> int:
        """Review and submit as quickly as can be, reading no page; answers the last status."""
        form = {**TYPED, "method": method, "form_token": sign_page(link.rsplit("/", 1)[1]), **typed}
        form["confirmation_token"] = enter(self.account, method, number)
        script = {"base_url": BASE_URL, "headers": {"HX-Request": "true"}}
        reviewed = self.http.post(link, data=form, **script)
        found = ATTEMPT.search(reviewed.get_data(as_text=True))
        if found is None:
            return reviewed.status_code
        sent = {"attempt": found[1], "mandate": "on"}
        return self.http.post(f"{link}/submit", data=sent, **script).status_code

    def answer_bank(self, question: Page, outcome: str) -> Page:
        """Answer the bank's question ("approve" or "refuse"), then go on as the script does."""
        asked = question.one("#submit-message")
        self.tell_bank(str(asked["data-client-secret"]), outcome)
        return self.ask("POST", str(asked["data-continue-url"]), htmx=True, status=None)

    def tell_bank(self, client_secret: str, outcome: str) -> None:
        """Answer the bank's question and then close the window."""
        self.ask_processor(
            "/3ds2/authenticate",
            {
                "payment_intent": client_secret.split("_secret_")[0],
                "client_secret": client_secret,
                "outcome": outcome,
            },
        )

    def type_bank_numbers(self, number: str = BANK_WORKS) -> str:
        """Type routing and account number in the processor's fields; answers the token."""
        data = "payment_method_data"
        return self.ask_processor(
            "/confirmation_tokens",
            {
                f"{data}[type]": "us_bank_account",
                f"{data}[billing_details][name]": TYPED["name"],
                f"{data}[us_bank_account][routing_number]": "110000000",
                f"{data}[us_bank_account][account_number]": number,
            },
        )["id"]

    def ask_processor(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        """What the processor's own script asks, with the publishable key."""
        headers = {"Authorization": f"Bearer {KEYS.publishable}"}
        if self.account:
            headers["Stripe-Account"] = self.account
        answer = self.http.post(
            f"{API}{path}",
            data=urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers=headers,
            base_url=BASE_URL,
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()


def attempt_of(reviewed: Page) -> str:
    """The signed token of a review."""
    return str(reviewed.one("input[name=attempt]")["value"])


def trust_payer(app: Flask) -> Payer:
    """Somebody whose processor fields are those of the trust account."""
    return Payer(app, TRUST_ACCOUNT_ID)


def books_problems(app: Flask) -> list[str]:
    """What `flask check-books` has to say: nothing, when the books are true."""
    result = app.test_cli_runner().invoke(args=["check-books"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found = result.output.splitlines()
    assert (result.exit_code == 0) == (not found), (result.exit_code, found)
    return found
