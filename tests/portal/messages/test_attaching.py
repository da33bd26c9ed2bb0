"""One attachment a message: a file, a document or a folder of the matter (FEATURES C2, C3)."""

from sqlalchemy import select

from portal.core import db
from portal.documents.models import Document, Folder, Share
from portal.messages.models import Message
from tests.factories import clients
from tests.portal.messages.conftest import Office


def messages() -> int:
    with db.read() as session:
        return len(session.scalars(select(Message)).all())


def test_C2_a_file_from_the_device_is_sent_with_a_message_by_either_side(office: Office) -> None:
    office.write("First")
    for who, by, name in (
        (office.ada, office.ada_person, "Deed.txt"),
        (office.cleo, office.cleo_person, "Photo.txt"),
    ):
        upload = office.upload(by, name)
        page = who.submit(office.read(who), "Send", text="", attachment=f"upload:{upload}")
        assert page.texts(".attached-name")[-1] == name
        for reader in (office.ada, office.ben, office.cleo):
            page = office.read(reader)
            fetched = reader.http.get(page.link(f"Download {name}"), base_url=reader.base_url)
            assert fetched.get_data() == b"A deed."
    with db.read() as session:
        documents = {one.name: one for one in session.scalars(select(Document))}
        folder = session.scalars(select(Folder)).one()
    assert documents["Deed.txt"].folder_id is None
    assert documents["Photo.txt"].folder_id == folder.id
    assert folder.name == "From client"


def test_C3_a_document_or_folder_of_the_matter_is_chosen_and_sent(office: Office) -> None:
    folder = office.folder("Closing papers")
    office.document("Inside.txt", folder)
    office.document("Lease.txt")
    page = office.ada.get(f"{office.staff_url}/attachment")
    assert {"Closing papers", "Lease.txt"} <= set(page.texts(".attached-words bdi"))
    inside = office.ada.click(page, "Closing papers")
    assert "Inside.txt" in inside
    found = office.ada.get(f"{office.staff_url}/attachment?q=insi")
    assert found.texts(".attached-words bdi") == ["Inside.txt"]

    page = office.ada.submit(page, "Attach the folder Closing papers")
    assert page.texts("#composer .attached-name") == ["Attached: Closing papers"]
    page = office.ada.submit(page, "Send", text="All of it")
    assert page.texts("#composer .attached-name") == []
    page = office.read(office.cleo)
    assert page.texts(".attached-name") == ["Closing papers"]
    assert "Inside.txt" in office.cleo.get(page.link("View Closing papers"))


def test_C2_an_attachment_is_taken_off_again_and_the_text_stays(office: Office) -> None:
    office.document("Lease.txt")
    page = office.read(office.ada)
    page = office.ada.submit(page, "Attach a document", text="Dear Cleo")
    assert "From your device" in page
    page = office.ada.submit(page, "Attach Lease.txt")
    assert page.one("#message-text").get_text().strip() == "Dear Cleo"
    page = office.ada.submit(page, "Remove")
    assert page.texts("#composer .attached-name") == []
    assert page.one("#message-text").get_text().strip() == "Dear Cleo"


def test_C2_a_file_brought_by_a_form_without_script_stands_in_the_composer(office: Office) -> None:
    office.write("First")
    for who, by in ((office.ada, office.ada_person), (office.cleo, office.cleo_person)):
        page = who.submit(office.read(who), "Attach a document", text="Dear you")
        assert page.select("form[enctype='multipart/form-data'] input[name=back]")
        upload = office.upload(by)
        page = who.get(f"{office.url_of(who)}?upload={upload}")
        assert page.texts("#composer .attached-name") == ["Attached: Deed.txt"]
        page = who.submit(page, "Send", text="Dear you")
        assert page.texts(".attached-name")[-1] == "Deed.txt"


def test_C2_two_attachments_in_a_forged_form_are_refused_and_nothing_is_sent(
    office: Office,
) -> None:
    office.write("First")
    document = office.document()
    upload = office.upload(office.cleo_person)
    forged = {
        office.ada: [f"document:{document.public_id}"] * 2,
        office.cleo: [f"upload:{upload}", f"upload:{upload}"],
    }
    for who, keys in forged.items():
        page = who.submit(office.read(who), "Send", text="Two", attachment=keys, status=422)
        assert "A message carries one attachment" in page
        assert page.one("#message-text").get_text().strip() == "Two"
    assert messages() == 1


def test_C2_what_is_not_theirs_or_not_there_cannot_be_attached(office: Office) -> None:
    office.write("First")
    document = office.document()
    elsewhere = Office(
        office.cast, clients.matter(office.client, "Other", number="00077"), office.client
    )
    foreign = elsewhere.document("Other.txt")
    of_ada = office.upload(office.ada_person)
    used = office.upload(office.cleo_person)
    office.cleo.submit(office.read(office.cleo), "Send", text="", attachment=f"upload:{used}")
    forged = [
        (office.ada, f"document:{foreign.public_id}"),
        (office.ada, "document:nothing"),
        (office.ada, "folder:nothing"),
        (office.ada, "bill:nothing"),
        (office.ada, "document:\x00"),
        (office.ada, f"upload:{used}"),
        (office.cleo, f"document:{document.public_id}"),
        (office.cleo, f"upload:{of_ada}"),
        (office.cleo, f"upload:{used}"),
    ]
    before = messages()
    for who, key in forged:
        page = who.submit(office.read(who), "Send", text="Take it", attachment=key, status=422)
        assert "What you attached is no longer there." in page
        who.post(
            f"{office.url_of(who)}/attachment",
            {"csrf_token": office.token(who), "attachment": key},
        )
        assert office.read(who).texts("#composer .attached-name") == []
    assert messages() == before
    with db.read() as session:
        assert len(session.scalars(select(Share).where(Share.attached)).all()) == 1


def test_C2_a_retry_of_a_form_with_a_file_is_the_same_message(office: Office) -> None:
    office.write("First")
    upload = office.upload(office.cleo_person)
    page = office.read(office.cleo)
    for _ in range(2):
        office.cleo.submit(page, "Send", text="", attachment=f"upload:{upload}")
    assert messages() == 2
    assert len(office.read(office.ada).texts(".attached-name")) == 1


def test_C12_an_attachment_that_is_shared_no_longer_says_by_whom(office: Office) -> None:
    document = office.document()
    page = office.read(office.ada)
    office.ada.submit(page, "Send", text="See", attachment=f"document:{document.public_id}")
    with db.read() as session:
        share = session.scalars(select(Share)).one()
    office.ada.post(
        f"/staff/shares/{share.public_id}/stop", {"csrf_token": office.ada.csrf_token()}
    )
    page = office.read(office.cleo)
    assert "Sharing stopped by Ada Okafor" in page
    assert "Download" not in page
    page = office.read(office.ada)
    assert "Sharing stopped by Ada Okafor" in page
    assert "Download" in page
