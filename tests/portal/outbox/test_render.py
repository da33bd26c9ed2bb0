"""An email's three files, in the reader's language, with the firm's face."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from jinja2 import UndefinedError

from portal.outbox import render
from portal.outbox.registry import Attachment, Email, Recipient

CLEO = Recipient("Cleo Vance", "cleo@demo.test", "en_US")


def rendered(app: Flask, recipient: Recipient = CLEO, **more: Any) -> EmailMessage:
    """The receipt, as it arrives."""
    email = Email("receipt", {"name": recipient.name, "subject_tail": ""}, **more)
    with app.app_context():
        sent = render.render(email, recipient, message_id="<1@pay.harlow.test>", stream="payments")
    return message_from_bytes(sent.as_bytes(), policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def test_B2_an_email_comes_from_the_firm_and_answers_go_to_it(post_app: Flask) -> None:
    message = rendered(post_app)
    assert message["From"] == "Harlow & Reyes LLP <pay@harlow.test>"
    assert message["Reply-To"] == "Harlow & Reyes LLP <office@harlow.test>"
    assert message["List-Id"] == "<payments.pay.harlow.test>"
    assert "Retainer" not in message.as_string()


def test_without_a_sender_set_it_comes_from_the_firm_s_own_address(post_app: Flask) -> None:
    render.init_app(post_app, base_url="http://localhost:8000", sender=None)
    assert rendered(post_app)["From"] == "Harlow & Reyes LLP <office@harlow.test>"


def test_answers_can_go_to_somebody_else(post_app: Flask) -> None:
    message = rendered(post_app, reply_to="ada@harlow.test")
    assert message["Reply-To"].addresses[0].addr_spec == "ada@harlow.test"


def test_the_plain_text_is_complete_with_its_bare_link_first(post_app: Flask) -> None:
    text = body(rendered(post_app), "plain")
    assert text == "https://pay.harlow.test/payments/K7QM\nHello Cleo Vance\n"


def test_the_html_has_its_styles_inline_and_keeps_the_dark_ones(post_app: Flask) -> None:
    html = body(rendered(post_app), "html")
    assert '<a class="link" href="https://pay.harlow.test/payments/K7QM" style="color: ' in html
    assert "prefers-color-scheme: dark" in html


def test_names_are_escaped_in_html_and_plain_in_text(post_app: Flask) -> None:
    message = rendered(post_app, Recipient("<b>Cleo</b> & Co", "cleo@demo.test", "en_US"))
    assert "&lt;b&gt;Cleo&lt;/b&gt; &amp; Co" in body(message, "html")
    assert "Hello <b>Cleo</b> & Co" in body(message, "plain")


@pytest.mark.parametrize(
    "language, told", [("fr_CA", "fr-CA"), ("es_US", "es-US"), ("xx", "en"), ("", "en")]
)
def test_B3_it_is_written_in_the_reader_s_language_or_the_firm_s(
    post_app: Flask, language: str, told: str
) -> None:
    message = rendered(post_app, Recipient("Cleo", "cleo@demo.test", language))
    assert message["Content-Language"] == told
    assert f'lang="{told}"' in body(message, "html")


def test_an_attachment_comes_along(post_app: Flask) -> None:
    message = rendered(post_app, attachments=(Attachment("b.pdf", "application/pdf", b"%PDF"),))
    assert [part.get_content() for part in message.iter_attachments()] == [b"%PDF"]


def test_a_broken_template_raises(post_app: Flask) -> None:
    with post_app.app_context(), pytest.raises(UndefinedError):
        render.render(Email("broken"), CLEO, message_id="<1@x.test>", stream="payments")
