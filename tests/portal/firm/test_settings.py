"""**Settings**: who opens it, what stands there, and what each step of the checklist finds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock, config, db
from portal.core.audit import AuditEntry
from portal.core.config import Settings, StripeSettings
from portal.core.jobs import WorkerHeartbeat, queue
from portal.firm import checklist, queries
from portal.firm.checklist import State
from portal.firm.factors import Authenticator, Passkey
from portal.firm.models import Firm
from portal.outbox import smtp
from portal.outbox.actions import owe
from portal.outbox.models import Notice
from portal.outbox.trial import TEST_EMAIL
from tests.portal.outbox.mail_server import MailServer, at_port, in_use
from tests.support.browser import free_port
from tests.support.cast import ADA, Cast
from tests.support.page import Page

SETTINGS = "/staff/settings"
TEST_EMAILS = f"{SETTINGS}/test-emails"
RunJobs = Callable[[], int]


@pytest.fixture
def mail_server(cast: Cast) -> Iterator[MailServer]:
    with in_use() as server:
        yield server


def badge(page: Page, key: str) -> str:
    return page.texts(f"#step-{key} .badge")[0]


def step(page: Page, key: str) -> str:
    return page.texts(f"#step-{key}")[0]


def found(key: str) -> checklist.Found:
    with db.read() as session:
        return checklist.STEPS[key].look(session)


def send_test_email(cast: Cast) -> Page:
    return cast.ada.submit(cast.ada.get(SETTINGS), "Send a test email")


def test_only_administrators_open_settings_and_send_test_emails(cast: Cast) -> None:
    expected = {"ada": 200, "ben": 403, "ana": 403, "cleo": 303, "sol": 303}
    for name, person in cast.everybody.items():
        page = person.ask("GET", SETTINGS, status=None, follow=False)
        assert page.status == expected[name], name
        if name in {"ben", "ana"}:
            person.post(TEST_EMAILS, {"csrf_token": person.csrf_token()}, status=403)
        elif name != "ada":
            assert person.ask("POST", TEST_EMAILS, status=303, follow=False)
    with db.read() as session:
        assert session.scalars(select(Notice)).all() == []


def test_every_page_of_settings_that_there_is_has_a_card(app: Flask, cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    others = [one for one in page.texts(".staff-sub a") if one != "Set up"]
    assert len(others) > 8
    assert sorted(page.texts(".settings-cards a")) == sorted(others)
    assert "Online payments" in page.texts(".settings-cards h3")
    for link in page.select(".settings-cards a"):
        cast.ada.get(str(link["href"]))


def test_who_can_set_the_firm_up_begins_there_until_it_is_done(cast: Cast) -> None:
    assert cast.ada.get("/staff/").texts("h1") == ["Settings"]
    assert cast.ben.get("/staff/").texts("h1") == ["Overview"]


def test_the_checklist_says_how_many_steps_are_done(cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    bar = page.one("#set-up-progress progress")
    badges = [badge(page, one.key) for one in checklist.steps() if one.required]
    assert (str(bar["value"]), str(bar["max"])) == (str(badges.count("Done")), str(len(badges)))
    assert badges.count("Done") < len(badges)
    assert "Set up: all done" not in page


def test_B1_a_firm_without_its_contact_data_is_told_what_is_missing(cast: Cast) -> None:
    assert found("firm").state is State.DONE
    with db.transaction() as session:
        firm = session.get_one(Firm, 1)
        firm.phone = firm.address = " "
    looked = found("firm")
    assert looked.state is State.TO_DO
    assert looked.words == ("Still missing: Address, Phone.",)


def sign_in_is_strict(settings: Settings) -> None:
    stripe = StripeSettings("sk_test_x", "pk_test_x", ("whsec_x",))
    config.use(replace(settings, stripe=stripe))


def test_outside_the_sandbox_every_administrator_needs_a_second_factor(
    cast: Cast, settings: Settings
) -> None:
    in_the_sandbox = found("people")
    assert in_the_sandbox.state is State.DONE
    assert ADA.name in " ".join(in_the_sandbox.words)
    sign_in_is_strict(settings)
    assert found("people").state is State.TO_DO
    wall = clock.wall_time()
    with db.transaction() as session:
        ada = queries.user_by_email(session, ADA.email)
        assert ada is not None
        session.add(Authenticator(user_id=ada.id, secret="x", made_at=wall, confirmed_at=None))
    assert found("people").state is State.TO_DO, "no code of it was shown yet"
    with db.transaction() as session:
        session.get_one(Authenticator, ada.id).confirmed_at = wall
    assert found("people").state is State.DONE


def test_a_passkey_is_a_second_factor_as_well(cast: Cast, settings: Settings) -> None:
    sign_in_is_strict(settings)
    with db.transaction() as session:
        ada = queries.user_by_email(session, ADA.email)
        assert ada is not None
        key = Passkey(
            public_id="one",
            user_id=ada.id,
            credential_id=b"1",
            public_key=b"1",
            name="Laptop",
            added_at=clock.wall_time(),
        )
        session.add(key)
    assert found("people").state is State.DONE


def test_a_test_email_is_done_only_when_the_mail_server_has_accepted_it(
    cast: Cast, mail_server: MailServer, run_jobs: RunJobs
) -> None:
    page = send_test_email(cast)
    assert badge(page, "mail") == "Waiting"
    assert page.one("#set-up")["hx-trigger"] == "every 2s"
    assert mail_server.taken == []
    run_jobs()
    fragment = cast.ada.get(SETTINGS, htmx=True)
    assert not fragment.is_whole
    assert badge(fragment, "mail") == "Done"
    assert "250 OK queued as 1" in step(fragment, "mail")
    assert not fragment.one("#set-up").has_attr("hx-trigger")
    (letter,) = mail_server.taken
    assert letter["To"].addresses[0].addr_spec == ADA.email
    assert str(letter["Subject"]) == "Test email from Harlow & Reyes"
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("http://localhost:8000/staff/settings\r\n")


def test_without_mail_settings_the_email_lies_in_the_sandboxs_mailbox(
    cast: Cast, mail_server: MailServer, settings: Settings, run_jobs: RunJobs
) -> None:
    send_test_email(cast)
    run_jobs()
    page = cast.ada.get(SETTINGS)
    assert "they lie in the sandbox's mailbox, at /sandbox/mail" in step(page, "mail")
    assert "server accepted" not in step(page, "mail")
    config.use(replace(settings, mail=mail_server.settings()))
    assert found("mail").words == (
        "Your mail server accepted the test email. Look for it in your inbox.",
    )


def test_a_refused_test_email_shows_the_servers_answer_and_can_be_sent_once_more(
    cast: Cast, mail_server: MailServer, run_jobs: RunJobs
) -> None:
    mail_server.say = lambda _address: "550 5.7.1 We do not relay for you"
    send_test_email(cast)
    run_jobs()
    page = cast.ada.get(SETTINGS)
    assert badge(page, "mail") == "Needs attention"
    assert "550 5.7.1 We do not relay for you" in step(page, "mail")
    mail_server.say = lambda _address: "250 OK"
    cast.ada.submit(page, "Send another test email")
    run_jobs()
    assert badge(cast.ada.get(SETTINGS), "mail") == "Done"


def test_a_mail_server_that_is_not_there_is_told_while_we_keep_trying(
    cast: Cast, run_jobs: RunJobs
) -> None:
    smtp.use(smtp.MailServer(at_port(free_port()), timeout_seconds=2, pause_seconds=0))
    send_test_email(cast)
    run_jobs()
    page = cast.ada.get(SETTINGS)
    assert badge(page, "mail") == "Waiting"
    assert "did not take the test email yet" in step(page, "mail")
    assert "refused" in step(page, "mail")


def test_a_double_click_sends_one_test_email(cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    token = {"csrf_token": page.select("[name=csrf_token]")[0]["value"]}
    for _click in range(2):
        cast.ada.post(TEST_EMAILS, token)
    with db.read() as session:
        assert len(session.scalars(select(Notice)).all()) == 1
        entries = session.scalars(select(AuditEntry.action)).all()
    assert entries.count("email.tested") == 1


def test_an_email_that_waits_for_a_worker_that_is_not_there_says_so(
    cast: Cast, run_jobs: RunJobs
) -> None:
    page = send_test_email(cast)
    assert "it is not running" in step(page, "mail")
    assert badge(page, "worker") == "Needs attention"
    with db.transaction() as session:
        queue.renew(session, "worker", [])
    page = cast.ada.get(SETTINGS)
    assert "it is not running" not in step(page, "mail")
    assert badge(page, "worker") == "Done"
    with db.transaction() as session:
        row = session.get_one(WorkerHeartbeat, "worker")
        row.seen_at = clock.wall_time() - timedelta(seconds=46)
    assert badge(cast.ada.get(SETTINGS), "worker") == "Needs attention"


def test_any_email_that_was_accepted_shows_that_the_mail_server_works(
    cast: Cast, mail_server: MailServer, run_jobs: RunJobs
) -> None:
    """As an invitation does, before anybody asks for a test."""
    to: dict[str, Any] = {"name": "Ben", "address": "ben@harlow.test", "language": "en_US"}
    with db.transaction() as session:
        owe(session, TEST_EMAIL, audience="address", once="invitation:1", **to)
    assert found("mail").state is State.TO_DO
    run_jobs()
    looked = found("mail")
    assert looked.state is State.DONE
    assert "ben@harlow.test" in dict(looked.facts).values()
