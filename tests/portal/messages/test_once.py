"""One form with one content is one message; anything else by it is one more (FEATURES C2)."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.clients.queries import matter_by_id
from portal.core import db
from portal.documents.models import Share
from portal.messages import actions
from portal.messages.models import Message
from tests.portal.messages.conftest import Office

pytestmark = pytest.mark.both_databases
FIELDS = ("csrf_token", "nonce")
NONCE = "a-form-of-this-page"


def texts() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Message.text).order_by(Message.position)))


def test_C13_what_is_sent_by_the_same_form_after_a_deletion_arrives(office: Office) -> None:
    page = office.read(office.ada)
    sent = office.ada.submit(page, "Send", text="Wrong")
    dialog = office.ada.get(str(sent.one(".bubble-delete")["href"]))
    office.ada.submit(dialog, "Delete message")
    office.ada.submit(page, "Send", text="Wrong")
    assert texts() == [""], "a copy that comes late does not come back"
    office.ada.submit(page, "Send", text="The right one")
    assert texts() == ["", "The right one"]


def test_C2_a_draft_typed_in_a_form_that_was_sent_before_is_kept(office: Office) -> None:
    page = office.read(office.ada)
    office.ada.submit(page, "Send", text="Wrong")
    data = {name: page.one(f"#composer input[name={name}]")["value"] for name in FIELDS}
    typed: dict[str, Any] = {**data, "text": "Dear Cleo"}
    office.ada.post(f"{office.staff_url}/draft", typed, htmx=True, status=204)
    assert office.read(office.ada).one("#message-text").get_text().strip() == "Dear Cleo"


def test_C2_a_retry_with_an_attachment_is_a_message_of_its_own(office: Office) -> None:
    office.write("First")
    for who, by in ((office.ada, office.ada_person), (office.cleo, office.cleo_person)):
        page = office.read(who)
        who.submit(page, "Send", text="See")
        key = f"upload:{office.upload(by)}"
        for _ in range(2):
            who.submit(page, "Send", text="See", attachment=key)
    assert texts() == ["First", *["See"] * 4]
    with db.read() as session:
        assert len(session.scalars(select(Share).where(Share.attached)).all()) == 2


def test_C2_one_name_of_a_form_in_two_portals_is_two_messages(office: Office) -> None:
    office.write("First")
    ada, cleo = office.ada_person, (office.cleo, office.cleo_person)[1]
    with db.transaction() as session:
        matter = matter_by_id(session, office.matter.id)
        sent = [
            actions.send(session, matter, by=by, text="Hi", nonce=NONCE).message
            for by in (ada, cleo, ada)
        ]
    assert sent[0].id == sent[2].id != sent[1].id


def test_C2_a_form_that_arrives_while_its_twin_uses_the_upload_is_the_same_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write("First")
    by = office.ada_person
    written = {"text": "", "attached": [f"upload:{office.upload(by)}"], "nonce": NONCE}
    real = actions.chosen
    twins: list[Message] = []

    def after_the_twin(*of: Any) -> Any:
        if not twins:
            twins.append(Message())
            twins[0] = actions.send_written(of[0], matter, by=by, **written).message
        return real(*of)

    monkeypatch.setattr(actions, "chosen", after_the_twin)
    with db.transaction() as session:
        matter = matter_by_id(session, office.matter.id)
        sent = actions.send_written(session, matter, by=by, **written).message
        assert sent.id == twins[0].id
    assert len(texts()) == 2
