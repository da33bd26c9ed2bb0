"""User groups: what the table keeps, on both databases (FEATURES N7)."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from portal.core import audit, clock, db
from portal.core.errors import Invalid, Missing
from portal.firm import groups, queries
from portal.firm.groups import GroupDetails
from portal.firm.models import Group
from tests.support.cast import ADA, BEN, public_id_of

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("cast")]

BY = "user:ada"


def made(name: str, *emails: str) -> str:
    """A new group of these people; answers its public id."""
    with db.transaction() as session:
        members = [user for user in queries.users(session) if user.email in emails]
        return groups.add_group(session, GroupDetails(name, "", members), by=BY).public_id


def members(public_id: str) -> list[str]:
    with db.read() as session:
        return [user.name for user in groups.group(session, public_id).members]


def logged() -> list[tuple[str, dict[str, object]]]:
    with db.read() as session:
        rows = session.execute(
            select(audit.AuditEntry.action, audit.AuditEntry.detail)
            .where(audit.AuditEntry.action.startswith("group."))
            .order_by(audit.AuditEntry.id)
        )
        return [(action, detail) for action, detail in rows]


def test_N7_a_group_keeps_its_members_and_every_change_stands_in_the_log() -> None:
    public_id = made("Front desk", ADA.email, BEN.email)
    assert members(public_id) == [ADA.name, BEN.name]
    with db.transaction() as session:
        kept = groups.group(session, public_id, changing=True)
        ben = kept.members[1]
        details = GroupDetails("Front office", "Who opens the mail", [ben])
        groups.edit_group(session, kept, details, version=1, by=BY)
    assert members(public_id) == [BEN.name]
    for change in (groups.archive_group, groups.archive_group, groups.unarchive_group):
        with db.transaction() as session:
            change(session, groups.group(session, public_id, changing=True), by=BY)
    actions = [action for action, _ in logged()]
    assert actions == ["group.added", "group.edited", "group.archived", "group.unarchived"]
    edited = logged()[1][1]
    assert edited["changed"] == ["name", "description"]
    assert edited["removed"] == [public_id_of(ADA.email)]
    assert edited["added"] == []


def test_an_old_form_does_not_put_a_removed_member_back() -> None:
    public_id = made("Front desk", ADA.email, BEN.email)
    with db.transaction() as session:
        kept = groups.group(session, public_id, changing=True)
        groups.edit_group(session, kept, GroupDetails("Front desk"), version=1, by=BY)
    with pytest.raises(Invalid, match="changed this group meanwhile"), db.transaction() as session:
        kept = groups.group(session, public_id, changing=True)
        everybody = queries.users(session)
        groups.edit_group(
            session, kept, GroupDetails("Front desk", "", everybody), version=1, by=BY
        )
    assert members(public_id) == []


@pytest.mark.parametrize("name", ["", "   ", "\u202eksed", "x" * 81, "front DESK"])
def test_a_name_that_cannot_be_used_is_refused(name: str) -> None:
    made("Front desk")
    with pytest.raises(Invalid) as wrong:
        made(name)
    assert wrong.value.field == "name"


def test_a_name_of_eighty_characters_and_a_description_of_five_hundred_fit() -> None:
    with db.transaction() as session:
        made_group = groups.add_group(session, GroupDetails("x" * 80, "y" * 500), by=BY)
        assert (len(made_group.name), len(made_group.description)) == (80, 500)
    with pytest.raises(Invalid) as wrong, db.transaction() as session:
        groups.add_group(session, GroupDetails("z", "y" * 501), by=BY)
    assert wrong.value.field == "description"


def test_the_name_of_an_archived_group_is_not_given_twice() -> None:
    public_id = made("Front desk")
    with db.transaction() as session:
        groups.archive_group(session, groups.group(session, public_id, changing=True), by=BY)
    with pytest.raises(Invalid, match="archived group has this name"):
        made("Front desk")


def test_two_groups_of_one_name_are_refused_by_the_database_too() -> None:
    made("Front desk")
    values = {"name": "Front desk", "name_key": "front desk", "made_at": clock.now()}
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(
            insert(Group).values(public_id="other", description="", version=1, **values)
        )


def test_a_disabled_member_is_not_counted_among_the_active_ones() -> None:
    made("Front desk", ADA.email, BEN.email)
    with db.transaction() as session:
        ben = queries.user_by_email(session, BEN.email)
        assert ben is not None
        ben.disabled_at = clock.now()
    with db.read() as session:
        (listed,) = groups.find_groups(session, archived=False)
    assert listed.people == 1


def test_a_group_that_does_not_exist_is_missing() -> None:
    with pytest.raises(Missing), db.read() as session:
        groups.group(session, "nothing")
