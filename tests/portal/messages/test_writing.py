"""Staff and client write to each other in the portal of a matter (FEATURES C2, C8)."""

import pytest
from sqlalchemy import func, select

from portal.core import db
from portal.feed.models import EventKind, FeedEvent
from portal.messages.models import Message
from tests.factories import clients, portals
from tests.portal.messages.conftest import Office


def count(kind: EventKind) -> int:
    """How many events of a kind stand in all feeds."""
    with db.read() as session:
        which = select(func.count()).select_from(FeedEvent).where(FeedEvent.kind == kind)
        return session.scalar(which) or 0


def test_C8_the_firms_first_message_opens_the_portal_and_the_client_reads_and_answers(
    office: Office,
) -> None:
    page = office.read(office.ada)
    assert "Write the first message" in page
    assert "Cleo Vance gets an email with an invitation" in page

    page = office.write("The lease is ready.")
    assert page.texts(".bubble-text") == ["The lease is ready."]

    page = office.read(office.cleo)
    assert page.texts(".bubble-text") == ["The lease is ready."]
    assert page.texts(".bubble-sender") == ["Ada Okafor"]

    page = office.write("Thank you!", by=office.cleo)
    assert page.texts(".bubble-text") == ["The lease is ready.", "Thank you!"]
    assert office.read(office.ada).texts(".bubble-text") == ["The lease is ready.", "Thank you!"]


def test_C8_whoever_writes_takes_part_and_the_send_says_who_cannot_be_invited(
    office: Office,
) -> None:
    homeless = clients.matter(clients.contact("Nora Without"), "Without", number="00013")
    address = f"/staff/matters/{homeless.public_id}/portal"
    page = office.ada.get(address)
    assert "Nora Without has no email address" in page
    page = office.ada.submit(page, "Send", text="Hello")
    assert "Nora Without could not be invited: their contact card has no email address." in page
    assert page.texts(".bubble-text") == ["Hello"]

    office.write("From Ada")
    office.write("From Ben", by=office.ben)
    page = office.ada.get(f"{office.staff_url}/participants")
    for name in ("Ada Okafor", "Ben Lindqvist", "Cleo Vance"):
        assert name in page


def test_C2_ten_thousand_and_one_characters_are_refused_and_kept_in_the_composer(
    office: Office,
) -> None:
    office.write("First")
    for who in (office.ada, office.cleo):
        page = office.write("x" * 10_001, by=who, status=422)
        assert "Your message has 10,001 characters" in page
        assert page.one("#message-text").get_text().strip() == "x" * 10_001
        assert page.title.startswith("Error:")
        assert "First" in page.texts(".bubble-text")
        office.write("y" * 10_000, by=who)
    assert count(EventKind.MESSAGE) == 3


def test_C2_a_refused_message_comes_back_in_the_composer_alone_where_script_asks(
    office: Office,
) -> None:
    office.write("First")
    for who in (office.ada, office.cleo):
        page = office.read(who)
        token = page.one("#composer input[name=csrf_token]")["value"]
        url = str(page.one("#composer")["action"])
        data = {"csrf_token": token, "text": " \n", "after": "4"}
        answer = who.post(url, data, htmx=True, status=422)
        assert not answer.is_whole
        assert "Write a message or attach a document." in answer
        assert answer.headers["HX-Retarget"] == "#composer"


def test_C2_a_form_that_arrives_twice_sends_once_and_with_another_text_twice(
    office: Office,
) -> None:
    office.write("First")
    page = office.read(office.cleo)
    for _ in range(2):
        office.cleo.submit(page, "Send", text="Only once")
    assert office.read(office.cleo).texts(".bubble-text") == ["First", "Only once"]
    office.cleo.submit(page, "Send", text="Gone back, and written anew")
    assert len(office.read(office.cleo).texts(".bubble-text")) == 3


