"""Clients who are asked to store a method, and who do so on the emailed page (FEATURES P8)."""

from typing import Any

from flask import Flask

from payments.accounts.actions import check_connection
from payments.accounts.models import BankAccount
from payments.methods import queries
from payments.methods.models import MethodRequest
from payments.methods.requests import Asked, ask
from portal.clients.models import Contact
from portal.core import db
from tests.factories.payments import CARD_WORKS, Payer, attempt_of, enter
from tests.support.page import Page

ADDRESS = "cleo@client.test"
TYPED = {"name": "Cleo Vance", "email": ADDRESS, "postal_code": "95814"}


def ask_for(
    client: Contact, account: BankAccount, *, message: str = "", by: str = "system"
) -> MethodRequest:
    """The firm asks a client; the email is owed."""
    check_connection(account.id)
    with db.transaction() as session:
        return ask(session, Asked(client.id, account.id, ADDRESS, message, by))


def as_now(request: MethodRequest) -> MethodRequest:
    """The request as it is now, with its method."""
    with db.read() as session:
        return queries.request_by_id(session, request.id)


def page_of(request: MethodRequest) -> str:
    """The emailed address."""
    return f"/payment-methods/store/{request.token}"


class Storer(Payer):
    """A client at the emailed page, on a network address of their own."""

    def __init__(self, app: Flask, request: MethodRequest, account: str | None) -> None:
        super().__init__(app, account)
        self.link = page_of(request)

    def review_method(
        self,
        *,
        number: str = CARD_WORKS,
        method: str = "card",
        token: str = "",
        status: int = 200,
        **typed: Any,
    ) -> Page:
        """Fill in the page and press **Review**, as the page's script does."""
        entered = token or enter(self.account, method, number, TYPED["name"])
        form = {**TYPED, "method": method, "confirmation_token": entered, **typed}
        return self.post(self.link, form, htmx=True, status=status)

    def press_store(self, reviewed: Page, *, mandate: bool = True, status: int = 204) -> Page:
        """Press **Store this method** on the review."""
        sent = {"attempt": attempt_of(reviewed)}
        if mandate and reviewed.select("input[name=mandate]"):
            sent["mandate"] = "yes"
        form = reviewed.one("#submit-form")
        return self.post(str(form["action"]), sent, htmx=True, status=status)

    def store(self, **how: Any) -> Page:
        """Review and store; answers the page that the client is led to."""
        answer = self.press_store(self.review_method(**how))
        return self.get(answer.headers["HX-Redirect"])

    def tell_bank_of_setup(self, client_secret: str, outcome: str) -> None:
        """Answer the bank's question."""
        named = {"setup_intent": client_secret.split("_secret_")[0]}
        sent = {**named, "client_secret": client_secret, "outcome": outcome}
        self.ask_processor("/3ds2/authenticate", sent)
