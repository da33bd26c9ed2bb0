"""Invitations: their links, their 24 hours and their one use, on both databases (FEATURES N9)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask

from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing, Refusal
from portal.firm import invitations, queries
from portal.firm.actions import add_user
from portal.firm.invitations import Standing
from portal.firm.models import Level
from portal.firm.users import UserDetails
from tests.support.cast import ADA, CHEAP_HASH
from tests.support.outbox import Outbox

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("cast")]

KIM = "kim@harlow.test"
BILLING = UserDetails("Kim Tran", "Clerk", frozenset({Level.BILLING}))
BY = "system"
Jobs = Callable[[], int]
Advance = Callable[[timedelta], int]


def invite(details: UserDetails = BILLING, email: str = KIM) -> str:
    """Invite somebody; answers the token of the link."""
    with db.transaction() as session:
        return invitations.token(invitations.invite(session, email, details, by=BY))


def accept(token: str) -> str:
    with db.transaction() as session:
        return invitations.accept(session, token, password_hash=CHEAP_HASH).email


def standing(token: str) -> Standing:
    with db.read() as session:
        return invitations.link(session, token).standing


def change(token: str, action: Callable[..., None], **more: int) -> None:
    with db.transaction() as session:
        public_id = token.partition(".")[0]
        kept = invitations.invitation(session, public_id, changing=True)
        action(session, kept, by=BY, **more)


def test_N9_the_24_hours_begin_when_the_mail_server_takes_the_email(
    run_jobs: Jobs, advance: Advance
) -> None:
    token = invite()
    with db.read() as session:
        assert invitations.link(session, token).expires_at is None
    run_jobs()
    advance(timedelta(hours=23, minutes=59))
    assert standing(token) == Standing.OPEN
    advance(timedelta(minutes=1))
    assert standing(token) == Standing.EXPIRED
    with pytest.raises(Conflict):
        accept(token)
    change(token, invitations.resend, version=1)
    run_jobs()
    assert standing(token) == Standing.REPLACED


def test_N9_a_new_invitation_voids_the_older_and_has_its_own_24_hours(
    run_jobs: Jobs, advance: Advance, outbox: Outbox
) -> None:
    old = invite()
    run_jobs()
    advance(timedelta(hours=20))
    new = invite(UserDetails("Kim T. Tran"))
    run_jobs()
    advance(timedelta(hours=20))
    assert (standing(old), standing(new)) == (Standing.REPLACED, Standing.OPEN)
    with pytest.raises(Conflict):
        accept(old)
    accept(new)
    with db.read() as session:
        user = queries.user_by_email(session, KIM)
    assert user is not None
    assert (user.name, user.levels) == ("Kim T. Tran", [])
    assert len(outbox.to(KIM)) == 2


def test_N9_an_invitation_is_accepted_once_however_many_try_at_once(run_jobs: Jobs) -> None:
    token = invite()
    run_jobs()
    ready = Barrier(6)

    def run(_number: int) -> object:
        ready.wait()
        try:
            return accept(token)
        except Refusal as refused:
            return refused

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(run, range(6)))
    assert [one for one in answers if isinstance(one, str)] == [KIM]
    assert standing(token) == Standing.ACCEPTED


def test_N9_accepting_and_withdrawing_at_once_leaves_one_of_the_two(run_jobs: Jobs) -> None:
    for turn in range(5):
        email = f"kim{turn}@harlow.test"
        token, ready = invite(email=email), Barrier(2)

        def run(work: Callable[[], object], ready: Barrier = ready) -> bool:
            ready.wait()
            try:
                work()
            except Refusal:
                return False
            return True

        works = (lambda t=token: accept(t), lambda t=token: change(t, invitations.withdraw))
        with ThreadPoolExecutor(2) as pool:
            accepted, withdrawn = pool.map(run, works)
        with db.read() as session:
            joined = queries.user_by_email(session, email) is not None
        assert accepted != withdrawn
        assert joined == accepted
    run_jobs()


def test_a_withdrawn_invitation_opens_nothing_and_its_email_is_not_sent(
    run_jobs: Jobs, outbox: Outbox
) -> None:
    token = invite()
    change(token, invitations.withdraw)
    change(token, invitations.withdraw)
    run_jobs()
    assert outbox.to(KIM) == []
    assert standing(token) == Standing.WITHDRAWN
    with pytest.raises(Conflict):
        accept(token)
    with db.read() as session:
        assert invitations.find_invitations(session) == []
    again = invite()
    assert (standing(token), standing(again)) == (Standing.REPLACED, Standing.OPEN)


def test_pressing_resend_twice_sends_one_email(run_jobs: Jobs, outbox: Outbox) -> None:
    token = invite()
    change(token, invitations.resend, version=1)
    with pytest.raises(Conflict, match="sent already"):
        change(token, invitations.resend, version=1)
    run_jobs()
    assert len(outbox.to(KIM)) == 1  # the first was replaced before it was sent


def test_an_address_that_has_a_user_is_not_invited_and_opens_no_second_one() -> None:
    with pytest.raises(Conflict, match="already"):
        invite(email=ADA.email.upper())
    token = invite()
    with db.transaction() as session:
        add_user(session, email=KIM, name="Kim", levels=[], password_hash=CHEAP_HASH)
    assert standing(token) == Standing.TAKEN
    with pytest.raises(Conflict):
        accept(token)
    with pytest.raises(Conflict, match="joined meanwhile"):
        change(token, invitations.resend, version=1)


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a@b@c", "kim@harlow.test\nBcc: x@y.test"])
def test_an_address_that_no_mail_reaches_is_refused(email: str) -> None:
    with pytest.raises(Invalid) as wrong:
        invite(email=email)
    assert wrong.value.field == "email"


def test_a_forged_link_is_none_of_ours(app: Flask) -> None:
    token = invite()
    public_id, _dot, mac = token.partition(".")
    other = invite(email="lee@harlow.test").partition(".")[2]
    swapped = (f"{public_id}.{other}", f"nobody.{mac}")
    for forged in (public_id, f"{public_id}.", f"{token}x", "", *swapped):
        with pytest.raises(Missing), db.read() as session:
            invitations.link(session, forged)


def test_who_is_invited_is_listed_with_the_fate_of_the_email(
    run_jobs: Jobs, advance: Advance
) -> None:
    invite()
    invite(UserDetails("Abe Lin"), "abe@harlow.test")
    with db.read() as session:
        listed = invitations.find_invitations(session)
    assert [(one.invitation.name, one.expires_at) for one in listed] == [
        ("Abe Lin", None),
        ("Kim Tran", None),
    ]
    run_jobs()
    advance(timedelta(hours=24))
    with db.read() as session:
        assert [one.expired for one in invitations.find_invitations(session)] == [True, True]
        for typed in ("kim", "KIM@harlow", "clerk", "tran kim"):
            (found,) = invitations.find_invitations(session, typed)
            assert found.invitation.email == KIM
        assert invitations.find_invitations(session, "100%") == []
