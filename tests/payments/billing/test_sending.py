"""Sending bills and trust requests: who is told what, once, and by which address."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from payments.accounts.settings import set_online_payments
from payments.billing import actions, sent
from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.handing_out import document_url
from payments.billing.models import Bill, BillStatus
from payments.billing.sending import ToSend, remind, send
from portal.clients.models import ContactEmail
from portal.core import db
from portal.core.errors import Conflict, Invalid
from portal.outbox.models import Delivery, DeliveryState, Notice
from tests.factories.billing import BEN, Line, Office, drafted, issued
from tests.payments.billing.desk import now_asked
from tests.payments.billing.mailroom import (
    CLEO,
    HOME,
    RunJobs,
    give_emails,
    links,
    pressed,
    requested,
)
from tests.support.cast import Cast
from tests.support.languages import EVERY_LANGUAGE, offer
from tests.support.outbox import Outbox, Sent
from tests.support.rows import count

Press = Callable[..., Sending]


def pdf_words(email: Sent) -> str:
    (attached,) = email.message.iter_attachments()
    data = attached.get_payload(decode=True)
    assert isinstance(data, bytes)
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def test_P1_a_bill_arrives_with_what_is_due_the_button_and_the_pdf(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """FEATURES D3, P1: the message stands in the one email, the bill is attached."""
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked(Line(123_456)))
    pressed(bill, message="Thank you for your trust.\nSee https://firm.example/help <b>")
    run_jobs()
    (email,) = outbox.to(CLEO)
    (link,) = links()
    assert email.subject == "A bill from Harlow & Reyes"
    for shown in (
        "$1,234.56",
        "Thank you for your trust.",
        "Due:",
        "operating account",
        "You get this email because",
    ):
        assert shown in email
    assert email.text.startswith(document_url(link))
    assert f'href="{document_url(link)}"' in email.html
    assert "Pay online now" in email.html
    assert "&lt;b&gt;" in email.html
    assert 'href="https://firm.example/help"' in email.html
    assert "1,234.56" in pdf_words(email)


def test_M13_before_it_is_opened_the_email_names_no_matter_and_no_amount(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    pressed(issued(desk, desk.cleo, now_asked()))
    run_jobs()
    (email,) = outbox.to(CLEO)
    shown = email.subject + email.html.partition("</style>")[2].partition("<h1")[0]
    for hidden in ("Cleo Vance, matter", "100.00", "1001"):
        assert hidden not in shown
    assert "Cleo Vance, matter 1" not in email.text


def test_P5_the_pdf_carries_a_code_of_its_own_that_never_stores(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """What is printed may lie on any desk: its address is a code's, the email's is the email's."""
    give_emails(desk.cleo, CLEO)
    pressed(issued(desk, desk.cleo, now_asked()))
    run_jobs()
    (email,) = outbox.to(CLEO)
    (code,), (link,) = links(Channel.CODE), links()
    words = pdf_words(email).replace(" ", "").replace("\n", "")
    assert code.token in words
    assert link.token not in words


def test_D3_each_recipient_gets_their_own_email_and_address(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO, HOME)
    pressed(issued(desk, desk.cleo, now_asked()), [HOME, CLEO])
    run_jobs()
    tokens = {outbox.to(one)[0].links[0] for one in (CLEO, HOME)}
    assert len(outbox.emails) == len(tokens) == 2
    assert [(link.name, link.address) for link in links()] == [
        ("Cleo Vance", CLEO),
        ("Cleo Vance", HOME),
    ]