def test_C2_a_name_of_a_form_that_somebody_else_used_tells_nothing_of_theirs(
    office: Office,
) -> None:
    office.write("First")
    page = office.read(office.ada)
    nonce = page.one("#composer input[name=nonce]")["value"]
    office.ada.submit(page, "Send", text="The privileged text")
    page = office.read(office.cleo)
    office.cleo.submit(page, "Send", text="The privileged text", nonce=nonce)
    with db.read() as session:
        sent = session.scalars(select(Message).order_by(Message.position)).all()
    assert [one.contact_id is not None for one in sent] == [False, False, True]


@pytest.mark.parametrize("nonce", ["", "x", "x" * 41, "<script>", "a b c d e f g h"])
def test_C2_a_form_without_a_name_of_its_own_is_sent_under_a_new_one(
    office: Office, nonce: str
) -> None:
    page = office.read(office.ada)
    page = office.ada.submit(page, "Send", text="Hello", nonce=nonce)
    assert page.texts(".bubble-text") == ["Hello"]


def test_C2_markup_and_direction_are_shown_as_text(office: Office) -> None:
    said = "<script>alert(1)</script> https://example.org/x \u202eevil"
    office.write(said)
    page = office.read(office.cleo)
    assert page.texts(".bubble-text") == ["<script>alert(1)</script> https://example.org/x evil"]
    assert page.one(".bubble-text")["dir"] == "auto"
    assert page.link("https://example.org/x") == "https://example.org/x"


def test_C2_strangers_others_and_the_removed_find_no_portal(office: Office) -> None:
    office.write("First")
    other = clients.contact("Otto Other", "otto@client.test")
    second = clients.matter(other, "His own", number="00014")
    page = office.ada.get(f"/staff/matters/{second.public_id}/portal")
    office.ada.submit(page, "Send", text="a")
    portals.joined(other)
    otto = office.at_a_browser(other)
    page = otto.get(f"/portal/matters/{second.public_id}/messages")
    assert page.texts(".bubble-text") == ["a"]
    token = page.one("#composer input[name=csrf_token]")["value"]
    data = {"csrf_token": token, "text": "x", "position": "9"}
    for address in (office.client_url, "/portal/matters/nothing/messages"):
        for path in ("", "/news?after=0", "/attachment"):
            otto.get(address + path, status=404)
        for path in ("", "/draft", "/attachment", "/read"):
            otto.post(address + path, data, status=404)
    assert count(EventKind.MESSAGE) == 2
    assert count(EventKind.READ) == 0


def test_C2_a_form_without_the_clients_own_token_is_refused(office: Office) -> None:
    office.write("First")
    for path in ("", "/draft", "/attachment", "/read"):
        office.cleo.post(office.client_url + path, {"text": "x", "position": "9"}, status=400)
    assert count(EventKind.MESSAGE) == 1


def test_C2_a_draft_waits_on_the_server_and_is_gone_when_it_was_sent(office: Office) -> None:
    office.write("First")
    for who in (office.ada, office.cleo):
        page = office.read(who)
        token, nonce = (
            page.one(f"#composer input[name={name}]")["value"] for name in ("csrf_token", "nonce")
        )
        address = f"{page.one('#message-text')['hx-post']}"
        data = {"csrf_token": token, "nonce": nonce, "text": "Dear Cl"}
        who.post(address, data, htmx=True, status=204)
        page = office.read(who)
        assert page.one("#message-text").get_text().strip() == "Dear Cl"
        who.submit(page, "Send", text="Dear Cleo")
        assert office.read(who).one("#message-text").get_text().strip() == ""
        sent = page.one("#composer input[name=nonce]")["value"]
        who.post(address, {**data, "nonce": sent}, htmx=True, status=204)
        assert office.read(who).one("#message-text").get_text().strip() == "", "it came too late"
    assert office.read(office.ben).one("#message-text").get_text().strip() == ""


def test_C8_before_the_first_message_only_who_has_an_address_is_said_to_get_an_email(
    office: Office,
) -> None:
    assert "Cleo Vance gets an email with an invitation" in office.read(office.ada)
    silent = clients.matter(clients.contact("Nora Silent"), "No mail", number="00900")
    page = office.ada.get(f"/staff/matters/{silent.public_id}/portal")
    assert "It opens the client portal of this matter." in page
    assert "gets an email" not in page
    assert "Nora Silent has no email address" in page
