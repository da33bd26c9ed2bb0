"""What no page sends: it is answered, on both databases, and nothing fails."""

from io import BytesIO
from typing import Any

import pytest

from portal.access.queries import client_matter
from portal.core import db
from portal.core.errors import Missing
from portal.documents.visible import document_for_client, folder_for_client
from tests.portal.documents.conftest import Desk

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("target", ["folder", "document"])
@pytest.mark.parametrize("named", ["a\0b", "\0", "é", "x" * 5_000])
def test_a_file_for_what_cannot_be_is_refused(desk: Desk, target: str, named: str) -> None:
    assert desk.ada.announce(desk.matter, "a.txt", 3, **{target: named}).status_code == 404
    form: dict[str, Any] = {"csrf_token": desk.ada.token, target: named}
    address = f"/staff/matters/{desk.matter.public_id}/files"
    sent = {**form, "file": (BytesIO(b"abc"), "a.txt")}
    kind = "multipart/form-data"
    assert desk.ada.ask("POST", address, data=sent, content_type=kind).status_code == 404


@pytest.mark.parametrize("number", ["99999999999999", str(2**31), "9" * 40])
def test_a_version_that_no_document_can_have_is_not_there(desk: Desk, number: str) -> None:
    document = desk.cleo.send(desk.matter, "a.txt", b"abc")["document"]
    for sender in (desk.ada, desk.cleo):
        for what in ("file", "preview"):
            address = f"{sender.surface}/documents/{document}/{what}?version={number}"
            assert sender.ask("GET", address).status_code == 404
    assert desk.ada.fetch(document, "?version=1").data == b"abc"


def test_an_id_with_a_nul_names_nothing(desk: Desk) -> None:
    for find in (client_matter, document_for_client, folder_for_client):
        with db.read() as session, pytest.raises(Missing):
            find(session, desk.contact.id, "a\0b")
    address = f"/staff/matters/{desk.matter.public_id}/portal/attachment?folder=a%00b"
    assert desk.ada.ask("GET", address).status_code == 404
