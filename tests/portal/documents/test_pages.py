"""The matter's tab **Documents** as staff see and use it (FEATURES C3)."""

import pytest
from sqlalchemy import select

from portal.core import db
from portal.documents.models import Document, Folder, Scan
from portal.web.pagination import PAGE_ROWS
from tests.factories import clients
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.support.page import Page
from tests.support.statements import statements
from tests.support.visitor import Visitor


def names(page: Page) -> list[str]:
    return page.texts("#documents-table tbody .document-name a")


def test_an_empty_matter_says_what_to_do(cabinet: Cabinet) -> None:
    page = cabinet.cast.ben.get(cabinet.documents)
    assert "No documents yet" in page
    assert "Upload the first one above" in page
    assert page.one(".tabs a[aria-current]").get_text() == "Documents"


def test_folders_stand_before_documents_with_what_is_known_of_each(cabinet: Cabinet) -> None:
    papers.document(cabinet.matter, "B lease.pdf", cabinet.client)
    papers.document(cabinet.matter, "a photo.png", cabinet.ada, content_type="image/png")
    papers.folder(cabinet.matter, "Zoning", cabinet.ada)
    page = cabinet.cast.ada.get(cabinet.documents)
    assert names(page) == ["Zoning", "a photo.png", "B lease.pdf"]
    assert "3 items" in page
    row = page.texts("#documents-table tbody tr")[2]
    for told in ("PDF", "1 KB", "Cleo Vance", "client", "Not shared"):
        assert told in row


def test_a_folder_is_made_in_the_one_that_is_open(cabinet: Cabinet) -> None:
    ada = cabinet.cast.ada
    page = ada.submit(
        ada.click(ada.get(cabinet.documents), "New folder"), "Make folder", name="Deeds"
    )
    assert "The folder “Deeds” was made." in page
    assert "This folder is empty" in page
    page = ada.submit(ada.click(page, "New folder"), "Make folder", name="Old")
    assert page.texts(".folder-path li") == ["Documents", "Deeds"]
    again = ada.submit(
        ada.get(f"/staff/matters/{cabinet.matter.public_id}/folders/new"),
        "Make folder",
        name="deeds",
        status=422,
    )
    assert "There is a folder “deeds” here already." in again
    assert again.title.startswith("Error:")
    assert again.one("#name")["value"] == "deeds"


