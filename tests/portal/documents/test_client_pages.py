"""A client's documents: what is shared, what is new, and what they send (FEATURES C3, C12, C17)."""

import pytest
from sqlalchemy import select

from portal.core import db
from portal.documents.actions import from_client_folder
from portal.documents.models import Preview, Scan, Share
from portal.feed import actions as feed
from portal.web.pagination import PAGE_ROWS
from tests.factories import clients, portals
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.support import uploads
from tests.support.page import Page


def live() -> list[Share]:
    with db.read() as session:
        return list(session.scalars(select(Share).where(Share.stopped_at.is_(None))))


def names(page: Page) -> list[str]:
    return page.texts(".paper-name")


def test_nothing_shared_yet_says_what_will_stand_here(cabinet: Cabinet) -> None:
    page = cabinet.browser().get(cabinet.clients_documents)
    assert "Nothing is shared with you here yet." in page
    assert "Send documents to Harlow & Reyes" in page
    assert "Retainer" not in page.text


def test_C3_clients_see_what_is_shared_and_nothing_else(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    hidden = papers.folder(cabinet.matter, "Strategy", cabinet.ada)
    papers.document(cabinet.matter, "in it.pdf", cabinet.ada, folder=place)
    papers.document(cabinet.matter, "secret.pdf", cabinet.ada, folder=hidden)
    papers.document(cabinet.matter, "draft.pdf", cabinet.ada)
    direct = papers.document(cabinet.matter, "deed.pdf", cabinet.ada, folder=hidden)
    for what in (place, direct):
        papers.shared(cabinet.matter, what, cabinet.ada)
    cleo = cabinet.browser()
    page = cleo.get(cabinet.clients_documents)
    assert names(page) == ["Leases", "deed.pdf"]
    assert names(cleo.click(page, "Leases")) == ["in it.pdf"]
    for word in ("Strategy", "secret", "draft"):
        assert word not in page


def test_a_path_begins_at_the_shared_folder(cabinet: Cabinet) -> None:
    outer = papers.folder(cabinet.matter, "Our own", cabinet.ada)
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada, into=outer)
    inner = papers.folder(cabinet.matter, "Old", cabinet.ada, into=place)
    papers.shared(cabinet.matter, place, cabinet.ada)
    cleo = cabinet.browser()
    page = cleo.get(f"/portal/folders/{inner.public_id}")
    assert page.texts(".folder-path li") == ["Documents", "Leases"]
    assert "Our own" not in page
    cleo.get(f"/portal/folders/{outer.public_id}", status=404)


def test_C3_a_message_shows_the_version_it_was_sent_with(cabinet: Cabinet) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada, size_bytes=2_048)
    papers.attached(cabinet.matter, paper, cabinet.ada)
    papers.version(paper, cabinet.ada, size_bytes=5_242_880)
    cleo = cabinet.browser()
    assert "2 KB" in cleo.get(cabinet.clients_documents)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    assert "5 MB" in cleo.get(cabinet.clients_documents)


def test_C16_what_was_not_opened_yet_is_new(cabinet: Cabinet) -> None:
    cleo = uploads.of_client(cabinet.cast, cabinet.cleo)
    ada = uploads.of_staff(cabinet.cast.ada)
    made = ada.send(cabinet.matter, "lease.pdf", b"%PDF-1.4 words")["document"]
    cabinet.cast.ada.post(
        f"/staff/documents/{made}/sharing", {"csrf_token": cabinet.cast.ada.csrf_token()}
    )
    page = cabinet.browser().get(cabinet.clients_documents)
    assert page.texts(".paper .badge") == ["New"]
    assert cleo.fetch(str(made)).status_code == 200
    assert cabinet.browser().get(cabinet.clients_documents).select(".paper .badge") == []


