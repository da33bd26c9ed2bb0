"""Custom billing rates of contacts and matters: set, not in force, removed, which one applies."""

import pytest
from sqlalchemy import select

from payments.billing import rates
from portal.clients.models import Contact, Matter
from portal.clients.rates import BillingRate
from portal.core import clock, db
from portal.core.errors import Invalid
from portal.firm.groups import GroupDetails, add_group
from portal.firm.models import Group, User
from tests.factories.billing import Office
from tests.payments.billing.desk import matter_key
from tests.support.cast import BEN, Cast, Part

BY = "user:tester"


def group(name: str, *members: Part, excluded: bool = False) -> str:
    """The key of a group of these people."""
    with db.transaction() as session:
        emails = [part.email for part in members]
        users = session.scalars(select(User).where(User.email.in_(emails))).all()
        made = add_group(session, GroupDetails(name, "", users), by=BY)
        made.excluded_from_rates = excluded
        return f"group:{made.public_id}"


def user(part: Part) -> str:
    with db.read() as session:
        name = session.scalars(select(User.public_id).where(User.email == part.email)).one()
    return f"user:{name}"


def set_rate(of: type[Contact] | type[Matter], of_id: int, key: str, cents: int) -> None:
    with db.transaction() as session:
        rates.set_rate(session, session.get_one(of, of_id), key, cents, by=BY)


def applied(part: Part, matter_id: int) -> int | None:
    with db.read() as session:
        ben = session.scalars(select(User.id).where(User.email == part.email)).one()
        return rates.rates_for(session, ben, [session.get_one(Matter, matter_id)]).get(matter_id)


def switch(key: str, **changed: object) -> None:
    with db.transaction() as session:
        public_id = key.removeprefix("group:")
        kept = session.scalars(select(Group).where(Group.public_id == public_id)).one()
        for name, value in changed.items():
            setattr(kept, name, value)


def test_N8_the_most_specific_rate_applies_and_of_several_groups_the_highest(
    cast: Cast, desk: Office
) -> None:
    cleo, lease = desk.cleo.id, desk.cleo.matters[0]
    assert applied(BEN, lease) is None
    associates, seniors = group("Associates", BEN), group("Seniors", BEN)
    set_rate(Contact, cleo, associates, 20_000)
    set_rate(Contact, cleo, seniors, 30_000)
    assert applied(BEN, lease) == 30_000
    set_rate(Contact, cleo, user(BEN), 25_000)
    assert applied(BEN, lease) == 25_000
    set_rate(Matter, lease, associates, 15_000)
    assert applied(BEN, lease) == 15_000
    assert applied(BEN, desk.cleo.matters[1]) == 25_000
    set_rate(Matter, lease, user(BEN), 10_000)
    assert applied(BEN, lease) == 10_000
    set_rate(Matter, lease, user(BEN), 11_000)
    assert applied(BEN, lease) == 11_000, "set again, it takes the place of the one before"


def test_N8_an_excluded_or_archived_group_is_not_offered_and_not_in_force(
    cast: Cast, desk: Office
) -> None:
    cleo, lease = desk.cleo, desk.cleo.matters[0]
    page_address = f"/staff/contacts/{cleo.public_id}/billing-rates"
    interns, partners = group("Interns", excluded=True), group("Partners", BEN)
    page = cast.ben.get(page_address)
    assert "Group: Partners" in page.texts("#payee option")
    assert "Group: Interns" not in page.texts("#payee option")
    with pytest.raises(Invalid):
        set_rate(Contact, cleo.id, interns, 1_000)

    cast.ben.submit(page, "Save rate", payee=partners, hour="410")
    assert applied(BEN, lease) == 41_000
    switch(partners, excluded_from_rates=True)
    assert applied(BEN, lease) is None
    page = cast.ben.get(page_address)
    assert "Not in force: this group is excluded from custom billing rate." in page
    assert "$410.00" in page
    again = cast.ben.submit(page, "Save rate", payee=partners, hour="420", status=422)
    assert "Choose a user or a group from the list." in again

    switch(partners, excluded_from_rates=False, archived_at=clock.now(), archived_by=BY)
    assert applied(BEN, lease) is None
    page = cast.ben.get(page_address)
    assert "Not in force: this group is archived." in page
    page = cast.ben.submit(page, "Remove Group: Partners")
    assert "No custom billing rates" in page
    with db.read() as session:
        assert session.scalars(select(BillingRate)).all() == []


def test_N8_a_matter_shows_its_own_rates_and_those_of_its_client(cast: Cast, desk: Office) -> None:
    cleo, lease = desk.cleo, desk.cleo.matters[0]
    set_rate(Contact, cleo.id, user(BEN), 25_000)
    page = cast.ada.get(f"/staff/matters/{matter_key(lease)}/billing-rates?q=ben")
    assert page.texts("#client-rates tbody tr") == ["Ben Lindqvist $250.00 In force"]
    page = cast.ada.submit(page, "Save rate", payee=user(BEN), hour="275.50")
    assert "The billing rate was saved." in page
    assert "$275.50" in page.one("#own-rates").get_text()


def test_N9_only_billing_and_administrators_set_rates(cast: Cast, desk: Office) -> None:
    address = f"/staff/contacts/{desk.cleo.public_id}/billing-rates"
    page = cast.ana.get(address)
    assert not page.select("#payee")
    sent = {"csrf_token": cast.ana.csrf_token(), "payee": user(BEN), "hour": "100"}
    cast.ana.post(address, sent, status=403)


@pytest.mark.parametrize("typed", ["", "much", "-1", "100000000000"])
def test_a_rate_that_is_no_amount_is_refused_and_what_was_typed_is_kept(
    typed: str, cast: Cast, desk: Office
) -> None:
    page = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}/billing-rates")
    again = cast.ben.submit(page, "Save rate", payee=user(BEN), hour=typed, status=422)
    assert again.one("#hour")["value"] == typed
    assert again.one("#payee option[selected]")["value"] == user(BEN)
    with db.read() as session:
        assert session.scalars(select(BillingRate)).all() == []


def test_N8_whoever_drafts_a_bill_sees_the_rates_in_force(cast: Cast, desk: Office) -> None:
    cleo, lease = desk.cleo, desk.cleo.matters[0]
    set_rate(Contact, cleo.id, user(BEN), 25_000)
    set_rate(Matter, lease, group("Interns"), 9_050)
    page = cast.ben.get(f"/staff/bills/new?client=contact:{cleo.public_id}")
    told = page.one(".bill-rates").get_text()
    assert "Ben Lindqvist: $250.00" in " ".join(told.split())
    assert [one["value"] for one in page.select("#rates option")] == ["250.00", "90.50"]
    assert page.one("#rate-0")["list"] == "rates"
