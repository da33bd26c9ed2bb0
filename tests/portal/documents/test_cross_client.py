"""No reading across clients: every client page of documents with every foreign id, and every way of
asking for what is no longer shared (BARS: cross-client, revocation)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.clients.models import Contact, Matter
from portal.core import db
from portal.documents.models import Document, Folder, Share, Upload
from portal.feed.models import FeedEvent
from tests.factories import clients, portals
from tests.portal.documents import papers
from tests.portal.documents.cabinet import Cabinet
from tests.support import uploads
from tests.support.uploads import Sender
from tests.test_routes import routes

OF_CLIENTS = ("client_documents", "client_files")
OF_STAFF = ("documents", "shared_resources", "staff_files")
BODY = b"%PDF-1.4 the words of the lease"


@dataclass
class Foreign:
    """What belongs to Sol's matter, all of it shared with Sol."""

    contact: Contact
    matter: Matter
    ids: dict[str, str]


@pytest.fixture
def foreign(cabinet: Cabinet) -> Foreign:
    sol = clients.contact("Sol Nobody", "sol@stranger.test")
    matter = clients.matter(sol, "Divorce")
    portals.opened(matter, cabinet.ada)
    portals.joined(sol)
    ada = uploads.of_staff(cabinet.cast.ada)
    made = str(ada.send(matter, "divorce.pdf", BODY)["document"])
    place = papers.folder(matter, "Foreign folder", cabinet.ada)
    with db.read() as session:
        paper = session.scalars(select(Document).where(Document.public_id == made)).one()
    share = papers.shared(matter, paper, cabinet.ada)
    papers.shared(matter, place, cabinet.ada)
    mine = uploads.of_client(cabinet.cast, sol).begin(matter, "half.txt", 5)
    ids = {
        "documents": made,
        "folders": place.public_id,
        "shares": share.public_id,
        "matters": matter.public_id,
        "uploads": str(mine["id"]),
    }
    return Foreign(sol, matter, ids)


