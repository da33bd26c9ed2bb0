"""The staff page Emails, and the sandbox's mailbox."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock, config, db
from portal.core.config import MailSettings, Settings
from portal.outbox import sink
from portal.outbox.actions import owe
from portal.outbox.models import Delivery, DeliveryState, Notice
from tests.portal.outbox.test_sink import send
from tests.support.cast import Cast
from tests.support.page import Page


def deliveries(*states: DeliveryState) -> None:
    """Emails with these fates, in this order."""
    with db.transaction() as session:
        owe(session, "any", audience="address", once="1")
        notice = session.scalars(select(Notice.id)).one()
        for number, state in enumerate(states):
            delivery = Delivery(
                public_id=f"d{number}",
                notice_id=notice,
                name=f"Reader {number}",
                address=f"reader{number}@client.test",
                language="en_US",
                message_id=f"<d{number}@pay.test>",
                subject="Your payment",
                state=state,
                last_reply="550 no such mailbox" if state == "refused" else "",
                owed_at=clock.now(),
                sent_at=clock.now() if state == "sent" else None,
            )
            session.add(delivery)
            session.flush()


def state_of(public_id: str) -> str:
    with db.read() as session:
        found = session.scalars(select(Delivery).where(Delivery.public_id == public_id)).one()
        return found.state


def test_every_email_shows_to_whom_its_state_and_the_last_reply(cast: Cast) -> None:
    deliveries(*DeliveryState)
    page = cast.ben.get("/staff/emails")
    assert page.texts("tbody .badge") == ["Not needed", "Given up", "Refused", "Sent", "Waiting"]
    assert "Reader 2" in page
    assert "reader2@client.test" in page
    assert "550 no such mailbox" in page
    assert "Your payment" in page


def test_an_empty_page_says_what_will_stand_there(cast: Cast) -> None:
    assert "No emails yet" in cast.ada.get("/staff/emails")
    assert "No email is in this state." in cast.ada.get("/staff/emails?state=refused")


def test_emails_are_filtered_by_state_in_the_address(cast: Cast) -> None:
    deliveries(*DeliveryState)
    page = cast.ada.click(cast.ada.get("/staff/emails"), "Given up")
    assert page.texts("tbody .badge") == ["Given up"]
    assert page.address.endswith("state=given-up")
    assert len(cast.ada.get("/staff/emails?state=nonsense").select("tbody tr")) == 5


def test_pages_follow_each_other_both_ways(cast: Cast) -> None:
    deliveries(*[DeliveryState.SENT] * 120)
    first = cast.ada.get("/staff/emails?state=sent")
    second = cast.ada.click(first, "Next")
    third = cast.ada.click(second, "Next")
    seen = [page.texts("tbody th .small") for page in (first, second, third)]
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert [reader for rows in seen for reader in rows] == [
        f"reader{n}@client.test" for n in reversed(range(120))
    ]
    assert cast.ada.click(third, "Previous").texts("tbody th .small") == seen[1]


def test_a_page_that_no_row_can_begin_at_is_the_first(cast: Cast) -> None:
    deliveries(DeliveryState.SENT)
    for name in ("before", "after"):
        assert "Reader 0" in cast.ada.get(f"/staff/emails?{name}={9 * 10**19}")


def test_an_administrator_sends_a_failed_email_again(cast: Cast) -> None:
    deliveries(DeliveryState.SENT, DeliveryState.REFUSED)
    page = cast.ada.get("/staff/emails")
    page = cast.ada.submit(page, "Send again to Reader 1")
    assert "The email will be sent again." in page
    assert page.texts("tbody .badge") == ["Waiting", "Sent"]


def test_others_see_and_do_not_send_again(cast: Cast) -> None:
    deliveries(DeliveryState.REFUSED)
    token = cast.ben.get("/staff/alerts").select("input[name=csrf_token]")[0]["value"]
    for name, person in cast.everybody.items():
        page = person.get("/staff/emails")
        assert ("Reader 0" in page) == (name in {"ada", "ben", "ana"})
        assert (page.texts("tbody button") == ["Send again"]) == (name == "ada")
    cast.ben.post("/staff/emails/d0/attempts", {"csrf_token": token}, status=403)
    assert state_of("d0") == "refused"


def test_what_was_sent_meanwhile_is_not_sent_twice(cast: Cast) -> None:
    deliveries(DeliveryState.REFUSED)
    page = cast.ada.get("/staff/emails")
    with db.transaction() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.sent_at = DeliveryState.SENT, clock.now()
    assert "This email did not fail" in cast.ada.submit(page, "Send again to Reader 0")
    assert state_of("d0") == "sent"
    cast.ada.post("/staff/emails/nobody/attempts", {"csrf_token": _token(page)}, status=404)


def test_htmx_gets_the_row_alone(cast: Cast) -> None:
    deliveries(DeliveryState.REFUSED)
    token = _token(cast.ada.get("/staff/emails"))
    answer = cast.ada.ask(
        "POST", "/staff/emails/d0/attempts", data={"csrf_token": token}, htmx=True
    )
    assert not answer.is_whole
    assert answer.texts("tr#email-d0 .badge") == ["Waiting"]
    assert "The email will be sent again." in answer.body


def _token(page: Page) -> str:
    return str(page.select("input[name=csrf_token]")[0]["value"])


def test_the_mailbox_shows_what_was_sent_and_an_empty_one_says_so(
    cast: Cast, settings: Settings, post_app: Flask
) -> None:
    assert "No emails yet" in cast.sol.get("/sandbox/mail")
    send(post_app, settings.var, 2)
    page = cast.sol.get("/sandbox/mail")
    assert page.texts("h2") == ["Your payment", "Your payment"]
    message = cast.sol.click(page, "Your payment")
    assert "To Cleo <cleo@demo.test>" in message
    assert "Paid." in message
    assert "Message-ID" in message
    frame = message.one("iframe")
    assert "allow-scripts" not in str(frame["sandbox"])
    assert "frame-src 'self'" in message.headers["Content-Security-Policy"]


def test_the_html_of_an_email_can_do_nothing_but_open_links_outside(
    cast: Cast, settings: Settings, post_app: Flask
) -> None:
    send(post_app, settings.var)
    (kept,) = sink.messages(settings.var)
    response = cast.sol.http.get(f"/sandbox/mail/{kept.name}/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert response.get_data(as_text=True).startswith('<base target="_blank"><p>Paid.</p>')


@pytest.mark.parametrize("name", ["nothing", "..", "20261121T101010000000-00000000.eml"])
def test_an_email_that_is_not_there_is_a_404(cast: Cast, name: str) -> None:
    cast.sol.get(f"/sandbox/mail/{name}", status=404)


def test_there_is_no_mailbox_where_mail_goes_to_a_real_server(
    cast: Cast, settings: Settings
) -> None:
    mail = MailSettings("smtp.harlow.test", 587, None, None, True, None)
    config.use(replace(settings, mail=mail))
    cast.sol.get("/sandbox/mail", status=404)


def test_times_are_told_in_the_firm_s_zone(cast: Cast) -> None:
    deliveries(DeliveryState.SENT)
    shown = cast.ada.get("/staff/emails").one("tbody time")
    assert shown.get_text().endswith(("PST", "PDT"))
    assert (
        timedelta(0)
        <= clock.now() - datetime.fromisoformat(str(shown["datetime"]))
        < timedelta(minutes=1)
    )
