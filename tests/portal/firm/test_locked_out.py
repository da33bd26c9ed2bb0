"""Somebody who has lost every second factor is let in again by an administrator, and told."""

from collections.abc import Callable

from sqlalchemy import select

from portal.core import db
from portal.core.audit import AuditEntry
from portal.firm.models import User
from tests.support.cast import BEN, Cast
from tests.support.outbox import Outbox
from tests.support.signing_in import add_authenticator, is_signed_in, newcomer, show_password

USERS = "/staff/settings/users"


def page_of_ben() -> str:
    with db.read() as session:
        public_id = session.scalars(select(User.public_id).where(User.email == BEN.email)).one()
    return f"{USERS}/{public_id}"


def test_N9_an_administrator_removes_the_second_factors_of_who_lost_them(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    add_authenticator(cast.ben)
    assert show_password(newcomer(cast.ben), BEN.email).texts("h1") == ["One more step"]
    page = cast.ada.get(page_of_ben())
    cast.ada.submit(page, "Remove second factors")
    assert not is_signed_in(cast.ben)
    other = newcomer(cast.ben)
    show_password(other, BEN.email)
    assert is_signed_in(other)
    run_jobs()
    assert any("removed all your passkeys" in email.text for email in outbox.to(BEN.email))
    with db.read() as session:
        logged = select(AuditEntry.actor).where(AuditEntry.action == "user.factors_forgotten")
        assert len(session.scalars(logged).all()) == 1


def test_nobody_is_offered_to_remove_their_own_or_what_is_not_there(cast: Cast) -> None:
    add_authenticator(cast.ada)
    assert "Remove second factors" not in cast.ada.get(page_of_ben()).texts("button")
    (own,) = [
        str(link["href"])
        for link in cast.ada.get(USERS).select("a")
        if "Ada Okafor" in link.get_text()
    ]
    assert "Remove second factors" not in cast.ada.get(own).texts("button")