def test_D3_pressing_twice_sends_once(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    first, again = (pressed(bill, nonce="one-form-of-ben") for _press in range(2))
    assert first.id == again.id
    run_jobs()
    assert len(outbox.emails) == 1
    pressed(bill)  # another form is another sending
    run_jobs()
    assert len(outbox.emails) == 2


def test_B3_the_email_speaks_the_clients_language(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    offer(EVERY_LANGUAGE)
    give_emails(desk.cleo, CLEO, language="es_US")
    pressed(issued(desk, desk.cleo, now_asked()))
    run_jobs()
    (email,) = outbox.to(CLEO)
    assert email.message["Content-Language"] == "es-US"
    assert [link.language for link in links()] == ["es_US"]


def test_D2_a_trust_request_says_that_the_money_is_held_for_the_client(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    pressed(requested(desk))
    run_jobs()
    (email,) = outbox.to(CLEO)
    (link,) = links()
    assert email.subject == "A trust request from Harlow & Reyes"
    assert "held for you in the firm’s trust account" in email
    assert f"/trust-requests/{link.token}" in email.text
    assert link.bank_account_id == desk.accounts.trust.id
    assert "500.00" in pdf_words(email)


def test_P1_without_online_payments_the_email_says_how_to_pay_otherwise(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)
    pressed(bill)
    run_jobs()
    (email,) = outbox.to(CLEO)
    assert "To pay, please contact us:" in email
    assert "Pay online now" not in email.html
    assert "/bills/" not in email.text + email.html + pdf_words(email)


@pytest.mark.parametrize("press", [send, remind])
@pytest.mark.parametrize("end", ["void", "paid", "reserved", "moved"])
def test_D8_an_email_that_is_no_longer_true_is_withdrawn(
    end: str, press: Press, cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    """Voided, paid, wholly reserved, or the address given up between the press and its turn."""
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked(Line(10_000)))
    if press is remind:
        pressed(bill)
        run_jobs()
    before = len(outbox.emails)
    with db.transaction() as session:
        press(session, bill, ToSend("a-nonce-of-ben", addresses=[CLEO]), by=BEN)
    _end(bill, end)
    run_jobs()
    assert len(outbox.emails) == before
    with db.read() as session:
        latest, *_first = sent.history(session, bill).latest
    assert [email.state for email in latest.emails] == [DeliveryState.WITHDRAWN]


def _end(bill: Bill, end: str) -> None:
    changes = {
        "paid": {"status": BillStatus.PAID, "applied_cents": 10_000},
        "reserved": {"reserved_cents": 10_000},
    }
    with db.transaction() as session:
        if end == "void":
            loaded = session.get_one(Bill, bill.id)
            actions.void(session, loaded, reason="Wrong client", by=BEN)
        elif end == "moved":
            session.execute(update(ContactEmail).values(address=HOME, address_key=HOME))
        else:
            session.execute(update(Bill).where(Bill.id == bill.id).values(changes[end]))


def test_D3_what_cannot_be_paid_is_not_sent(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    with pytest.raises(Conflict, match="still a draft"):
        pressed(drafted(desk, desk.cleo, now_asked()))
    for end, words in (("reserved", "under way"), ("paid", "is paid"), ("void", "was voided")):
        bill = issued(desk, desk.cleo, now_asked(Line(10_000)))
        _end(bill, end)
        with pytest.raises(Conflict, match=words):
            pressed(bill)
    assert count(Sending) == count(Notice) == 0


@pytest.mark.parametrize(
    "wanted, field",
    [
        (ToSend("a-nonce-of-ben", addresses=[CLEO], email=False), "email"),
        (ToSend("a-nonce-of-ben", addresses=[CLEO], portal=True), "portal"),
        (ToSend("a-nonce-of-ben"), "addresses"),
        (ToSend("a-nonce-of-ben", addresses=["sol@stranger.test"]), "addresses"),
        (ToSend("a-nonce-of-ben", addresses=[f"{CLEO}, sol@stranger.test"]), "addresses"),
        (ToSend("a-nonce-of-ben", addresses=[f"{CLEO}\nBcc: sol@stranger.test"]), "addresses"),
        (ToSend("a-nonce-of-ben", "x" * 100_000, [CLEO]), "message"),
        (ToSend("short", addresses=[CLEO]), None),
    ],
)
def test_bad_input_sends_nothing_and_says_what_is_wrong(
    wanted: ToSend, field: str | None, cast: Cast, desk: Office
) -> None:
    """Forged addresses, lists and headers of a form, neither toggle, and a novel as message."""
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    with pytest.raises(Invalid) as refused, db.transaction() as session:
        send(session, bill, wanted, by=BEN)
    assert refused.value.field == field
    assert count(Sending) == count(DocumentLink) == count(Notice) == 0


def test_a_client_without_an_email_is_told_of(cast: Cast, desk: Office) -> None:
    with pytest.raises(Invalid, match="has no email address"):
        pressed(issued(desk, desk.cleo, now_asked()))


def test_D8_a_reminder_by_hand_says_that_it_is_one(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked(due_in_days=0))
    pressed(bill)
    with db.transaction() as session:
        wanted = ToSend("a-nonce-of-ben", "Just a word.", [CLEO])
        remind(session, bill, wanted, by=BEN)
    run_jobs()
    _first, email = outbox.to(CLEO)
    assert email.subject == "A reminder from Harlow & Reyes"
    assert "past its due date" in email
    assert "Just a word." in email
    assert email.links[0] == document_url(links()[1])


def test_D3_a_bill_shows_what_became_of_each_email(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO, HOME)
    bill = issued(desk, desk.cleo, now_asked())
    pressed(bill, [CLEO, HOME])
    assert states(bill) == [DeliveryState.OWED, DeliveryState.OWED]
    run_jobs()
    assert states(bill) == [DeliveryState.SENT, DeliveryState.SENT]
    with db.transaction() as session:
        refused = {
            "state": DeliveryState.REFUSED,
            "sent_at": None,
            "last_reply": "550 no such user",
        }
        session.execute(update(Delivery).where(Delivery.address == HOME).values(refused))
    with db.read() as session:
        told = sent.history(session, bill)
    assert (told.sent, told.reminded) == (1, 0)
    assert [(one.failed, one.reply[:3]) for one in told.latest[0].emails] == [
        (False, "250"),
        (True, "550"),
    ]


def states(bill: Bill) -> list[DeliveryState]:
    with db.read() as session:
        return [email.state for email in sent.history(session, bill).latest[0].emails]