def test_C17_what_clients_upload_lands_in_from_client_and_is_not_new(cabinet: Cabinet) -> None:
    cleo = uploads.of_client(cabinet.cast, cabinet.cleo)
    cleo.send(cabinet.matter, "scan.txt", b"words")
    browser = cabinet.browser()
    page = browser.get(cabinet.clients_documents)
    assert names(page) == ["From client"]
    inside = browser.click(page, "From client")
    assert names(inside) == ["scan.txt"]
    assert inside.select(".badge") == []
    assert "Cleo Vance" in inside
    assert inside.one("[data-uploads]")["data-target"] == "{}"
    assert sends_files(page)
    assert sends_files(inside)


def test_C17_a_folder_of_the_firm_takes_no_files_and_loads_nothing_to_send_them(
    cabinet: Cabinet,
) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    page = cabinet.browser().get(f"/portal/folders/{place.public_id}")
    assert page.select("[data-uploads]") == []
    assert not sends_files(page)


def sends_files(page: Page) -> bool:
    """Whether the page loads the script that sends files."""
    return page.select("script[src*='uploads']") != []


@pytest.mark.parametrize(
    ("content_type", "viewed"),
    [("application/pdf", True), ("image/png", True), ("text/plain", False), ("x/y", False)],
)
def test_pdfs_and_pictures_open_in_a_new_tab_the_rest_is_saved(
    cabinet: Cabinet, content_type: str, viewed: bool
) -> None:
    paper = papers.document(cabinet.matter, "it", cabinet.ada, content_type=content_type)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    page = cabinet.browser().get(cabinet.clients_documents)
    links = page.select(f"#view-{paper.public_id}")
    assert bool(links) is viewed
    if viewed:
        assert (links[0]["target"], links[0]["rel"]) == ("_blank", ["noopener"])
        assert str(links[0]["href"]).endswith("?open=1")
    assert page.one(f"#download-{paper.public_id}")


def test_pictures_have_a_small_picture_once_it_is_made(cabinet: Cabinet) -> None:
    made = papers.document(
        cabinet.matter, "a.png", cabinet.ada, content_type="image/png", preview=Preview.MADE
    )
    for preview in (Preview.WAITING, Preview.FAILED):
        other = papers.document(
            cabinet.matter, f"{preview}.png", cabinet.ada, content_type="image/png", preview=preview
        )
        papers.shared(cabinet.matter, other, cabinet.ada)
    papers.shared(cabinet.matter, made, cabinet.ada)
    page = cabinet.browser().get(cabinet.clients_documents)
    pictures = [str(image["src"]) for image in page.select(".paper-picture")]
    assert pictures == [f"/portal/documents/{made.public_id}/preview"]


@pytest.mark.parametrize(
    ("scan", "told"),
    [(Scan.WAITING, "being checked for viruses"), (Scan.INFECTED, "A virus was found")],
)
def test_what_cannot_be_opened_says_why(cabinet: Cabinet, scan: Scan, told: str) -> None:
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada, scan=scan)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    page = cabinet.browser().get(cabinet.clients_documents)
    assert told in page
    assert page.select(".paper a") == []


