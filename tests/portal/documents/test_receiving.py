"""FEATURES C2, C17: what goes wrong while a file comes in. Nothing is lost, nothing half kept."""

import io
import os
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.access import actions as access
from portal.access.queries import participants
from portal.core import config, db, storage
from portal.core.config import S3Settings, Settings
from portal.core.errors import Conflict, Invalid, Missing
from portal.documents import uploads
from portal.documents.models import Document, StoredFile, Upload
from portal.feed.people import person_of_contact
from tests.factories import portals
from tests.portal.documents.conftest import Desk
from tests.portal.documents.papers import nothing_came
from tests.support import s3
from tests.support.cast import ADA
from tests.support.rows import count
from tests.support.uploads import MAX, PART, noise


@pytest.fixture(scope="module")
def s3_server() -> Generator[S3Settings]:
    with s3.running() as server:
        yield server


def _chunked(body: bytes, **more: Any) -> dict[str, Any]:
    """What makes the test client's request come in chunks, without a length."""
    overrides = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return {"input_stream": io.BytesIO(body), "environ_overrides": overrides, **more}


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_a_file_comes_in_and_goes_out_of_a_folder_and_a_bucket(
    desk: Desk, settings: Settings, place: str, request: pytest.FixtureRequest
) -> None:
    if place == "bucket":
        bucket = s3.new_bucket(request.getfixturevalue("s3_server"))
        config.use(replace(settings, storage=bucket))
    body = noise(PART + 1_000_000)
    state = desk.cleo.begin(desk.matter, "scan.bin", len(body))
    for number in (1, 2):
        desk.cleo.put(state, body[(number - 1) * PART : number * PART], number)
    in_parts = desk.cleo.finish(state).get_json()["document"]
    whole = desk.ada.send(desk.matter, "scan.bin", body)["document"]
    by_form = desk.ada.form(desk.matter, (body, "scan.bin"))
    assert by_form.status_code == 303
    assert desk.ada.fetch(in_parts).data == desk.ada.fetch(whole).data == body
    part = desk.cleo.fetch(in_parts, headers={"Range": "bytes=8388600-8388615"})
    assert (part.status_code, part.data) == (206, body[PART - 8 : PART + 8])
    assert len(list(storage.listed("files"))) == 3
    assert list(storage.listed("parts")) == []
    with db.read() as session:
        assert len(set(session.scalars(select(StoredFile.sha256)))) == 1


def test_C2_exactly_100_mb_come_in_and_one_byte_more_does_not(desk: Desk) -> None:
    body = bytes(MAX)
    made = desk.cleo.send(desk.matter, "large.bin", body)
    assert made["size"] == MAX
    state = desk.cleo.begin(desk.matter, "larger.bin", "")
    for more in ({}, _chunked(body + b"1")):
        answer = desk.cleo.put(state, b"" if more else body + b"1", **more)
        assert answer.status_code == 413
        assert answer.get_json()["error"]
    assert desk.cleo.put(state, b"", **_chunked(body)).get_json()["stands"]
    assert count(Document) == 1
    assert len(list(storage.listed("files"))) == 2


def test_a_request_that_says_it_is_too_large_is_refused_before_it_is_read(desk: Desk) -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the body was read")

    for person in (desk.ada, desk.cleo):
        state = person.begin(desk.matter, "a.bin", "")
        overrides = {"CONTENT_LENGTH": str(MAX + 1)}
        answer = person.ask(
            "PUT",
            state["address"],
            input_stream=Unread(),
            content_type="application/octet-stream",
            environ_overrides=overrides,
        )
        assert answer.status_code == 413


@pytest.mark.parametrize("part", [None, 1])
def test_a_body_shorter_than_it_says_is_a_cut_and_only_that_part_is_sent_again(
    desk: Desk, part: int | None
) -> None:
    body = noise(PART + 10)
    state = desk.cleo.begin(desk.matter, "a.bin", len(body))
    length = len(body) if part is None else PART
    answer = desk.cleo.put(
        state,
        b"",
        part,
        input_stream=io.BytesIO(body[:5_000_000]),
        environ_overrides={"CONTENT_LENGTH": str(length)},
    )
    assert answer.status_code == 400
    assert "Nothing was lost" in answer.get_json()["error"]
    assert desk.cleo.ask("GET", state["address"]).get_json()["parts"] == []
    nothing_came()
    if part is None:
        desk.cleo.put(state, body)
    else:
        desk.cleo.put(state, body[:PART], 1)
        desk.cleo.put(state, body[PART:], 2)
    document = desk.cleo.finish(state).get_json()["document"]
    assert desk.cleo.fetch(document).data == body


def test_fewer_or_more_bytes_than_were_announced_are_no_file(desk: Desk) -> None:
    for announced, body in ((10, b"123456789"), (10, b"12345678901"), (10, b"")):
        state = desk.cleo.begin(desk.matter, "a.bin", announced)
        for more in ({}, _chunked(body)):
            answer = desk.cleo.put(state, b"" if more else body, **more)
            assert answer.status_code in {400, 422}
        assert desk.cleo.finish(state).status_code == 409
    nothing_came()


@pytest.mark.parametrize("part", ["0", "3", "-1", "x", "99999999999999999999", "²", ""])
def test_a_part_that_the_file_does_not_have_is_refused(desk: Desk, part: str) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", PART + 1)
    address = f"{state['address']}?part={part}"
    assert desk.cleo.ask("PUT", address, data=b"1").status_code == 422
    assert desk.cleo.put(state, b"12", 2).status_code == 422
    nothing_came()


