"""FEATURES C2, C17: files come in whole or in parts, exactly up to 104,857,600 bytes."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import db, storage
from portal.documents.models import Document, DocumentVersion, Folder, StoredFile, Upload
from tests.portal.documents.conftest import Desk
from tests.support.uploads import MAX, PART, noise


def _stored(document: str) -> Any:
    with db.read() as session:
        return session.execute(
            select(Document, StoredFile)
            .join(DocumentVersion, DocumentVersion.document_id == Document.id)
            .join(StoredFile, StoredFile.id == DocumentVersion.file_id)
            .where(Document.public_id == document)
        ).one()


def test_C2_a_file_that_staff_send_is_a_document_of_the_matter(desk: Desk) -> None:
    body = b"%PDF-1.7\n" + noise(50_000)
    made = desk.ada.send(desk.matter, "../Lease 2024.pdf", body)
    document, file = _stored(made["document"])
    assert (document.name, document.matter_id) == ("Lease 2024.pdf", desk.matter.id)
    assert (file.size_bytes, file.content_type) == (len(body), "application/pdf")
    assert file.sha256 == hashlib.sha256(body).hexdigest()
    assert desk.ada.fetch(made["document"]).data == body


def test_C17_what_a_client_sends_lands_in_from_client_and_the_client_sees_it(desk: Desk) -> None:
    made = desk.cleo.send(desk.matter, "photo.txt", b"hello")
    document, _file = _stored(made["document"])
    with db.read() as session:
        folder = session.get_one(Folder, document.folder_id)
    assert (folder.name, folder.from_client) == ("From client", True)
    assert desk.cleo.fetch(made["document"]).data == b"hello"
    assert desk.ada.fetch(made["document"]).data == b"hello"
    assert desk.sol.fetch(made["document"]).status_code == 404


def test_C2_a_file_in_parts_is_the_same_file_in_whatever_order_they_come(desk: Desk) -> None:
    body = noise(2 * PART + 5)
    state = desk.cleo.begin(desk.matter, "scan.bin", len(body))
    assert (state["part_bytes"], state["parts"], state["stands"]) == (PART, [], False)
    for number in (3, 1):
        desk.cleo.put(state, body[(number - 1) * PART : number * PART], number)
    told = desk.cleo.ask("GET", state["address"]).get_json()
    assert (told["parts"], told["stands"]) == ([1, 3], False)
    assert desk.cleo.finish(state).status_code == 409
    desk.cleo.put(state, body[PART : 2 * PART], 2)
    made = desk.cleo.finish(state).get_json()
    assert desk.cleo.finish(state).get_json() == made
    assert desk.ada.fetch(made["document"]).data == body
    assert [name for name, _ in storage.listed("parts")] == []
    assert len(list(storage.listed("files"))) == 1


@pytest.mark.parametrize("size", [0, -1, MAX + 1, "many"])
def test_C2_a_size_that_cannot_be_is_refused_before_anything_is_sent(
    desk: Desk, size: int | str
) -> None:
    answer = desk.cleo.announce(desk.matter, "big.bin", size)
    assert answer.status_code in {413, 422}
    assert answer.get_json()["error"]
    with db.read() as session:
        assert session.scalars(select(Upload)).all() == []
