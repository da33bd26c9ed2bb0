"""The form of a matter, with script and without."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.clients import queries
from portal.clients.details import RelatedDetails
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.factories import clients
from tests.support.cast import Cast

MATTERS = "/staff/matters"
NEW = "/staff/matters/new"


def count() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Matter.id))) or 0


def chosen(contact: Contact, name: str = "client") -> dict[str, Any]:
    """What the combobox's script sends for a contact."""
    return {
        name: f"contact:{contact.public_id}",
        f"{name}_typed": contact.name,
        f"{name}_shown": contact.name,
    }


def relation(place: int, what: str) -> dict[str, Any]:
    """What is typed in the row of a related contact."""
    return {f"relation-{place}": what}


def the_matter() -> Matter:
    with db.read() as session:
        return queries.matter_by_id(session, session.scalars(select(Matter.id)).one())


def user_id(cast: Cast, name: str) -> str:
    select_box = cast.ada.get(NEW).one("#responsible")
    return next(
        str(option["value"]) for option in select_box.select("option") if name in option.get_text()
    )


def test_a_matter_is_opened_with_the_next_number_for_a_client_chosen_by_typing(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh", "cleo@demo.test")
    clients.matter(cleo, "Lease", "00041")
    page = cast.ben.get(NEW)
    assert page.one("#number")["value"] == "00042"
    page = cast.ben.submit(
        page, "Save matter", name="Divorce", responsible=user_id(cast, "Ada"), **chosen(cleo)
    )
    assert "The matter was added." in page
    assert page.texts("h1") == ["00042 Divorce"]
    assert page.texts(".client-facts") == ["Open Client: Cleo Marsh Responsible: Ada Okafor"]
    assert page.texts(".tabs [aria-current=page]") == ["Overview"]


def test_a_new_matter_from_a_contact_has_its_client_chosen(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    page = cast.ben.get(f"/staff/contacts/{cleo.public_id}")
    page = cast.ben.get(str(page.one("#new-matter")["href"]))
    assert page.one("#client")["value"] == "Cleo Marsh"
    cast.ben.submit(page, "Save matter", name="Lease")
    assert the_matter().client.name == "Cleo Marsh"
    cast.ben.get(f"{NEW}?client=nobody", status=404)


def test_without_script_search_brings_the_clients_as_choices(cast: Cast) -> None:
    cleo = clients.contact("Cléo Marsh", "cleo@demo.test")
    clients.contact("Marsha Lane")
    page = cast.ben.submit(cast.ben.get(NEW), "Search", client_typed="marsh", name="Lease")
    assert page.texts(".combobox-choices label") == [
        "Marsha Lane contact",
        "Cléo Marsh contact, cleo@demo.test",
    ]
    assert page.select("#error-summary") == []
    assert page.one("#name")["value"] == "Lease"
    page = cast.ben.submit(page, "Save matter", client=f"contact:{cleo.public_id}")
    assert page.texts(".client-facts a") == ["Cléo Marsh"]


def test_without_script_a_name_typed_in_full_is_enough(cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    clients.contact("Cleo Marsh-Roy")
    page = cast.ben.submit(cast.ben.get(NEW), "Save matter", client_typed="Cleo Marsh", name="Will")
    assert page.texts(".client-facts a") == ["Cleo Marsh"]


def test_a_client_chosen_and_then_typed_over_is_not_taken(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    clients.contact("Owen Blake")
    page = cast.ben.get(f"{NEW}?client={cleo.public_id}")
    page = cast.ben.submit(page, "Save matter", status=422, client_typed="ow", name="Will")
    assert page.texts("#error-summary li") == ["Choose one of those found."]
    assert page.texts(".combobox-choices label") == ["Owen Blake contact"]
    page = cast.ben.submit(page, "Save matter", status=422, client_typed="zzz")
    assert page.texts("#error-summary li") == ["Nothing was found. Try a shorter word."]
    page = cast.ben.submit(page, "Save matter", status=422, client_typed="")
    assert page.texts("#error-summary li") == ["Choose the client of this matter."]
    assert count() == 0


def test_others_in_a_matter_come_and_go_and_are_named_with_their_part(cast: Cast) -> None:
    cleo, sol = clients.contact("Cleo Marsh"), clients.contact("Sol Park")
    page = cast.ben.submit(
        cast.ben.get(f"{NEW}?client={cleo.public_id}"), "Add a contact", name="Will"
    )
    assert page.one("[autofocus]")["id"] == "related-0"
    page = cast.ben.submit(page, "Add another contact", **chosen(sol, "related-0"))
    page = cast.ben.submit(page, "Save matter", status=422, **relation(1, "Judge"))
    assert page.texts("#error-summary li") == [
        "Enter what they are in this matter.",
        "Choose one of your contacts.",
    ]
    page = cast.ben.submit(page, "Remove contact 2")
    page = cast.ben.submit(page, "Save matter", **relation(0, "Spouse"))
    assert page.texts("#matter-people li") == ["Cleo Marsh Client", "Sol Park Spouse"]
    page = cast.ben.submit(cast.ben.click(page, "Edit matter"), "Remove contact 1")
    page = cast.ben.submit(page, "Save matter")
    assert page.texts("#matter-people li") == ["Cleo Marsh Client"]


def test_a_row_left_empty_is_left_out(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    page = cast.ben.submit(
        cast.ben.get(f"{NEW}?client={cleo.public_id}"), "Add a contact", name="Will"
    )
    cast.ben.submit(page, "Save matter")
    assert count() == 1


def test_a_matter_is_edited_but_its_client_stays(cast: Cast) -> None:
    cleo, sol = clients.contact("Cleo Marsh"), clients.contact("Sol Park")
    matter = clients.matter(
        cleo, "Will", "7", opened_on=date(2026, 1, 5), related=[RelatedDetails(sol.id, "Spouse")]
    )
    page = cast.ben.get(f"{MATTERS}/{matter.public_id}/edit")
    assert page.select("#client") == []
    assert page.one("#opened_on")["value"] == "2026-01-05"
    page = cast.ben.post(
        f"{MATTERS}/{matter.public_id}/edit",
        {
            "csrf_token": cast.ben.csrf_token(),
            "shown": str(page.one("input[name=shown]")["value"]),
            "name": "Last will",
            "number": "7",
            "status": "closed",
            "opened_on": "2026-01-05",
            "relation-0": "Spouse",
            **chosen(sol, "related-0"),
            **chosen(sol),
        },
    )
    assert page.texts("h1") == ["7 Last will"]
    stored = the_matter()
    assert (stored.client_id, stored.status, stored.opened_on) == (
        cleo.id,
        "closed",
        date(2026, 1, 5),
    )
    assert stored.closed_on is not None


def test_wrong_fields_are_named_in_the_order_of_the_form(cast: Cast) -> None:
    clients.matter(clients.contact("Cleo Marsh"), "Lease", "00001")
    page = cast.ben.submit(
        cast.ben.get(NEW),
        "Save matter",
        status=422,
        number="",
        opened_on="2026-02-31",
        responsible="somebody",
    )
    assert page.title.startswith("Error: New matter")
    assert page.texts("#error-summary li") == [
        "Choose the client of this matter.",
        "Enter what the matter is about.",
        "Enter a number for the matter.",
        "Choose somebody who works at the firm.",
        "Enter the day on which the matter was opened.",
    ]
    for link in page.select("#error-summary a"):
        assert page.one(str(link["href"])).get("aria-invalid") == "true"
    page = cast.ben.submit(
        page,
        "Save matter",
        status=422,
        client_typed="Cleo Marsh",
        number="00001",
        name="Will",
        responsible="",
        opened_on="",
    )
    assert page.texts("#error-summary li") == [
        "Another matter has this number. Enter one that is free."
    ]
    assert count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"client": "contact:nobody", "name": "x", "number": "1", "status": "open"},
        {"client": "matter:nobody", "name": "x", "number": "1", "status": "open"},
        {"name": "\u202ex", "number": "\0", "status": "open"},
        {"name": "x" * 10_000, "number": "1" * 10_000, "status": "s" * 10_000},
        {"relation-0": "", "relation-7": "x", "related-7": "contact:x"},
        {"opened_on": "0001-01-01"},
        {f"relation-{n}": "x" for n in range(60)},
    ],
)
def test_a_form_full_of_nonsense_is_refused_and_nothing_is_kept(
    sent: dict[str, Any], cast: Cast
) -> None:
    page = cast.ben.post(NEW, {"csrf_token": cast.ben.csrf_token(), **sent}, status=422)
    assert "There is a problem" in page
    assert count() == 0
