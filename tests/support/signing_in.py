"""Signing in with more than a password, by the product's own pages."""

import json
from datetime import timedelta
from typing import Any

import time_machine
from pyotp.totp import TOTP

from portal.core import clock
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import PASSWORD, Person
from tests.support.page import Page
from tests.support.visitor import Visitor

OWN = "/staff/your-sign-in"
SIGN_IN = "/staff/sign-in"


def token_of(page: Page) -> str:
    """The token of a page's forms."""
    return str(page.select("input[name=csrf_token]")[0]["value"])


def options_of(visitor: Visitor, page: Page, button: str = "[data-passkey]") -> dict[str, Any]:
    """What the page's passkey button would have the device do."""
    address = str(page.one(button)["data-challenge"])
    headers = {"X-CSRFToken": token_of(page)}
    return json.loads(visitor.post(address, headers=headers).response.get_data(as_text=True))


def add_passkey(person: Visitor, device: SoftAuthenticator, name: str = "Laptop") -> Page:
    """Add a passkey on **Your sign-in**."""
    page = person.get(OWN)
    made = device.create(options_of(person, page, "#add-passkey"))
    return person.submit(page, "Add a passkey", passkey=made, name=name)


def add_authenticator(person: Visitor) -> tuple[TOTP, Page]:
    """Add an authenticator app; answers what makes its codes, and the page of recovery codes."""
    page = person.submit(person.get(OWN), "Add an authenticator app")
    app = TOTP(page.one("#secret").get_text().replace(" ", ""))
    return app, person.submit(page, "Add the app", code=code_of(app))


def code_of(app: TOTP, steps: int = 0) -> str:
    """The app's code now, or some half minutes on."""
    return app.generate_otp(int(clock.wall_time().timestamp()) // 30 + steps)


def recovery_codes_on(page: Page) -> list[str]:
    """The codes that the page shows."""
    return page.one("#recovery-codes").get_text().split()


def show_password(visitor: Visitor, email: str, *, password: str = PASSWORD) -> Page:
    """Type address and password; answers the page that asks for more."""
    return visitor.submit(visitor.get(SIGN_IN), "Sign in", email=email, password=password)


def show_passkey(visitor: Visitor, device: SoftAuthenticator, *, status: int = 303) -> Page:
    """Sign in with a passkey alone."""
    page = visitor.get(SIGN_IN)
    shown = device.get(options_of(visitor, page))
    data = {"csrf_token": token_of(page), "passkey": shown, "next": "/staff/alerts"}
    return visitor.post(f"{SIGN_IN}/passkey", data, follow=False, status=status)


def after(**time: float) -> Any:
    """A while later, by the clock on the wall."""
    return time_machine.travel(clock.wall_time() + timedelta(**time), tick=False)


def is_signed_in(visitor: Visitor) -> bool:
    """Whether the staff site opens."""
    return visitor.ask("GET", "/staff/alerts", follow=False, status=None).status == 200


def newcomer(person: Person) -> Visitor:
    """Another browser."""
    return Visitor(person.app, person.base_url)
