"""Users and their levels: what is kept and what is refused, on both databases (FEATURES N9)."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.core import audit, clock, db
from portal.core.errors import Conflict, Invalid, Missing, Refusal
from portal.firm import queries, sessions, users
from portal.firm.actions import add_user
from portal.firm.joining import PasswordReset
from portal.firm.models import Level, User
from portal.firm.users import UserDetails
from tests.support.cast import ADA, ANA, BEN, CHEAP_HASH, Part

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("cast")]

TURNS = 6
EVE = Part("Eve Stone", "eve@harlow.test", (Level.ADMINISTRATOR,))
Work = Callable[[], object]


def user_of(part: Part) -> User:
    with db.read() as session:
        user = queries.user_by_email(session, part.email)
    assert user is not None
    return user


def actor(part: Part) -> str:
    return f"user:{user_of(part).public_id}"


def join(part: Part) -> None:
    with db.transaction() as session:
        add_user(
            session, email=part.email, name=part.name, levels=part.levels, password_hash=CHEAP_HASH
        )


def set_levels(part: Part, levels: Iterable[Level], by: str, shown: str | None = None) -> None:
    user = user_of(part)
    details = UserDetails(user.name, user.job_title, frozenset(levels))
    with db.transaction() as session:
        mark = users.as_shown(user) if shown is None else shown
        users.edit_user(session, user.public_id, details, shown=mark, by=by)


def disable(part: Part, by: str) -> None:
    with db.transaction() as session:
        users.disable_user(session, user_of(part).public_id, by=by)


def enable(part: Part, by: str) -> None:
    with db.transaction() as session:
        users.enable_user(session, user_of(part).public_id, by=by)


def levels(part: Part) -> set[str]:
    return {row.level for row in user_of(part).levels}


def administrators() -> list[str]:
    """Who administers now, by email."""
    with db.read() as session:
        everybody = queries.users(session)
    active = [user for user in everybody if user.disabled_at is None]
    return [user.email for user in active if user.holds(Level.ADMINISTRATOR)]


def at_once(*works: Work) -> list[object]:
    """Run all of these together; a refusal is an answer too, anything else is an error."""
    ready = Barrier(len(works))

    def run(work: Work) -> object:
        ready.wait()
        try:
            return work()
        except Refusal as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def logged(action: str) -> list[dict[str, object]]:
    with db.read() as session:
        rows = session.scalars(
            select(audit.AuditEntry.detail)
            .where(audit.AuditEntry.action == action)
            .order_by(audit.AuditEntry.id)
        )
        return list(rows)


def test_N9_levels_come_and_go_and_the_log_tells_before_and_after() -> None:
    set_levels(BEN, [Level.BILLING, Level.ACCOUNTS], actor(ADA))
    assert levels(BEN) == {"accounts", "billing"}
    set_levels(BEN, [], actor(ADA))
    assert levels(BEN) == set()
    first, second = logged("user.edited")
    assert (first["levels_before"], first["levels"]) == (["billing"], ["accounts", "billing"])
    assert (second["levels_before"], second["levels"]) == (["accounts", "billing"], [])


def test_N9_nobody_takes_the_administrator_level_from_themselves() -> None:
    join(EVE)
    with pytest.raises(Invalid, match="from yourself") as wrong:
        set_levels(ADA, [Level.BILLING], actor(ADA))
    assert wrong.value.field == "levels"
    set_levels(ADA, [Level.ADMINISTRATOR, Level.BILLING], actor(ADA))
    assert levels(ADA) == {"administrator", "billing"}


def test_N9_the_last_administrator_keeps_the_level_and_is_not_disabled() -> None:
    with pytest.raises(Invalid, match="last administrator"):
        set_levels(ADA, [], "system")
    with pytest.raises(Invalid, match="last administrator"):
        disable(ADA, "system")
    join(EVE)
    disable(EVE, actor(ADA))  # a disabled administrator is none
    with pytest.raises(Invalid, match="last administrator"):
        disable(ADA, "system")
    enable(EVE, actor(ADA))
    disable(ADA, actor(EVE))
    assert administrators() == [EVE.email]


def test_N9_nobody_disables_themselves() -> None:
    join(EVE)
    with pytest.raises(Invalid, match="cannot disable yourself"):
        disable(ADA, actor(ADA))
    assert user_of(ADA).disabled_at is None


def test_N9_two_administrators_cannot_take_each_others_place_at_once() -> None:
    """Real threads, real connections: one is too late, and one administrator is always left."""
    join(EVE)
    ada, eve = actor(ADA), actor(EVE)
    for turn in range(TURNS):
        if turn % 2:
            works: tuple[Work, Work] = (lambda: disable(EVE, ada), lambda: disable(ADA, eve))
        else:
            works = (lambda: set_levels(EVE, [], ada), lambda: set_levels(ADA, [], eve))
        answers = at_once(*works)
        assert len([one for one in answers if isinstance(one, Refusal)]) == 1, answers
        assert len(administrators()) == 1
        for part in (ADA, EVE):
            enable(part, "system")
            set_levels(part, [Level.ADMINISTRATOR], "system")


def test_N9_the_last_administrator_is_not_lost_from_two_tabs_at_once() -> None:
    """One tab disables one of two, the other tab takes the level of the other one."""
    join(EVE)
    for _turn in range(TURNS):
        at_once(lambda: disable(EVE, "system"), lambda: set_levels(ADA, [], "system"))
        assert len(administrators()) == 1
        for part in (ADA, EVE):
            enable(part, "system")
            set_levels(part, [Level.ADMINISTRATOR], "system")


def test_N9_who_is_an_administrator_no_more_changes_nobody() -> None:
    """Their request passed the guard just before they lost the level."""
    join(EVE)
    eve = actor(EVE)
    set_levels(EVE, [], actor(ADA))
    with pytest.raises(Conflict, match="not an administrator any more"):
        set_levels(BEN, [Level.ADMINISTRATOR], eve)
    assert levels(BEN) == {"billing"}


def test_N9_disabling_signs_out_everywhere_and_voids_what_was_begun() -> None:
    ben, wall = user_of(BEN), clock.wall_time()
    with db.transaction() as session:
        tokens = [sessions.open_session(session, ben.id).token for _ in range(2)]
        session.add(PasswordReset(public_id="x", user_id=ben.id, asked_at=wall, used_at=None))
    disable(BEN, actor(ADA))
    enable(BEN, actor(ADA))
    with db.read() as session:
        assert [sessions.find_session(session, token) for token in tokens] == [None, None]
        assert session.scalars(select(PasswordReset.used_at)).one() is not None
    assert levels(BEN) == {"billing"}


def test_disabling_and_enabling_twice_is_once() -> None:
    for change in (disable, disable, enable, enable):
        change(BEN, actor(ADA))
    assert len(logged("user.disabled")) == len(logged("user.enabled")) == 1


def test_an_old_form_does_not_undo_what_another_administrator_did() -> None:
    old = users.as_shown(user_of(BEN))
    set_levels(BEN, [], actor(ADA))
    with pytest.raises(Invalid, match="changed this user meanwhile"):
        set_levels(BEN, [Level.BILLING], actor(ADA), shown=old)
    assert levels(BEN) == set()


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (UserDetails(" "), "name"),
        (UserDetails("x" * 121), "name"),
        (UserDetails("a\u202eb"), "name"),
        (UserDetails("Ben", "y" * 81), "job_title"),
        (UserDetails("Ben", "a\x00b"), "job_title"),
    ],
)
def test_what_cannot_be_kept_of_a_user_is_refused_beside_its_field(
    details: UserDetails, field: str
) -> None:
    user = user_of(BEN)
    with pytest.raises(Invalid) as wrong, db.transaction() as session:
        users.edit_user(session, user.public_id, details, shown=users.as_shown(user), by=actor(ADA))
    assert wrong.value.field == field


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid):
        users.levels_of(["partner"])


def test_a_user_that_does_not_exist_is_missing() -> None:
    with pytest.raises(Missing), db.read() as session:
        users.user(session, "nothing")
    with pytest.raises(Missing), db.transaction() as session:
        users.disable_user(session, "nothing", by=actor(ADA))


def test_two_users_cannot_get_one_address_at_once() -> None:
    answers = at_once(*(lambda: join(EVE) for _ in range(4)))
    assert len([one for one in answers if isinstance(one, Conflict)]) == 3, answers
    assert administrators() == [ADA.email, EVE.email]
    assert user_of(ANA).email == ANA.email
