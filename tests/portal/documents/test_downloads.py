"""Downloads go to whoever may see the document, for as long as they may, and never as a page."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from portal.access import actions as access
from portal.access.queries import participants
from portal.clients.queries import contact_by_id
from portal.core import db
from portal.documents import serving, sharing
from portal.documents.models import Document, Folder, Share
from portal.feed.models import EventKind, FeedEvent
from tests.factories import portals
from tests.portal.documents.conftest import Desk
from tests.support.cast import ADA
from tests.support.uploads import Sender

BODY = b"0123456789" * 100_000
REVOKED = {"stop sharing", "remove participant", "another address"}


def _shared(desk: Desk, body: bytes = BODY, name: str = "lease.txt") -> str:
    """A document of the firm's that Cleo sees."""
    public_id = str(desk.ada.send(desk.matter, name, body)["document"])
    with db.transaction() as session:
        document = session.scalars(select(Document).where(Document.public_id == public_id)).one()
        matter = session.merge(desk.matter, load=False)
        sharing.start(session, matter, by=portals.firm_person(ADA.email), what=document)
    return public_id


def _revoke(desk: Desk, how: str) -> None:
    by = portals.firm_person(ADA.email)
    with db.transaction() as session:
        if how == "stop sharing":
            share = session.scalars(select(Share).where(Share.document_id.is_not(None))).one()
            sharing.stop(session, share, by=by, name="lease.txt")
        elif how == "remove participant":
            among = participants(session, desk.matter.id)
            place = next(one for one in among if one.contact_id == desk.contact.id)
            access.remove_participant(session, place, by=by)
        else:
            contact = contact_by_id(session, desk.contact.id)
            contact.emails[0].address = contact.emails[0].address_key = "other@client.test"
            session.flush()
            access.follow_address(session, contact, by.actor)