def test_pages_follow_each_other(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    papers.shared(cabinet.matter, place, cabinet.ada)
    for number in range(PAGE_ROWS + 3):
        papers.document(cabinet.matter, f"Paper {number:03}.pdf", cabinet.ada, folder=place)
    cleo = cabinet.browser()
    first = cleo.get(f"/portal/folders/{place.public_id}")
    second = cleo.click(first, "Next")
    assert names(second) == ["Paper 050.pdf", "Paper 051.pdf", "Paper 052.pdf"]
    assert names(cleo.click(second, "Previous")) == names(first)


def test_C12_what_is_no_longer_shared_says_so(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    share = papers.shared(cabinet.matter, place, cabinet.ada)
    cleo = cabinet.browser()
    cleo.get(f"/portal/folders/{place.public_id}")
    papers.stopped(share, cabinet.ada)
    page = cleo.get(f"/portal/folders/{place.public_id}", status=404)
    assert "This is no longer shared with you. Ada Okafor stopped sharing it." in page
    assert "Leases" not in page
    assert page.link("Home").endswith("/portal/")


def test_C12_who_stopped_a_share_is_told_to_those_who_could_see_it(cabinet: Cabinet) -> None:
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    inside = papers.document(cabinet.matter, "inside.pdf", cabinet.ada, folder=place)
    for what in (paper, place):
        papers.stopped(papers.shared(cabinet.matter, what, cabinet.ada), cabinet.ada)
    never = papers.document(cabinet.matter, "never.pdf", cabinet.ada)
    later = papers.document(cabinet.matter, "later.pdf", cabinet.ada, folder=place)
    cleo = cabinet.browser()
    for one in (paper, inside):
        page = cleo.get(f"/portal/documents/{one.public_id}/file", status=404)
        assert "Ada Okafor stopped sharing it." in page
        assert one.name not in page
    for one in (never, later):
        page = cleo.get(f"/portal/documents/{one.public_id}/file", status=404)
        assert "Ada" not in page
    otis = clients.contact("Otis Vance", "otis@client.test")
    portals.opened(clients.matter(otis, "Will"), cabinet.ada)
    portals.joined(otis)
    page = cabinet.browser(otis).get(f"/portal/documents/{paper.public_id}/file", status=404)
    assert "This is no longer shared with you, or the link is not whole." in page
    assert "Ada" not in page


def test_what_a_client_sent_by_message_stands_once_in_from_client(cabinet: Cabinet) -> None:
    with db.transaction() as session:
        theirs = from_client_folder(session, cabinet.matter.id)
    paper = papers.document(cabinet.matter, "scan.pdf", cabinet.client, folder=theirs)
    sent = papers.attached(cabinet.matter, paper, cabinet.client)
    cleo = cabinet.browser()
    page = cleo.get(cabinet.clients_documents)
    assert names(page) == ["From client"]
    assert names(cleo.click(page, "From client")) == ["scan.pdf"]
    of_folder = next(one for one in live() if one.folder_id == theirs.id)
    papers.stopped(of_folder, cabinet.ada)
    assert names(cleo.get(cabinet.clients_documents)) == ["scan.pdf"], "by the message alone"
    papers.stopped(sent, cabinet.ada)
    assert names(cleo.get(cabinet.clients_documents)) == []


def test_the_firm_may_stop_sharing_from_client_and_uploads_still_come(cabinet: Cabinet) -> None:
    with db.transaction() as session:
        theirs = from_client_folder(session, cabinet.matter.id)
    ada = cabinet.cast.ada
    page = ada.click(ada.get(cabinet.shared), "Stop sharing")
    assert "Clients can still upload, but no longer see what they have uploaded." in page
    ada.submit(page, "Stop sharing")
    uploads.of_client(cabinet.cast, cabinet.cleo).send(cabinet.matter, "scan.txt", b"words")
    cleo = cabinet.browser()
    cleo.get(f"/portal/folders/{theirs.public_id}", status=404)
    assert "scan.txt" in ada.get(f"{cabinet.documents}?folder={theirs.public_id}")


def test_what_one_client_opened_is_still_new_to_another(cabinet: Cabinet) -> None:
    otis = clients.contact("Otis Vance", "otis@client.test")
    cabinet.add(otis)
    paper = papers.document(cabinet.matter, "lease.pdf", cabinet.ada)
    papers.shared(cabinet.matter, paper, cabinet.ada)
    with db.transaction() as session:
        about = ("document", paper.public_id, paper.name)
        feed.note_opened(session, cabinet.matter.id, cabinet.client, *about)
    assert "New" not in cabinet.browser().get(cabinet.clients_documents).texts(".badge")
    assert "New" in cabinet.browser(otis).get(cabinet.clients_documents).texts(".badge")
    page = cabinet.cast.ada.get(cabinet.shared)
    assert page.texts(".openings li")[1] == "Not opened yet: Otis Vance"


def test_who_was_signed_out_is_told_so_at_the_door(cabinet: Cabinet) -> None:
    stranger = cabinet.cast.everybody["sol"]
    page = stranger.get(cabinet.clients_documents)
    assert page.address.partition("?")[0].endswith("/sign-in")
    told = page.one("#why").get_text()
    assert told.startswith("You were signed out, or this page needs you to sign in.")
    assert told.endswith("call Harlow & Reyes.")
    assert stranger.get("/sign-in").select("#why") == []
