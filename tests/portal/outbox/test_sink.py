"""The sandbox's mail server keeps every email as a file."""

import smtplib
from pathlib import Path

import pytest
from flask import Flask

from portal.outbox import sink, smtp
from tests.portal.outbox.test_smtp import letter


def send(post_app: Flask, var: Path, count: int = 1) -> None:
    """Send this many emails to the sink."""
    with sink.running(var) as settings, post_app.app_context():
        server = smtp.MailServer(settings)
        for number in range(count):
            server.send(letter(number))
        server.close()


def test_an_email_is_kept_and_read_back(post_app: Flask, tmp_path: Path) -> None:
    send(post_app, tmp_path)
    (kept,) = sink.messages(tmp_path)
    assert kept.to == "Cleo <cleo@demo.test>"
    assert kept.sender == "Harlow & Reyes LLP <pay@harlow.test>"
    assert kept.subject == "Your payment"
    assert kept.language == "en-US"
    whole = sink.message(tmp_path, kept.name)
    assert whole is not None
    assert whole.text.strip() == "Paid."
    assert whole.html.strip() == "<p>Paid.</p>"
    assert ("Message-ID", "<0@pay.harlow.test>") in whole.headers
    assert whole.attachments == ()


def test_the_newest_come_first_and_half_a_file_is_not_shown(
    post_app: Flask, tmp_path: Path
) -> None:
    send(post_app, tmp_path, 5)
    (tmp_path / "mail" / ".20261121T101010000000-00000000.eml.part").write_bytes(b"From: x")
    (tmp_path / "mail" / "notes.txt").write_text("not an email")
    kept = sink.messages(tmp_path)
    names = [email.name for email in kept]
    assert names == sorted(names, reverse=True)
    assert len(kept) == 5
    assert len(sink.messages(tmp_path, limit=2)) == 2


def test_before_the_first_email_there_is_none(tmp_path: Path) -> None:
    assert sink.messages(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["../secret.eml", "..%2f", "", "a.eml", "/etc/passwd", "20261121T101010000000-0.eml\n"]
)
def test_only_names_of_kept_emails_open_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret")
    (tmp_path / "mail" / "a.eml").write_text("Subject: not ours")
    assert sink.message(tmp_path, name) is None


def test_a_message_that_is_no_proper_email_does_not_break_the_list(tmp_path: Path) -> None:
    with sink.running(tmp_path) as settings, smtplib.SMTP("127.0.0.1", settings.port) as client:
        client.sendmail("a@b.test", ["c@d.test"], b"\xff\xfe no headers at all\r\n")
        client.sendmail("a@b.test", ["c@d.test"], b"To: <<>>, x\r\nSubject: =?bad?=\r\n\r\nhi")
    kept = sink.messages(tmp_path)
    assert len(kept) == 2
    for email in kept:
        assert sink.message(tmp_path, email.name) is not None


def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    with sink.running(tmp_path) as settings:
        assert settings.server == "127.0.0.1"
        assert not settings.use_tls
