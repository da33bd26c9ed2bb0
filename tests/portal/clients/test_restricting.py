"""Restricting a matter to groups on its form, and what the form refuses (FEATURES N8)."""

from typing import Any

from sqlalchemy import select

from portal.clients.models import Matter, MatterGroup
from portal.core import db
from portal.core.audit import AuditEntry
from portal.firm.groups import GroupDetails, add_group, archive_group, group
from portal.firm.models import User
from tests.factories import clients
from tests.support.cast import BEN, Cast, Part
from tests.support.page import Page

BY = "user:tester"


def team(name: str, *members: Part) -> str:
    """The public id of a group of these people."""
    with db.transaction() as session:
        emails = [part.email for part in members]
        users = session.scalars(select(User).where(User.email.in_(emails))).all()
        return add_group(session, GroupDetails(name, "", users), by=BY).public_id


def lease(name: str = "Lease") -> Matter:
    return clients.matter(clients.contact(f"Cleo {name}"), name)


def groups_of(matter: Matter) -> int:
    with db.read() as session:
        rows = session.scalars(select(MatterGroup).where(MatterGroup.matter_id == matter.id))
        return len(rows.all())


def test_N8_an_administrator_restricts_a_matter_and_opens_it_again(cast: Cast) -> None:
    matter, deal = lease(), team("Deal team")
    address = f"/staff/matters/{matter.public_id}"
    cast.ben.get(address)
    form = cast.ada.get(f"{address}/edit")
    page = cast.ada.submit(form, "Save matter", open_to="groups", group=[deal])
    assert "Restricted" in page
    assert "Deal team (and administrators)" in page
    cast.ben.get(address, status=404)
    cast.ben.get(f"{address}/edit", status=404)
    assert "Lease" not in cast.ben.get("/staff/matters").texts("tbody tr")
    form = cast.ada.get(f"{address}/edit")
    assert form.one("[name=group][checked]")["value"] == deal
    cast.ada.submit(form, "Save matter", open_to="everybody")
    assert groups_of(matter) == 0
    cast.ben.get(address)
    with db.read() as session:
        lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "matter.edited"))
        assert [line.detail["changed"] for line in lines] == [["open_to"], ["open_to"]]


def test_N8_a_member_sees_it_also_when_the_group_is_archived(cast: Cast) -> None:
    matter, deal = lease(), team("Deal team", BEN)
    address = f"/staff/matters/{matter.public_id}"
    form = cast.ada.get(f"{address}/edit")
    cast.ada.submit(form, "Save matter", open_to="groups", group=[deal])
    cast.ana.get(address, status=404)
    with db.transaction() as session:
        archive_group(session, group(session, deal), by=BY)
    cast.ben.get(address)
    cast.ana.get(address, status=404)
    form = cast.ada.get(f"{address}/edit")
    assert "Deal team (archived)" in form
    cast.ada.submit(form, "Save matter", name="Lease of the shop")
    assert groups_of(matter) == 1
    other = cast.ada.get(f"/staff/matters/{lease('Will').public_id}/edit")
    assert "Deal team" not in other


def test_N8_groups_that_cannot_be_chosen_are_refused(cast: Cast) -> None:
    matter, gone = lease(), team("Gone")
    with db.transaction() as session:
        archive_group(session, group(session, gone), by=BY)
    team("Deal team")
    form = cast.ada.get(f"/staff/matters/{matter.public_id}/edit")
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"open_to": "groups"}, "Choose at least one group, or everybody at the firm."),
        ({"open_to": "groups", "group": [gone]}, "One of these groups cannot be chosen any more."),
        ({"open_to": "groups", "group": ["nothing"]}, "One of these groups cannot be chosen"),
        ({"open_to": "nobody"}, "Choose who may see this matter."),
    )
    for sent, told in refused:
        again = cast.ada.submit(form, "Save matter", status=422, name="Typed", **sent)
        assert told in again
        assert again.one("#name")["value"] == "Typed"
    assert groups_of(matter) == 0