def test_an_empty_file_is_refused_with_a_sentence(desk: Desk) -> None:
    assert "empty" in desk.cleo.announce(desk.matter, "a.txt", 0).get_json()["error"]
    state = desk.cleo.begin(desk.matter, "a.txt", "")
    assert desk.cleo.put(state, b"").status_code == 422
    page = desk.ada.form(desk.matter, (b"", "a.txt"))
    assert page.status_code == 422
    assert "empty" in page.text
    nothing_came()


def test_an_upload_does_not_exist_for_anybody_else(desk: Desk) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", 3)
    for person in (desk.ada, desk.sol):
        own = state["address"].replace("/portal", person.surface)
        for method, address in (("GET", own), ("PUT", own), ("DELETE", own)):
            assert person.ask(method, address).status_code == 404
        assert person.ask("POST", f"{own}/finish").status_code == 404
    assert desk.sol.announce(desk.matter, "a.bin", 3).status_code == 404
    assert desk.sol.form(desk.matter, (b"one", "1.txt")).status_code == 404
    assert desk.cleo.put(state, b"123").status_code == 200


def test_C14_the_upload_of_somebody_who_was_removed_ends_at_its_next_part(desk: Desk) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", PART + 1)
    desk.cleo.put(state, bytes(PART), 1)
    with db.transaction() as session:
        for one in participants(session, desk.matter.id):
            if one.contact_id == desk.contact.id:
                access.remove_participant(session, one, by=portals.firm_person(ADA.email))
    assert desk.cleo.put(state, b"1", 2).status_code in {303, 404}
    assert desk.cleo.finish(state).status_code in {303, 404}
    assert count(Document) == 0


def test_a_folder_or_document_of_another_matter_takes_no_file(desk: Desk) -> None:
    foreign = desk.ada.send(desk.other, "theirs.txt", b"theirs")["document"]
    for target in ({"document": foreign}, {"document": "nothing"}, {"folder": foreign}):
        assert desk.ada.announce(desk.matter, "a.txt", 3, **target).status_code == 404
    assert desk.cleo.send(desk.matter, "a.txt", b"mine", document=foreign)["document"] != foreign
    assert desk.ada.fetch(foreign).data == b"theirs"


def test_a_cancelled_upload_is_gone_with_all_that_came(desk: Desk) -> None:
    parts = desk.cleo.begin(desk.matter, "a.bin", PART + 1)
    desk.cleo.put(parts, bytes(PART), 1)
    whole = desk.cleo.begin(desk.matter, "b.bin", 3, for_message="1")
    desk.cleo.put(whole, b"123")
    for state in (parts, whole):
        assert desk.cleo.ask("DELETE", state["address"]).status_code == 204
        assert desk.cleo.ask("DELETE", state["address"]).status_code == 404
        assert desk.cleo.put(state, b"123").status_code == 404
    assert count(Upload) == 0
    nothing_came()


def test_somebody_with_a_hundred_uploads_waiting_uses_some_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WAITING_MAX", 3)
    states = [desk.cleo.begin(desk.matter, f"{n}.bin", 3) for n in range(3)]
    assert desk.cleo.announce(desk.matter, "4.bin", 3).status_code == 409
    assert desk.ada.announce(desk.matter, "4.bin", 3).status_code == 201
    desk.cleo.put(states[0], b"123")
    desk.cleo.finish(states[0])
    assert desk.cleo.announce(desk.matter, "4.bin", 3).status_code == 201


def test_a_message_s_file_is_used_by_one_message_and_by_nobody_else(desk: Desk) -> None:
    state = desk.cleo.begin(desk.matter, "a.txt", 3, for_message="1")
    cleo, ada = person_of_contact(desk.contact), portals.firm_person(ADA.email)
    matter_id, upload_id = desk.matter.id, state["id"]
    with db.transaction() as session, pytest.raises(Invalid):
        uploads.finished(session, upload_id, cleo, matter_id)
    desk.cleo.put(state, b"123")
    assert desk.cleo.finish(state).get_json()["document"] is None
    for by, matter in ((ada, matter_id), (cleo, desk.other.id)):
        with db.transaction() as session, pytest.raises(Missing):
            uploads.finished(session, upload_id, by, matter)
    with db.transaction() as session:
        upload = uploads.finished(session, upload_id, cleo, matter_id)
        assert uploads.use(session, upload).size_bytes == 3
    with db.transaction() as session, pytest.raises(Conflict):
        uploads.finished(session, upload_id, cleo, matter_id)
    assert desk.cleo.ask("DELETE", state["address"]).status_code == 409


def test_a_part_that_a_power_cut_may_have_taken_is_asked_for_again(
    desk: Desk, settings: Settings
) -> None:
    body = noise(PART + 10)
    state = desk.cleo.begin(desk.matter, "a.bin", len(body))
    for number in (1, 2):
        desk.cleo.put(state, body[(number - 1) * PART : number * PART], number)
    os.utime(settings.var / "documents" / "parts" / state["id"] / "1", (1, 1))
    assert desk.cleo.finish(state).status_code == 409
    assert desk.cleo.ask("GET", state["address"]).get_json()["parts"] == [2]
    desk.cleo.put(state, body[:PART], 1)
    document = desk.cleo.finish(state).get_json()["document"]
    assert desk.cleo.fetch(document).data == body
