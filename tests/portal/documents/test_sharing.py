"""**Share** and **Stop sharing** from the matter's Documents (FEATURES C3, C8, C12)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.models import ClientPortal
from portal.core import db
from portal.documents.models import Share
from tests.factories import clients, portals
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.support.cast import Cast
from tests.support.outbox import Outbox


def live() -> list[Share]:
    with db.read() as session:
        return list(session.scalars(select(Share).where(Share.stopped_at.is_(None))))


def test_C3_who_will_see_it_is_said_before_it_is_shared(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    page = cabinet.cast.ada.get(f"/staff/folders/{place.public_id}/sharing")
    assert page.texts(".readers li") == ["Cleo Vance"]
    assert "what is added to it later is shared too" in page
    assert live() == []


def test_C8_the_first_share_opens_the_portal_and_invites_the_client(
    cast: Cast, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    matter = clients.matter(clients.contact("Nadia Roy", "nadia@client.test"), "Will")
    ben = cast.ben
    person = portals.firm_person(ben.email)
    paper = papers.document(matter, "will.pdf", person)
    form = ben.get(f"/staff/documents/{paper.public_id}/sharing")
    assert "Nadia Roy has not joined yet and gets an invitation" in form
    page = ben.submit(form, "Share")
    assert "“will.pdf” is shared with the client." in page
    run_jobs()
    assert len(outbox.to("nadia@client.test")) == 1, "only the invitation"
    with db.read() as session:
        assert session.get(ClientPortal, matter.id) is not None


def test_C9_who_has_no_address_is_named_before_and_after(cast: Cast) -> None:
    matter = clients.matter(clients.contact("Nadia Roy"), "Will")
    paper = papers.document(matter, "will.pdf", portals.firm_person("ada@harlow.test"))
    form = cast.ada.get(f"/staff/documents/{paper.public_id}/sharing")
    assert "Nadia Roy has no email address, so no invitation can be sent" in form
    page = cast.ada.submit(form, "Share")
    assert "No invitation went to Nadia Roy: add an email address first." in page


def test_C3_shared_twice_is_refused(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    ada = cabinet.cast.ada
    form = ada.get(f"/staff/documents/{paper.public_id}/sharing")
    ada.submit(form, "Share")
    assert "“lease.pdf” is shared already." in ada.submit(form, "Share", status=409)
    assert len(live()) == 1


def test_C3_what_comes_later_into_a_shared_folder_is_shared_too(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    inner = papers.folder(cabinet.matter, "Inner", cabinet.ada, into=place)
    papers.shared(cabinet.matter, place, cabinet.ada)
    papers.document(cabinet.matter, "later.pdf", cabinet.ada, folder=inner)
    cleo = cabinet.browser()
    page = cleo.click(cleo.click(cleo.get(cabinet.clients_documents), "For Cleo"), "Inner")
    assert "later.pdf" in page
    listed = cabinet.cast.ada.get(f"{cabinet.documents}?folder={inner.public_id}")
    assert "Clients see what lies here, as the folder “For Cleo” is shared." in listed
    assert "Shared by its folder" in listed


def test_C3_the_dialog_names_the_other_shares_that_still_show_it(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "X", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada, folder=place)
    papers.shared(cabinet.matter, place, cabinet.ada)
    direct = papers.shared(cabinet.matter, paper, cabinet.ada)
    papers.attached(cabinet.matter, paper, cabinet.ada)
    ada = cabinet.cast.ada
    asked = ada.get(f"/staff/shares/{direct.public_id}/stop")
    assert "Clients will still see it" in asked
    assert "It is also shared in the folder “X”." in asked
    assert "It is also shared as the attachment of a message." in asked
    page = ada.submit(asked, "Stop sharing")
    assert "This share of “lease.pdf” has ended." in page
    assert "is no longer shared" not in page
    cleo = cabinet.browser()
    assert "lease.pdf" in cleo.get(cabinet.clients_documents)
    assert len(live()) == 2


def test_C12_what_a_message_carries_is_stopped_from_documents_too(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    paper = papers.document(cabinet.matter, "deed.pdf", cabinet.ada)
    ada = cabinet.cast.ada
    for what, address in (
        (paper, cabinet.documents),
        (paper, f"/staff/documents/{paper.public_id}"),
        (place, cabinet.documents),
        (place, f"{cabinet.documents}?folder={place.public_id}"),
    ):
        papers.attached(cabinet.matter, what, cabinet.ada)
        page = ada.get(address)
        assert page.select(f"#share-{what.public_id}"), "to be shared by itself as well"
        asked = ada.get(str(page.one(f"a.menu-item#stop-{what.public_id}")["href"]))
        ada.submit(asked, "Stop sharing")
        assert live() == []


def test_C12_each_of_several_shares_is_an_entry_of_the_menu(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.attached(cabinet.matter, paper, cabinet.ada)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    ada = cabinet.cast.ada
    page = ada.get(cabinet.documents)
    entries = page.select(f"#row-{paper.public_id} a[href$=stop]")
    told = [entry.get_text(" ", strip=True) for entry in entries]
    assert told[0].startswith("Stop sharing Shared by itself")
    assert told[1].startswith("Stop sharing Sent in a message, as version 1")
    assert not page.select(f"#share-{paper.public_id}")
    for entry in entries:
        ada.submit(ada.get(str(entry["href"])), "Stop sharing")
    assert live() == []


def test_after_stopping_the_focus_is_where_the_reader_goes_on(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    one, other = (papers.document(cabinet.matter, name, cabinet.ada) for name in ("a", "b"))
    shares = [papers.shared(cabinet.matter, what, cabinet.ada) for what in (one, other)]
    ada = cabinet.cast.ada
    assert ada.get(cabinet.shared).select("[data-focus]") == []
    from_tab = ada.get(f"/staff/shares/{shares[0].public_id}/stop?from=portal")
    page = ada.submit(from_tab, "Stop sharing")
    assert page.one("[data-focus]")["id"] == "shared-count"
    page = ada.submit(ada.get(f"/staff/shares/{shares[1].public_id}/stop"), "Stop sharing")
    assert page.one("[data-focus]")["id"] == "document-name"
    page = ada.submit(ada.click(ada.get(cabinet.shared), "Stop sharing"), "Stop sharing")
    assert page.one("[data-focus]")["id"] == "shared-none"


def test_C12_stopping_ends_it_from_the_next_request_on(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    papers.document(cabinet.matter, "lease.pdf", cabinet.ada, folder=place)
    share = papers.shared(cabinet.matter, place, cabinet.ada)
    cleo, ada = cabinet.browser(), cabinet.cast.ada
    cleo.get(f"/portal/folders/{place.public_id}")
    asked = ada.get(f"/staff/shares/{share.public_id}/stop")
    assert "neither the folder nor what lies in it" in asked
    assert "“For Cleo” is no longer shared." in ada.submit(asked, "Stop sharing")
    gone = cleo.get(f"/portal/folders/{place.public_id}", status=404)
    assert "This is no longer shared with you" in gone
    assert "For Cleo" not in cleo.get(cabinet.clients_documents)
    again = ada.get(f"/staff/shares/{share.public_id}/stop")
    assert "This is no longer shared." in again
    stopped_at = stopped(share)
    ada.post(f"/staff/shares/{share.public_id}/stop", {"csrf_token": ada.csrf_token()})
    assert stopped(share) == stopped_at, "stopping twice is once"


def stopped(share: Share) -> object:
    with db.read() as session:
        return session.get_one(Share, share.id).stopped_at


def test_C12_stopped_and_shared_again(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.stopped(papers.shared(cabinet.matter, paper, cabinet.ada), cabinet.ada)
    ada = cabinet.cast.ada
    ada.submit(ada.get(f"/staff/documents/{paper.public_id}/sharing"), "Share")
    assert "lease.pdf" in cabinet.browser().get(cabinet.clients_documents)


@pytest.mark.parametrize("who", ["cleo", "sol"])
def test_nobody_but_the_firm_shares_or_stops(cabinet: Cabinet, who: str) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    share = papers.shared(cabinet.matter, paper, cabinet.ada)
    stranger = cabinet.cast.everybody[who]
    for address in (
        f"/staff/documents/{paper.public_id}/sharing",
        f"/staff/shares/{share.public_id}/stop",
        cabinet.documents,
        cabinet.shared,
    ):
        answer = stranger.ask("GET", address, follow=False, status=303)
        assert "/staff/sign-in" in answer.headers["Location"]
    stranger.ask("POST", f"/staff/shares/{share.public_id}/stop", follow=False, status=303)
    assert len(live()) == 1


def test_C14_where_no_client_takes_part_it_is_said_that_nobody_sees_it(cabinet: Cabinet) -> None:
    cabinet.remove(cabinet.cleo, cabinet.matter)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    page = cabinet.cast.ada.get(f"/staff/documents/{paper.public_id}/sharing")
    assert "No client takes part in this portal, so nobody sees it yet." in page