def test_dialogs_are_fragments_for_htmx(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    asked = f"/staff/documents/{paper.public_id}/name"
    dialog = cabinet.cast.ada.http.get(
        asked, base_url=cabinet.cast.ada.base_url, headers={"HX-Request": "true"}
    )
    assert dialog.text.strip().startswith('<dialog class="dialog" id="task-dialog"')
    assert "Rename “lease.pdf”" in dialog.text
    listed = cabinet.cast.ada.get(cabinet.documents, htmx=True)
    assert not listed.is_whole
    assert "HX-Request" in listed.headers["Vary"]


def test_a_document_is_renamed_and_a_wrong_name_kept_in_the_form(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    address = f"/staff/documents/{paper.public_id}/name"
    ada = cabinet.cast.ada
    page = ada.submit(ada.get(address), "Rename", name="x" * 201, status=422)
    assert "This name is too long." in page
    assert page.one("#name")["value"] == "x" * 201
    page = ada.submit(page, "Rename", name="Signed lease.pdf")
    assert "The document was renamed." in page
    assert page.one("#document-name").get_text() == "Signed lease.pdf"


def test_C3_moving_into_a_shared_folder_asks_first(cabinet: Cabinet) -> None:
    ada = cabinet.cast.ada
    place = papers.folder(cabinet.matter, "For Cleo", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    form = ada.get(f"/staff/documents/{paper.public_id}/place")
    assert "For Cleo (clients see it)" in form
    asked = ada.submit(form, "Move", into=place.public_id, status=422)
    assert "This will be shared" in asked
    assert place_of(paper) is None
    assert "lease.pdf" not in cabinet.browser().get(cabinet.clients_documents)
    ada.submit(asked, "Move and share", into=place.public_id)
    assert place_of(paper) == place.id
    out = ada.submit(
        ada.get(f"/staff/documents/{paper.public_id}/place"), "Move", into="", status=422
    )
    assert "Sharing will end" in out
    ada.submit(out, "Move and stop sharing", into="")
    assert place_of(paper) is None


def place_of(paper: Document) -> int | None:
    with db.read() as session:
        return session.get_one(Document, paper.id).folder_id


def test_a_folder_is_not_offered_itself_as_its_place(cabinet: Cabinet) -> None:
    outer = papers.folder(cabinet.matter, "Outer", cabinet.ada)
    inner = papers.folder(cabinet.matter, "Inner", cabinet.ada, into=outer)
    page = cabinet.cast.ada.get(f"/staff/folders/{outer.public_id}/place")
    offered = [str(option["value"]) for option in page.select("#into option")]
    assert outer.public_id not in offered
    assert inner.public_id not in offered
    forged = {"csrf_token": cabinet.cast.ada.csrf_token(), "into": inner.public_id}
    again = cabinet.cast.ada.post(f"/staff/folders/{outer.public_id}/place", forged, status=422)
    assert "A folder cannot lie in itself." in again


def test_versions_stand_newest_first_and_each_is_downloaded(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.version(paper, cabinet.client)
    page = cabinet.cast.ada.get(f"/staff/documents/{paper.public_id}")
    rows = page.texts("#versions tbody tr")
    assert [row.split(" ")[1] for row in rows] == ["newest", "PDF,"]
    assert "Cleo Vance" in rows[0]
    assert "Ada Okafor" in rows[1]
    links = [str(link["href"]) for link in page.select("#versions a[href*=version]")]
    assert [link.rpartition("=")[2] for link in links] == ["2", "1"]


@pytest.mark.parametrize(
    ("scan", "told"),
    [
        (Scan.INFECTED, "Virus found, kept back"),
        (Scan.WAITING, "Being checked for viruses"),
        (Scan.NOT_SCANNED, "Not scanned"),
    ],
)
def test_what_is_known_of_viruses_stands_in_the_list(
    cabinet: Cabinet, scan: Scan, told: str
) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada, scan=scan)
    page = cabinet.cast.ada.get(cabinet.documents)
    assert told in page
    offered = page.select(f"a[href='/staff/documents/{paper.public_id}/file']")
    assert bool(offered) == (scan is Scan.NOT_SCANNED)


def test_X2_the_whole_matter_is_searched_by_name_without_accents(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Été 2025", cabinet.ada)
    papers.document(cabinet.matter, "Émile's deed.pdf", cabinet.ada, folder=place)
    papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    ada = cabinet.cast.ada
    found = ada.get(f"{cabinet.documents}?q=EMILE deed")
    assert names(found) == ["Émile's deed.pdf"]
    assert "in Été 2025" in found
    assert names(ada.get(f"{cabinet.documents}?q=ete")) == ["Été 2025"]
    for nothing in ("nobody", "%", "_"):
        assert "Nothing is called that" in ada.get(f"{cabinet.documents}?q={nothing}")


def test_pages_follow_each_other_both_ways_in_either_order(cabinet: Cabinet) -> None:
    for number in range(30):
        papers.folder(cabinet.matter, f"Folder {number:02}", cabinet.ada)
    for number in range(40):
        papers.document(cabinet.matter, f"Paper {number:02}.pdf", cabinet.ada)
    ada = cabinet.cast.ada
    for sort in ("name", "newest"):
        first = ada.get(f"{cabinet.documents}?sort={sort}")
        second = ada.click(first, "Next")
        assert len(names(first)) == PAGE_ROWS
        assert len(names(second)) == 70 - PAGE_ROWS
        assert len({*names(first), *names(second)}) == 70
        assert names(ada.click(second, "Previous")) == names(first)
        assert second.select("a[rel=next]") == []
    papers_seen = [name for name in names(first) if name.startswith("Paper")]
    assert papers_seen == sorted(papers_seen, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "after=f",
        "before=d9999999999999999999",
        "after=x1",
        "sort=z",
        "q=%00",
        "folder=%00",
        "after=d5&before=f2",
    ],
)
def test_no_address_breaks_the_list(cabinet: Cabinet, query: str) -> None:
    papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    assert "lease.pdf" in cabinet.cast.ada.get(f"{cabinet.documents}?{query}")


def test_the_lists_ask_as_often_for_fifty_as_for_two(cabinet: Cabinet) -> None:
    def queries(visitor: Visitor, address: str) -> int:
        visitor.get(address)
        with statements() as counted:
            visitor.get(address)
        return len(counted)

    def some(count: int) -> None:
        for number in range(count):
            paper = papers.document(cabinet.matter, f"Paper {number}.pdf", cabinet.ada)
            papers.shared(cabinet.matter, paper, cabinet.ada)
            papers.attached(cabinet.matter, paper, cabinet.ada)
            papers.version(paper, cabinet.client)

    asked = (
        (cabinet.cast.ada, cabinet.documents),
        (cabinet.cast.ada, f"{cabinet.documents}?q=paper"),
        (cabinet.cast.ada, cabinet.shared),
        (cabinet.browser(), cabinet.clients_documents),
    )
    some(2)
    few = [queries(*one) for one in asked]
    some(30)
    assert [queries(*one) for one in asked] == few
    assert max(few) < 22


def test_a_folder_of_another_matter_is_not_found_in_this_one(cabinet: Cabinet) -> None:
    other = clients.matter(cabinet.cleo, "Another")
    foreign = papers.folder(other, "Foreign", cabinet.ada)
    ada = cabinet.cast.ada
    ada.get(f"{cabinet.documents}?folder={foreign.public_id}", status=404)
    new = f"/staff/matters/{cabinet.matter.public_id}/folders/new"
    ada.get(f"{new}?folder={foreign.public_id}", status=404)
    sent = {"csrf_token": ada.csrf_token(), "folder": foreign.public_id, "name": "Mine"}
    ada.post(new, sent, status=404)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    sent = {"csrf_token": ada.csrf_token(), "into": foreign.public_id, "agreed": "starts"}
    ada.post(f"/staff/documents/{paper.public_id}/place", sent, status=404)
    sent = {"csrf_token": ada.csrf_token(), "into": "\0nothing"}
    ada.post(f"/staff/documents/{paper.public_id}/place", sent, status=404)
    del sent["into"]
    asked = ada.post(f"/staff/documents/{paper.public_id}/place", sent, status=422)
    assert "Choose where it is to lie." in asked
    with db.read() as session:
        assert [one.name for one in session.scalars(select(Folder))] == ["Foreign"]
        assert session.get_one(Document, paper.id).folder_id is None
