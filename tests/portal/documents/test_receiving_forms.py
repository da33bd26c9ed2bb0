"""FEATURES C2: a file in a form, for browsers without script, and forms that somebody forged."""

from sqlalchemy import select

from portal.core import db, storage
from portal.documents.models import Document, Upload
from tests.portal.documents.conftest import Desk
from tests.portal.documents.papers import nothing_came
from tests.support.rows import count
from tests.support.uploads import MAX, noise


def test_C2_a_form_with_100_mb_comes_in_and_one_byte_more_does_not(desk: Desk) -> None:
    body = bytes(MAX)
    for one, status in ((body, 303), (body + b"1", 413)):
        assert desk.ada.form(desk.matter, (one, "large.bin")).status_code == status
    assert count(Document) == len(list(storage.listed("files"))) == 1


def test_C2_two_files_in_one_form_and_none_are_refused(desk: Desk) -> None:
    for person in (desk.ada, desk.cleo):
        two = person.form(desk.matter, (b"one", "1.txt"), (b"two", "2.txt"))
        assert (two.status_code, "one file at a time" in two.text) == (422, True)
        none = person.form(desk.matter, (b"", ""))
        assert (none.status_code, "Choose a file" in none.text) == (422, True)
    nothing_came()


def test_a_form_leads_back_to_its_page_and_to_no_other_site(desk: Desk) -> None:
    home = f"/staff/matters/{desk.matter.public_id}"
    for back, led in (
        (f"{home}/documents?folder=a1", f"{home}/documents?folder=a1"),
        ("/staff/documents/b2", "/staff/documents/b2"),
        ("/portal/", home),
        ("http://[", home),
        ("/staff//evil.test", home),
        ("https://evil.test/", home),
        ("//evil.test", home),
        (f"{home}/../../x", home),
        (f"{home}\\evil", home),
    ):
        answer = desk.ada.form(desk.matter, (b"one", "1.txt"), back=back)
        assert answer.headers["Location"] == led
    answer = desk.cleo.form(desk.matter, (b"one", "1.txt"), for_message="1")
    with db.read() as session:
        upload = session.scalars(select(Upload).order_by(Upload.id.desc())).first()
    assert upload is not None
    client_home = f"/portal/matters/{desk.matter.public_id}/messages"
    assert answer.headers["Location"] == f"{client_home}?upload={upload.public_id}"


def test_a_forged_form_leaves_nothing_in_the_store(desk: Desk) -> None:
    for person in (desk.ada, desk.cleo):
        right, person.token = person.token, "forged"
        assert person.form(desk.matter, (noise(600_000), "1.bin")).status_code == 400
        state = f"{person.surface}/matters/{desk.matter.public_id}/uploads"
        assert person.ask("POST", state, data={"size": "5"}).status_code == 400
        person.token = right
    nothing_came()


def test_a_file_is_not_taken_from_a_form_where_bytes_are_asked_for(desk: Desk) -> None:
    state = desk.cleo.begin(desk.matter, "a.bin", 10)
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert desk.cleo.put(state, b"0123456789", content_type=kind).status_code == 415