def addresses(app: Flask, surface: str, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Every verb, and every address with the kind of thing that it names."""
    for method, rule in routes(app, surface):
        if rule.endpoint.split(".")[0] in names:
            kind = re.search(r"/(\w+)/<public_id>", rule.rule)
            assert kind, f"{rule.rule} names nothing"
            yield method, rule.rule, kind[1]


def everything() -> list[object]:
    """What is stored, as far as these pages could change it."""
    with db.read() as session:
        shares = session.execute(select(Share.id, Share.stopped_at)).all()
        folders = session.execute(select(Folder.id, Folder.name, Folder.parent_id)).all()
        documents = session.execute(
            select(Document.id, Document.name, Document.folder_id, Document.latest)
        ).all()
        counts = [
            session.scalar(select(func.count()).select_from(one)) for one in (Upload, FeedEvent)
        ]
        return [*shares, *folders, *documents, *counts]


def ask(sender: Sender, method: str, rule: str, public_id: str) -> int:
    address = rule.replace("<public_id>", public_id)
    data = b"words" if method == "PUT" else None
    return sender.ask(method, address, data=data).status_code


def test_no_client_reaches_what_is_anothers(app: Flask, cabinet: Cabinet, foreign: Foreign) -> None:
    cleo = uploads.of_client(cabinet.cast, cabinet.cleo)
    before, asked = everything(), 0
    for method, rule, kind in addresses(app, "client", OF_CLIENTS):
        for public_id in (foreign.ids[kind], "nothing", foreign.ids["shares"]):
            assert ask(cleo, method, rule, public_id) == 404, f"{method} {rule}"
            asked += 1
    assert asked >= 3 * 10, "the routes were not read"
    assert everything() == before


def test_nobody_who_was_removed_reaches_what_they_had(
    app: Flask, cabinet: Cabinet, foreign: Foreign
) -> None:
    """C14: signed in again by another matter, the one they were removed from is gone."""
    other = clients.matter(foreign.contact, "Another")
    portals.opened(other, cabinet.ada)
    before_removal = uploads.of_client(cabinet.cast, foreign.contact)
    assert ask(before_removal, "GET", "/portal/folders/<public_id>", foreign.ids["folders"]) == 200
    cabinet.remove(foreign.contact, foreign.matter)
    again = uploads.of_client(cabinet.cast, foreign.contact)
    before = everything()
    for method, rule, kind in addresses(app, "client", OF_CLIENTS):
        if method == "DELETE":
            continue  # they may withdraw what nobody has used: it is their own
        assert ask(again, method, rule, foreign.ids[kind]) == 404, f"{method} {rule}"
        assert ask(before_removal, method, rule, foreign.ids[kind]) in {303, 401, 404}
    assert everything() == before


def test_strangers_are_sent_to_sign_in(app: Flask, cabinet: Cabinet, foreign: Foreign) -> None:
    stranger = Sender(app.test_client(), "/portal", "")
    for method, rule, kind in addresses(app, "client", OF_CLIENTS):
        assert ask(stranger, method, rule, foreign.ids[kind]) == 303, f"{method} {rule}"


def test_a_client_is_nobody_to_the_firms_pages(
    app: Flask, cabinet: Cabinet, foreign: Foreign
) -> None:
    cleo = uploads.of_client(cabinet.cast, cabinet.cleo)
    before = everything()
    for method, rule, kind in addresses(app, "staff", OF_STAFF):
        assert ask(cleo, method, rule, foreign.ids[kind]) == 303, f"{method} {rule}"
    assert everything() == before


def test_no_change_without_the_forms_own_token(
    app: Flask, cabinet: Cabinet, foreign: Foreign
) -> None:
    sol = uploads.of_client(cabinet.cast, foreign.contact)
    forged = Sender(sol.http, "/portal", "x" * 40)
    before = everything()
    for method, rule, kind in addresses(app, "client", OF_CLIENTS):
        if method != "GET":
            assert ask(forged, method, rule, foreign.ids[kind]) == 400, f"{method} {rule}"
    assert everything() == before


WAYS = (
    ("page", {}),
    ("range", {"Range": "bytes=0-3"}),
    ("same", {"If-None-Match": '"{etag}"'}),
    ("any", {"If-None-Match": "*"}),
    ("rest", {"Range": "bytes=4-", "If-Range": '"{etag}"'}),
)


@pytest.mark.parametrize("end", ["stopped", "removed", "stopped above", "moved out"])
def test_C12_revoked_is_unreachable_at_the_next_request(cabinet: Cabinet, end: str) -> None:
    """Pages, downloads, ranges, and questions about what a browser holds: 404, whatever it says."""
    ada = uploads.of_staff(cabinet.cast.ada)
    place = papers.folder(cabinet.matter, "Leases", cabinet.ada)
    made = str(ada.send(cabinet.matter, "lease.pdf", BODY, folder=place.public_id)["document"])
    with db.read() as session:
        paper = session.scalars(select(Document).where(Document.public_id == made)).one()
    share = papers.shared(cabinet.matter, paper if end == "stopped" else place, cabinet.ada)
    cleo = uploads.of_client(cabinet.cast, cabinet.cleo)
    first = cleo.fetch(made)
    assert (first.status_code, first.data) == (200, BODY)
    etag = first.headers["ETag"].strip('"')
    assert cleo.fetch(made, headers={"If-None-Match": f'"{etag}"'}).status_code == 304
    revoke(cabinet, end, share, paper)
    for name, headers in WAYS:
        sent = {key: value.format(etag=etag) for key, value in headers.items()}
        for verb in ("GET", "HEAD"):
            for what in ("file", "file?open=1", "file?version=1", "preview"):
                address = f"/portal/documents/{made}/{what}"
                answer = cleo.ask(verb, address, headers=sent)
                gone = {303} if end == "removed" else {404}
                assert answer.status_code in gone, f"{name}: {verb} {address}"
                assert b"the words" not in answer.data
    page = cleo.ask("GET", f"/portal/folders/{place.public_id}")
    assert page.status_code == (200 if end == "moved out" else 303 if end == "removed" else 404)
    assert "lease.pdf" not in page.text


def revoke(cabinet: Cabinet, end: str, share: Share, paper: Document) -> None:
    if end == "removed":
        cabinet.remove(cabinet.cleo, cabinet.matter)
    elif end == "moved out":
        ada = cabinet.cast.ada
        form = ada.get(f"/staff/documents/{paper.public_id}/place")
        asked = ada.submit(form, "Move", into="", status=422)
        ada.submit(asked, "Move and stop sharing", into="")
    else:
        papers.stopped(share, cabinet.ada)


def test_a_document_of_another_matter_is_shared_by_nobody_here(
    cabinet: Cabinet, foreign: Foreign
) -> None:
    with db.read() as session:
        wanted = select(Document).where(Document.public_id == foreign.ids["documents"])
        paper = session.scalars(wanted).one()
    with pytest.raises(ValueError, match="belongs to the matter"):
        papers.shared(cabinet.matter, paper, cabinet.ada)
    assert "divorce.pdf" not in cabinet.browser().get(cabinet.clients_documents)
