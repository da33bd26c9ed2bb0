"""Exactly one target of payment emails, in the rules and in the database (FEATURES N3–N5)."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from portal.core import audit, clock, db
from portal.core.errors import Invalid
from portal.firm import groups
from portal.firm import queries as firm_queries
from portal.firm.groups import GroupDetails
from portal.firm.models import Group, Level
from portal.notifications.actions import choose_audience
from portal.notifications.models import PaymentAudience, Target
from portal.notifications.queries import UNTIL_CHOSEN, Chosen, chosen_audience
from portal.outbox.registry import recipients
from tests.support.cast import ADA, ANA, BEN

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("cast")]

BY = "user:ada"


def told() -> list[str]:
    """Who is emailed when a payment email is sent now."""
    with db.read() as session:
        return [one.address for one in recipients(session, "firm.payments", {})]


def choose(chosen: Chosen) -> None:
    with db.transaction() as session:
        choose_audience(session, chosen, by=BY)


def group_of(*emails: str) -> Group:
    with db.transaction() as session:
        members = [user for user in firm_queries.users(session) if user.email in emails]
        return groups.add_group(session, GroupDetails("Payments", "", members), by=BY)


def disable(email: str) -> None:
    with db.transaction() as session:
        user = firm_queries.user_by_email(session, email)
        assert user is not None
        user.disabled_at = clock.now()


def test_N2_until_somebody_chooses_administrators_are_emailed() -> None:
    with db.read() as session:
        assert chosen_audience(session) == UNTIL_CHOSEN
    assert told() == [ADA.email]


def test_N4_no_one_is_nobody_at_all() -> None:
    choose(Chosen(Target.NO_ONE))
    assert told() == []


@pytest.mark.parametrize(
    ("level", "email"),
    [
        (Level.ADMINISTRATOR, ADA.email),
        (Level.BILLING, BEN.email),
        (Level.ACCOUNTS, ANA.email),
    ],
)
def test_N4_a_level_is_every_active_user_who_holds_it(level: Level, email: str) -> None:
    choose(Chosen(Target.LEVEL, level))
    assert told() == [email]
    disable(email)
    assert told() == []


def test_N4_a_group_is_every_active_member_at_the_time_of_sending() -> None:
    group = group_of(ANA.email, BEN.email)
    choose(Chosen(Target.GROUP, group=group))
    assert told() == [ANA.email, BEN.email]
    disable(BEN.email)
    assert told() == [ANA.email]
    with db.transaction() as session:
        kept = groups.group(session, group.public_id, changing=True)
        ada = firm_queries.user_by_email(session, ADA.email)
        assert ada is not None
        groups.edit_group(session, kept, GroupDetails("Payments", "", [ada]), version=1, by=BY)
    assert told() == [ADA.email]


def test_N5_an_archived_group_gets_no_emails_and_cannot_be_chosen() -> None:
    group = group_of(ANA.email)
    choose(Chosen(Target.GROUP, group=group))
    with db.transaction() as session:
        groups.archive_group(session, groups.group(session, group.public_id, changing=True), by=BY)
    assert told() == []
    with pytest.raises(Invalid, match="archived"), db.transaction() as session:
        kept = groups.group(session, group.public_id)
        choose_audience(session, Chosen(Target.GROUP, group=kept), by=BY)


def test_every_choice_stands_in_the_log_and_the_last_one_counts() -> None:
    choose(Chosen(Target.LEVEL, Level.BILLING))
    choose(Chosen(Target.NO_ONE))
    with db.read() as session:
        rows = session.scalars(
            select(audit.AuditEntry)
            .where(audit.AuditEntry.action == "payment_notifications.chosen")
            .order_by(audit.AuditEntry.id)
        )
        assert [(row.actor, row.detail["target"], row.detail["level"]) for row in rows] == [
            (BY, "level", "billing"),
            (BY, "no one", None),
        ]
        assert chosen_audience(session) == Chosen(Target.NO_ONE)


@pytest.mark.parametrize(
    ("target", "level", "with_group"),
    [
        ("no one", "billing", False),
        ("no one", None, True),
        ("level", None, False),
        ("level", "partner", False),
        ("level", "billing", True),
        ("group", None, False),
        ("group", "accounts", True),
        ("everybody", None, False),
    ],
)
def test_N3_the_database_refuses_anything_but_exactly_one_target(
    target: str, level: str | None, with_group: bool
) -> None:
    group_id = group_of(ANA.email).id if with_group else None
    with pytest.raises(IntegrityError, match="payment_audience"):
        store(target=target, level=level, group_id=group_id)
    assert told() == [ADA.email]


def test_N3_the_database_refuses_a_second_choice_beside_the_first() -> None:
    choose(Chosen(Target.LEVEL, Level.BILLING))
    with pytest.raises(IntegrityError, match="one_row"):
        store(id=2, target="no one")


def store(**values: Any) -> None:
    """Write the choice past every rule of the code."""
    told_by = {"changed_at": clock.now(), "changed_by": BY}
    with db.transaction() as session:
        session.execute(insert(PaymentAudience).values(**{"id": 1, **told_by, **values}))
