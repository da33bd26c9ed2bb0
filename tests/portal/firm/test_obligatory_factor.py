"""Outside the sandbox nobody works without a second factor."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.core import config, db
from portal.core.audit import AuditEntry
from portal.core.config import MailSettings, StripeSettings
from portal.firm.factors import Passkey
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, PASSWORD, Cast
from tests.support.signing_in import (
    OWN,
    add_authenticator,
    add_passkey,
    after,
    code_of,
    is_signed_in,
    newcomer,
    show_passkey,
    show_password,
    token_of,
)

NEW = "lilac otter window bread"


@pytest.fixture
def live(cast: Cast) -> Cast:
    """The product on keys of Stripe's: real money may move."""
    stripe = StripeSettings("sk_live_1", "pk_live_1", ("whsec_1",))
    mail = MailSettings("memory", 25, None, None, False, None)
    config.use(replace(config.current(), stripe=stripe, mail=mail))
    return cast


def test_outside_the_sandbox_a_password_alone_opens_one_page(live: Cast) -> None:
    ada = live.ada
    for address in ("/staff/", "/staff/alerts", "/staff/settings/users", "/staff/contacts"):
        assert ada.get(address).texts("h1") == ["Add a second factor"]
    answer = ada.get("/staff/contacts", htmx=True, status=401)
    assert answer.headers["HX-Redirect"] == OWN
    page = ada.get(OWN)
    assert page.select("nav") == []
    assert set(page.texts("main button")) == {
        "Add a passkey",
        "Add an authenticator app",
        "Sign out",
    }


def test_outside_the_sandbox_nothing_is_changed_by_a_password_alone(live: Cast) -> None:
    token = token_of(live.ada.get(OWN))
    sent = {"csrf_token": token, "old_password": PASSWORD, "new_password": NEW}
    others = newcomer(live.ada)
    show_password(others, ADA.email)
    live.ada.post(f"{OWN}/password", sent)
    live.ada.post(f"{OWN}/browsers/end-others", {"csrf_token": token})
    live.ada.post("/staff/settings/groups/new", {"csrf_token": token, "name": "X"})
    show_password(newcomer(live.ada), ADA.email)
    assert others.get(OWN).texts("h1") == ["Add a second factor"]
    with db.read() as session:
        assert "group.added" not in {one.action for one in session.scalars(select(AuditEntry))}


def test_outside_the_sandbox_a_first_factor_opens_the_house_at_once(live: Cast) -> None:
    _, page = add_authenticator(live.ada)
    assert page.texts("h1") == ["Your recovery codes"]
    assert is_signed_in(live.ada)
    add_passkey(live.ben, SoftAuthenticator())
    assert is_signed_in(live.ben)


def test_outside_the_sandbox_the_last_factor_stays(live: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(live.ada, device)
    page = live.ada.get(OWN)
    told = live.ada.submit(page, "Remove Laptop", status=409)
    assert "This is your last passkey or authenticator app." in told
    app, _ = add_authenticator(live.ada)
    live.ada.submit(live.ada.get(OWN), "Remove Laptop")
    live.ada.submit(live.ada.get(OWN), "Remove the app", status=409)
    with after(minutes=1):
        other = newcomer(live.ada)
        other.submit(show_password(other, ADA.email), "Sign in", code=code_of(app))
        assert is_signed_in(other)
    with db.read() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_outside_the_sandbox_a_passkey_alone_is_enough(live: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(live.ada, device)
    other = newcomer(live.ada)
    show_passkey(other, device)
    assert is_signed_in(other)
