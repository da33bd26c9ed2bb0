"""**Settings → Client portal** (FEATURES M13)."""

from sqlalchemy import select

from portal.access import queries
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories import clients, portals
from tests.support.cast import BEN, Cast

ADDRESS = "/staff/settings/client-portal"


def changes() -> list[dict[str, object]]:
    with db.read() as session:
        made = select(AuditEntry).where(AuditEntry.action == "portal_settings.changed")
        return [line.detail for line in session.scalars(made.order_by(AuditEntry.id))]


def names_matters() -> bool:
    with db.read() as session:
        return queries.names_matters(session)


def test_M13_emails_name_no_matter_until_an_administrator_says_so(cast: Cast) -> None:
    assert names_matters() is False
    page = cast.ada.get(ADDRESS)
    assert not page.one("#names_matters").has_attr("checked")
    page = cast.ada.submit(page, "Save changes", names_matters="yes")
    assert "The changes were saved." in page
    assert page.one("#names_matters").has_attr("checked")
    assert names_matters() is True
    cast.ada.submit(page, "Save changes")
    assert changes() == [{"emails_name_the_matter": True}]
    cast.ada.submit(page, "Save changes", names_matters=None)
    assert names_matters() is False
    assert len(changes()) == 2
    assert "Client portal settings changed" in cast.ada.activity_log()


def test_only_administrators_open_and_change_them(cast: Cast) -> None:
    for name, person in cast.everybody.items():
        if name == "ada":
            continue
        staff = name in ("ben", "ana")
        asked = person.ask("GET", ADDRESS, follow=False, status=None)
        assert asked.status == (403 if staff else 303)
        token = {"csrf_token": person.csrf_token()} if staff else {}
        sent = {"names_matters": "yes", **token}
        person.ask("POST", ADDRESS, data=sent, follow=False, status=None)
    assert names_matters() is False


def test_what_was_done_with_portals_stands_in_the_activity_log_in_words(cast: Cast) -> None:
    matter = clients.matter(clients.contact("Cleo Vance", "cleo@client.test"), "Lease", "00012")
    portals.opened(matter, portals.firm_person(BEN.email))
    page = cast.ada.activity_log()
    assert "Client portal opened" in page
    assert "Participant added" in page
