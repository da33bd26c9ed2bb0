"""Who administers no more lets nobody in by what they sent before (FEATURES N9)."""

import pytest
from sqlalchemy import select, update

from portal.core import audit, clock, db
from portal.core.errors import Conflict
from portal.firm import invitations, queries, users
from portal.firm.actions import add_user
from portal.firm.invitations import Standing
from portal.firm.models import Level, User
from portal.firm.users import NAME_KEY_CHARS_MAX, UserDetails
from tests.support.cast import ADA, CHEAP_HASH

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("cast")]

EVE = "eve@harlow.test"
KIM = "kim@harlow.test"
KIMS = UserDetails("Kim Tran", "Clerk", frozenset({Level.ADMINISTRATOR}))
ONE_SIGN_OF_EIGHTEEN_LETTERS = "\ufdfa"


def user_of(email: str) -> User:
    with db.read() as session:
        found = queries.user_by_email(session, email)
    assert found is not None
    return found


def actor(email: str) -> str:
    return f"user:{user_of(email).public_id}"


@pytest.fixture
def eve() -> str:
    """An administrator who has invited Kim; answers the token of Kim's link."""
    with db.transaction() as session:
        held = (Level.ADMINISTRATOR,)
        add_user(session, email=EVE, name="Eve Stone", levels=held, password_hash=CHEAP_HASH)
    return invite(KIM, actor(EVE))


def invite(email: str, by: str) -> str:
    with db.transaction() as session:
        return invitations.token(invitations.invite(session, email, KIMS, by=by))


def standing(token: str) -> Standing:
    with db.read() as session:
        return invitations.link(session, token).standing


def accept(token: str) -> None:
    with db.transaction() as session:
        invitations.accept(session, token, password_hash=CHEAP_HASH)


def disable_eve() -> None:
    with db.transaction() as session:
        users.disable_user(session, user_of(EVE).public_id, by=actor(ADA.email))


def demote_eve() -> None:
    kept = user_of(EVE)
    with db.transaction() as session:
        users.edit_user(
            session,
            kept.public_id,
            UserDetails(kept.name),
            shown=users.as_shown(kept),
            by=actor(ADA.email),
        )


def withdrawals() -> list[tuple[str, str]]:
    entry = audit.AuditEntry
    with db.read() as session:
        asked = select(entry.actor, entry.subject).where(
            entry.action == "user.invitation_withdrawn"
        )
        return [(row.actor, row.subject) for row in session.execute(asked)]


@pytest.mark.parametrize("take_away", [disable_eve, demote_eve])
def test_N9_open_invitations_of_an_administrator_taken_away_are_withdrawn(
    eve: str, take_away: object
) -> None:
    assert callable(take_away)
    others = invite("lee@harlow.test", actor(ADA.email))
    take_away()
    assert standing(eve) is Standing.WITHDRAWN
    assert standing(others) is Standing.OPEN
    assert withdrawals() == [(actor(ADA.email), f"invitation:{eve.partition('.')[0]}")]
    with pytest.raises(Conflict, match="cannot be accepted any more"):
        accept(eve)


def test_N9_an_invitation_sent_in_that_very_moment_opens_nothing(eve: str) -> None:
    with db.transaction() as session:
        session.execute(update(User).where(User.email == EVE).values(disabled_at=clock.now()))
    assert standing(eve) is Standing.WITHDRAWN
    with pytest.raises(Conflict, match="cannot be accepted any more"):
        accept(eve)
    with db.read() as session:
        assert queries.user_by_email(session, KIM) is None


def test_N9_another_administrator_may_invite_the_same_person_anew(eve: str) -> None:
    disable_eve()
    anew = invite(KIM, actor(ADA.email))
    assert standing(eve) is not Standing.OPEN
    accept(anew)
    assert user_of(KIM).holds(Level.ADMINISTRATOR)


def test_N9_who_joined_before_stays(eve: str) -> None:
    accept(eve)
    disable_eve()
    assert standing(eve) is Standing.ACCEPTED
    assert withdrawals() == []


def test_N9_a_name_of_signs_that_fold_into_many_letters_is_kept_and_found() -> None:
    name = ONE_SIGN_OF_EIGHTEEN_LETTERS * users.NAME_CHARS_MAX
    with db.transaction() as session:
        made = add_user(session, email=KIM, name=name, levels=(), password_hash=CHEAP_HASH)
        assert len(made.name_key) == NAME_KEY_CHARS_MAX
    kept = user_of(KIM)
    with db.transaction() as session:
        users.edit_user(
            session,
            kept.public_id,
            UserDetails(name, "Clerk"),
            shown=users.as_shown(kept),
            by=actor(ADA.email),
        )
    assert len(user_of(KIM).name_key) == NAME_KEY_CHARS_MAX
