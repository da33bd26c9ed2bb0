"""**Shared resources**: everything that is shared, who has opened it and when (FEATURES C4)."""

from collections.abc import Iterable

import pytest
from sqlalchemy.orm import Session

from portal.core import db
from portal.documents import sharing
from portal.documents.actions import from_client_folder
from portal.documents.sharing import Shared
from portal.feed import actions as feed
from portal.feed.people import person_of_contact
from portal.web.pagination import PAGE_ROWS
from tests.factories import clients
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.support.page import Page


def names(page: Page) -> list[str]:
    return page.texts("#shared-table tbody .document-name bdi")


def test_C4_nothing_shared_says_what_to_do(cabinet: Cabinet) -> None:
    page = cabinet.cast.ada.get(cabinet.shared)
    assert "Nothing is shared yet" in page
    assert page.link("Go to the documents").endswith(cabinet.documents)
    assert page.one(".portal-tabs a[aria-current]").get_text(strip=True) == "Shared resources"


def test_C4_everything_shared_stands_there_the_newest_first(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    papers.attached(cabinet.matter, paper, cabinet.ada)
    over = papers.document(cabinet.matter, "over.pdf", cabinet.ada)
    papers.stopped(papers.shared(cabinet.matter, over, cabinet.ada), cabinet.ada)
    page = cabinet.cast.ada.get(cabinet.shared)
    assert names(page) == ["lease.pdf", "lease.pdf", "Leases"]
    assert "3 things are shared" in page
    assert "Sent in a message" in page.texts("#shared-table tbody tr")[0]
    assert "Ada Okafor" in page.texts("#shared-table tbody tr")[2]


def test_C4_who_opened_it_and_when_and_who_has_not(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    page = cabinet.cast.ada.get(cabinet.shared)
    assert page.texts(".openings") == ["Not opened yet: Cleo Vance"] * 2
    with db.transaction() as session:
        feed.note_opened(
            session, cabinet.matter.id, cabinet.client, "document", paper.public_id, paper.name
        )
    cleo = cabinet.browser()
    folder = cleo.get(f"/portal/folders/{place.public_id}")
    asked = folder.one("[hx-post]")["hx-post"]
    token = folder.one("body")["data-token"]
    cleo.ask("POST", str(asked), headers={"X-CSRFToken": token}, status=204)
    page = cabinet.cast.ada.get(cabinet.shared)
    for told in page.texts(".openings"):
        assert told.startswith("Cleo Vance opened it Nov")
    assert len(page.select(".openings time")) == 2
    assert cleo.get(f"/portal/folders/{place.public_id}").select("[hx-post$=opened]") == []


def test_C4_what_clients_upload_stands_there_too(cabinet: Cabinet) -> None:
    with db.transaction() as session:
        theirs = from_client_folder(session, cabinet.matter.id)
    papers.document(cabinet.matter, "scan.pdf", cabinet.client, folder=theirs)
    page = cabinet.cast.ada.get(cabinet.shared)
    assert names(page) == ["From client"]
    assert "What clients upload" in page
    assert "scan.pdf" in cabinet.cast.ada.get(page.link("View From client"))


def test_C4_who_sent_it_is_not_waited_for_but_the_firm_is(cabinet: Cabinet) -> None:
    otis = clients.contact("Otis Vance", "otis@client.test")
    cabinet.add(otis)
    sent = papers.document(cabinet.matter, "scan.pdf", cabinet.client)
    papers.attached(cabinet.matter, sent, cabinet.client)
    passed_on = papers.document(cabinet.matter, "letter.pdf", cabinet.client)
    papers.shared(cabinet.matter, passed_on, cabinet.ada)
    ada = cabinet.cast.ada
    waited_for = "Not opened yet: Ada Okafor, Otis Vance"
    assert ada.get(cabinet.shared).texts(".openings") == [waited_for] * 2
    assert ada.get(f"/staff/documents/{sent.public_id}").texts(".openings") == [waited_for]
    with db.transaction() as session:
        for one in (cabinet.ada, person_of_contact(otis)):
            about = ("document", sent.public_id, sent.name)
            feed.note_opened(session, cabinet.matter.id, one, *about)
    told = ada.get(cabinet.shared).texts(".openings")[1]
    assert "Ada Okafor opened it" in told
    assert "Not opened yet" not in told


def test_C12_sharing_is_stopped_by_the_arrow_beside_view(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    ada = cabinet.cast.ada
    page = ada.get(cabinet.shared)
    assert page.one(".split-button .menu-item").get_text() == "Stop sharing"
    back = ada.submit(ada.click(page, "Stop sharing"), "Stop sharing")
    assert back.address.endswith("/portal/shared-resources")
    assert "Nothing is shared yet" in back
    assert "“lease.pdf” is no longer shared." in back


def test_C4_pages_of_a_thousand_shares(cabinet: Cabinet) -> None:
    for number in range(PAGE_ROWS + 5):
        paper = papers.document(cabinet.matter, f"Paper {number:03}.pdf", cabinet.ada)
        papers.shared(cabinet.matter, paper, cabinet.ada)
    ada = cabinet.cast.ada
    first = ada.get(cabinet.shared)
    second = ada.click(first, "Next")
    assert len(names(first)) == PAGE_ROWS
    assert names(second) == [f"Paper {number:03}.pdf" for number in range(4, -1, -1)]
    assert names(ada.click(second, "Previous")) == names(first)


@pytest.fixture
def bills() -> Iterable[None]:
    def told(_session: Session, subject_ids: Iterable[str]) -> dict[str, Shared]:
        return {
            one: Shared("Bill 1042", "/staff/bills/b1", "/portal/bills/b1") for one in subject_ids
        }

    sharing.register_kind("bill-of-tests", told)
    yield
    sharing._kinds.pop("bill-of-tests")


def test_C4_things_of_other_features_stand_beside_documents(cabinet: Cabinet, bills: None) -> None:
    with db.transaction() as session:
        kept = session.merge(cabinet.matter, load=True)
        sharing.start_other(
            session, kept, by=cabinet.ada, kind="bill-of-tests", subject_id="b1", name="Bill 1042"
        )
    ada = cabinet.cast.ada
    page = ada.get(cabinet.shared)
    assert names(page) == ["Bill 1042"]
    assert page.link("View Bill 1042").endswith("/staff/bills/b1")
    back = ada.submit(ada.click(page, "Stop sharing"), "Stop sharing")
    assert "“Bill 1042” is no longer shared." in back