def test_N9_whoever_may_not_restrict_matters_reads_it_and_cannot_change_it(cast: Cast) -> None:
    matter, deal = lease(), team("Deal team", BEN)
    address = f"/staff/matters/{matter.public_id}/edit"
    cast.ada.submit(cast.ada.get(address), "Save matter", open_to="groups", group=[deal])
    form = cast.ben.get(address)
    assert "Only these groups, and administrators: Deal team" in form
    assert not form.select("[name=open_to]")
    cast.ben.submit(form, "Save matter", open_to="everybody", name="Renamed")
    assert groups_of(matter) == 1
    cast.ana.get(address, status=404)


def test_N8_a_new_matter_may_be_restricted_from_the_start(cast: Cast) -> None:
    cleo, deal = clients.contact("Cleo"), team("Deal team")
    form = cast.ada.get(f"/staff/matters/new?client={cleo.public_id}")
    cast.ada.submit(form, "Save matter", name="Secret merger", open_to="groups", group=[deal])
    assert "Secret merger" not in cast.ben.get(f"/staff/contacts/{cleo.public_id}")
    assert "Secret merger" in cast.ada.get(f"/staff/contacts/{cleo.public_id}")


def sent_from(form: Page, *without: str, **changed: str) -> dict[str, str]:
    """What a browser would send of the fields of a matter that is related to nobody."""
    names = ("shown", "number", "name", "opened_on")
    sent = {name: str(form.one(f"[name={name}]").get("value", "")) for name in names}
    sent |= {"status": "open", "open_to": "everybody", **changed}
    return {name: value for name, value in sent.items() if name not in without}


def test_N8_a_form_from_before_cannot_open_a_matter_that_was_restricted_since(cast: Cast) -> None:
    matter, deal = lease(), team("Deal team")
    address = f"/staff/matters/{matter.public_id}/edit"
    stale, fresh = cast.ada.get(address), cast.ada.get(address)
    cast.ada.submit(fresh, "Save matter", open_to="groups", group=[deal])
    again = cast.ada.submit(stale, "Save matter", status=422, name="Lease of the shop")
    assert "Somebody changed this matter meanwhile. Open it again" in again
    assert again.one("#name")["value"] == "Lease of the shop"
    cast.ada.submit(again, "Save matter", status=422)  # sent again, it is as old as before
    assert groups_of(matter) == 1
    cast.ben.get(address, status=404)
    kept = cast.ada.submit(cast.ada.get(address), "Save matter", name="Lease of the shop")
    assert "Lease of the shop" in kept
    assert groups_of(matter) == 1


def test_the_last_of_two_who_edit_a_matter_does_not_undo_the_first(cast: Cast) -> None:
    matter = lease()
    address = f"/staff/matters/{matter.public_id}/edit"
    first, last = cast.ben.get(address), cast.ana.get(address)
    cast.ben.submit(first, "Save matter", number="2026-7")
    cast.ana.submit(last, "Save matter", status=422, name="Rent")
    page = cast.ana.get(address)
    assert page.one("#number")["value"] == "2026-7"
    assert page.one("#name")["value"] == "Lease"


def test_N8_a_form_that_says_nothing_of_who_may_see_it_leaves_that_as_it_is(cast: Cast) -> None:
    matter, deal = lease(), team("Deal team")
    address = f"/staff/matters/{matter.public_id}/edit"
    cast.ada.submit(cast.ada.get(address), "Save matter", open_to="groups", group=[deal])
    token = {"csrf_token": cast.ada.csrf_token()}
    sent = sent_from(cast.ada.get(address), "open_to", name="Renamed")
    cast.ada.ask("POST", address, data=sent | token)
    assert "Renamed" in cast.ada.get(f"/staff/matters/{matter.public_id}")
    assert groups_of(matter) == 1
    unmarked = sent_from(cast.ada.get(address), "shown")  # nor does one that says not what it saw
    cast.ada.ask("POST", address, data=unmarked | token, status=422)
    assert groups_of(matter) == 1


def test_the_mark_of_a_form_stays_when_its_rows_change(cast: Cast) -> None:
    matter = lease()
    address = f"/staff/matters/{matter.public_id}/edit"
    form = cast.ben.get(address)
    cast.ana.submit(cast.ana.get(address), "Save matter", name="Rent")
    longer = cast.ben.submit(form, "Add a contact")
    assert longer.one("[name=shown]")["value"] == form.one("[name=shown]")["value"]
    cast.ben.submit(longer, "Save matter", status=422)
