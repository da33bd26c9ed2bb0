"""The people of the tests: three of the firm, a client, and a stranger."""

from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from flask import Flask

from portal.core import db
from portal.firm import queries
from portal.firm.actions import FirmDetails, add_user, set_up_firm
from portal.firm.models import Level
from tests.support.days import ZONE
from tests.support.stages import stage
from tests.support.visitor import Visitor

PASSWORD = "retainer-test-only"
COOKIE = "__Host-staff"
HOST = "localhost"
# A real argon2id hash, of the cheapest kind: the tests sign in a thousand times.
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

FIRM = FirmDetails(
    legal_name="Harlow & Reyes LLP",
    short_name="Harlow & Reyes",
    country="US",
    jurisdiction="Oregon",
    locale="en_US",
    timezone=ZONE,
    colour="#1f4b5f",
    phone="+1 503 555 0100",
    email="office@harlow.test",
    address="1 Main Street, Portland, OR 97204",
)


@dataclass(frozen=True)
class Part:
    """Who somebody is. `levels` is empty for people outside the firm."""

    name: str
    email: str
    levels: tuple[Level, ...] = ()


ADA = Part("Ada Okafor", "ada@harlow.test", (Level.ADMINISTRATOR,))
BEN = Part("Ben Lindqvist", "ben@harlow.test", (Level.BILLING,))
ANA = Part("Ana Moreau", "ana@harlow.test", (Level.ACCOUNTS,))
CLEO = Part("Cleo Vance", "cleo@client.test")
SOL = Part("Sol Nobody", "sol@stranger.test")


class Person(Visitor):
    """One of the cast at a browser of their own; staff are signed in."""

    def __init__(self, part: Part, app: Flask, base_url: str) -> None:
        super().__init__(app, base_url)
        self.name, self.email = part.name, part.email
        if part.levels:
            self.sign_in()

    def sign_in(self) -> None:
        """Sign in by the form, as staff do."""
        cookie = stage(f"signed in: {self.email}", self._cookie_of_signing_in)
        self.http.set_cookie(COOKIE, cookie, domain=HOST, secure=True)

    def _cookie_of_signing_in(self) -> str:
        page = self.get("/staff/sign-in")
        self.submit(page, "Sign in", email=self.email, password=PASSWORD, follow=False, status=303)
        cookie = self.http.get_cookie(COOKIE, HOST)
        assert cookie is not None
        return cookie.value

    def csrf_token(self) -> str:
        """The token that this person's forms carry."""
        page = self.get("/staff/alerts")
        return str(page.select("input[name=csrf_token]")[0]["value"])

    def activity_log(self) -> str:
        """What the log tells was done: beside its lines, the page names every action there is."""
        return " ".join(self.get("/staff/settings/activity-log").texts("#log-table tbody tr"))


def set_up_cast() -> None:
    """The firm and its three users."""
    with db.transaction() as session:
        set_up_firm(session, FIRM)
        for part in (ADA, BEN, ANA):
            add_user(
                session,
                email=part.email,
                name=part.name,
                levels=part.levels,
                password_hash=CHEAP_HASH,
            )


class Cast:
    """Everybody, each made when first asked for. The firm and its users exist from the start."""

    def __init__(self, app: Flask, base_url: str) -> None:
        self._app, self._base_url = app, base_url
        stage("cast", set_up_cast)

    def _play(self, part: Part) -> Person:
        return Person(part, self._app, self._base_url)

    @cached_property
    def ada(self) -> Person:
        """The administrator."""
        return self._play(ADA)

    @cached_property
    def ben(self) -> Person:
        """Billing."""
        return self._play(BEN)

    @cached_property
    def ana(self) -> Person:
        """Accounts."""
        return self._play(ANA)

    @cached_property
    def cleo(self) -> Person:
        """The client."""
        return self._play(CLEO)

    @cached_property
    def sol(self) -> Person:
        """The stranger."""
        return self._play(SOL)

    @property
    def everybody(self) -> dict[str, Person]:
        """All five by name, for access tests, which ask each of them."""
        return {name: getattr(self, name) for name in ("ada", "ben", "ana", "cleo", "sol")}


def public_id_of(email: str) -> str:
    """How addresses and forms name the user with this email."""
    with db.read() as session:
        user = queries.user_by_email(session, email)
    assert user is not None
    return user.public_id