def test_a_download_is_the_file_under_its_name_and_no_cache_keeps_it(desk: Desk) -> None:
    document = _shared(desk, name="Müller lease.txt")
    for person in (desk.ada, desk.cleo):
        answer = person.fetch(document)
        assert (answer.status_code, answer.data) == (200, BODY)
        assert answer.headers["Content-Length"] == str(len(BODY))
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "M%C3%BCller" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "asked, start, end",
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=999990-", 999_990, 1_000_000),
        ("bytes=-5", 999_995, 1_000_000),
        ("bytes=500000-99999999", 500_000, 1_000_000),
    ],
)
def test_a_range_is_that_range(desk: Desk, asked: str, start: int, end: int) -> None:
    answer = desk.cleo.fetch(_shared(desk), headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, BODY[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/1000000"


def test_a_range_beyond_the_end_is_told_as_that_and_nonsense_is_the_whole(desk: Desk) -> None:
    document = _shared(desk)
    beyond = desk.cleo.fetch(document, headers={"Range": "bytes=1000000-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */1000000")
    for nonsense in ("bytes=5-1", "lines=1-2", "bytes=0-1,5-9", "bytes=-"):
        answer = desk.cleo.fetch(document, headers={"Range": nonsense})
        assert (answer.status_code, len(answer.data)) == (200, len(BODY)), nonsense


def test_a_range_of_another_version_is_the_whole_of_this_one(desk: Desk) -> None:
    document = _shared(desk)
    tag = desk.cleo.fetch(document).headers["ETag"]
    for held, status in ((tag, 206), ('"another"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": held}
        assert desk.cleo.fetch(document, headers=headers).status_code == status


def test_what_is_held_already_is_not_sent_again_but_only_to_whoever_may_have_it(
    desk: Desk,
) -> None:
    document = _shared(desk)
    held = {"If-None-Match": desk.cleo.fetch(document).headers["ETag"]}
    answer = desk.cleo.fetch(document, headers=held)
    assert (answer.status_code, answer.data) == (304, b"")
    assert desk.sol.fetch(document, headers=held).status_code == 404
    _revoke(desk, "stop sharing")
    assert desk.cleo.fetch(document, headers=held).status_code == 404


def test_the_head_of_a_download_says_its_length_and_sends_nothing(desk: Desk) -> None:
    document = _shared(desk)
    answer = desk.cleo.ask("HEAD", f"/portal/documents/{document}/file")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(BODY))


@pytest.mark.parametrize("how", sorted(REVOKED))
def test_C12_C14_what_is_taken_back_is_gone_at_the_next_request_in_every_way(
    desk: Desk, how: str
) -> None:
    document = _shared(desk)
    tag = desk.cleo.fetch(document).headers["ETag"]
    _revoke(desk, how)
    ways: list[dict[str, Any]] = [
        {},
        {"headers": {"Range": "bytes=5-9"}},
        {"headers": {"If-None-Match": tag}},
        {"query_string": {"open": "1"}},
        {"query_string": {"version": "1"}},
    ]
    for way in ways:
        answer = desk.cleo.fetch(document, **way)
        assert answer.status_code == 404 or "/sign-in" in answer.headers.get("Location", "")
        assert b"0123456789" not in answer.data
    assert desk.ada.fetch(document).data == BODY


@dataclass
class _Slow:
    """A reader at a slow line, as a server sees it."""

    sender: Sender
    document: str

    def read(self, then: Callable[[], None], **more: Any) -> bytes:
        """Read a little, wait for `then`, and read on for as long as anything comes."""
        answer = self.sender.fetch(self.document, buffered=False, **more)
        assert answer.status_code == 200
        pieces: Iterator[Any] = iter(answer.response)
        got = b"" + next(pieces)
        then()
        began = time.monotonic()
        try:
            for piece in pieces:
                got += piece
                time.sleep(0.02)
        except serving.NoLongerAllowed:
            assert time.monotonic() - began < 2
            return got
        finally:
            answer.close()
        return got


@pytest.mark.quiet
@pytest.mark.parametrize("how", sorted(REVOKED))
def test_C12_C14_a_download_under_way_is_cut_within_two_seconds(desk: Desk, how: str) -> None:
    body = b"0123456789abcdef" * 1_600_000
    document = _shared(desk, body)
    got = _Slow(desk.cleo, document).read(lambda: _revoke(desk, how))
    assert 0 < len(got) < len(body)


def test_a_download_goes_on_while_it_may(desk: Desk) -> None:
    body = b"0123456789abcdef" * 1_600_000
    document = _shared(desk, body)
    assert _Slow(desk.cleo, document).read(lambda: None) == body


ALONE = [
    (b"<!DOCTYPE html><script>alert(1)</script>", "page.html", "text/plain; charset=utf-8"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "a.svg", "text/plain"),
    (b"<?xml version='1.0'?><x/>", "a.xml", "text/plain"),
    (b"GIF89a=1;alert(1);//" + b"\0" * 20 + b"<script>", "a.html", "image/gif"),
    (b"MZ" + b"\0" * 200, "setup.exe", "application/octet-stream"),
    (b"\x00\x01\x02", "a.html", "application/octet-stream"),
]


@pytest.mark.parametrize("body, name, kind", ALONE)
def test_nothing_that_somebody_brought_is_ever_a_page_of_ours(
    desk: Desk, body: bytes, name: str, kind: str
) -> None:
    document = desk.cleo.send(desk.matter, name, body)["document"]
    for query in ("", "?open=1"):
        answer = desk.ada.fetch(document, query)
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        opened = kind.startswith("image/") and query
        way = "inline" if opened else "attachment"
        assert answer.headers["Content-Disposition"].startswith(way)


def test_a_pdf_is_saved_or_opens_in_a_tab_where_no_sandbox_stops_it(desk: Desk) -> None:
    """TRAPS: Chrome opens no PDF under `sandbox`."""
    document = desk.ada.send(desk.matter, "lease.pdf", b"%PDF-1.7\n...")["document"]
    saved, opened = desk.ada.fetch(document), desk.ada.fetch(document, "?open=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert opened.headers["Content-Disposition"].startswith("inline")
    assert opened.headers["Content-Type"] == "application/pdf"
    assert "sandbox" not in opened.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in opened.headers["Content-Security-Policy"]


def test_C6_the_first_opening_is_noted_once_and_not_for_a_look_at_the_head(desk: Desk) -> None:
    document = _shared(desk)
    desk.cleo.ask("HEAD", f"/portal/documents/{document}/file")
    for _ in range(2):
        desk.cleo.fetch(document)
    with db.read() as session:
        events = session.scalars(select(FeedEvent).where(FeedEvent.kind == EventKind.OPENED)).all()
    assert [(one.subject_id, one.contact_id) for one in events] == [(document, desk.contact.id)]


def test_a_new_version_is_what_everybody_gets_and_staff_can_ask_for_the_old_one(
    desk: Desk,
) -> None:
    document = _shared(desk, b"one")
    desk.ada.send(desk.matter, "lease.txt", b"two", document=document)
    assert desk.cleo.fetch(document).data == desk.ada.fetch(document).data == b"two"
    assert desk.ada.fetch(document, "?version=1").data == b"one"
    assert desk.ada.fetch(document, "?version=3").status_code == 404
    assert desk.cleo.fetch(document, "?version=1").data == b"two"


def test_C3_what_is_put_into_a_shared_folder_is_shared_and_is_news(desk: Desk) -> None:
    desk.cleo.send(desk.matter, "mine.txt", b"mine")
    with db.read() as session:
        folder = session.scalars(select(Folder)).one()
    document = desk.ada.send(desk.matter, "ours.txt", b"ours", folder=folder.public_id)["document"]
    assert desk.cleo.fetch(document).data == b"ours"
    with db.read() as session:
        kinds = session.scalars(
            select(FeedEvent.kind)
            .where(FeedEvent.subject_id == document)
            .order_by(FeedEvent.position)
        ).all()
    assert kinds == [EventKind.SHARING_STARTED, EventKind.OPENED]
