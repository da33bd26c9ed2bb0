"""An email's three files under `templates/emails/`, in the reader's language and firm's face."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import css_inline
from babel import Locale, UnknownLocaleError
from flask import Flask, current_app
from flask_babel import force_locale, get_locale

from portal.core import clock
from portal.outbox.composing import Envelope, Words, address, compose, one_line
from portal.outbox.registry import Email, Recipient

# The head keeps its rules for dark mode and phones; everything else is also set inline, since
# many mail programs drop the head.
_inliner = css_inline.CSSInliner(
    keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False
)


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """The address that clients see, and the mailbox that emails come from (None: the firm's)."""

    base_url: str
    sender: str | None


def init_app(app: Flask, *, base_url: str, sender: str | None) -> None:
    """Say where links in emails lead, and from which mailbox they come."""
    app.extensions["outbox"] = EmailSettings(base_url, sender)


def host() -> str:
    """The name of this deployment, which ends Message-IDs and List-Ids."""
    return urlsplit(_settings().base_url).hostname or "localhost"


def render(email: Email, recipient: Recipient, *, message_id: str, stream: str) -> EmailMessage:
    """The email to one recipient, ready to be sent. Runs outside any transaction.

    Raises `Unsendable` if the address is none, and Jinja's errors for a broken template.
    """
    with _request_of_nobody(), _language(recipient.language):
        context = _context(email, recipient)
        brand = context["brand"]
        words = _words(email.template, context)
        language = str(get_locale()).replace("_", "-")
    sender = _settings().sender or brand.email
    envelope = Envelope(
        sender=address(brand.legal_name, sender),
        recipient=address(recipient.name, recipient.address),
        reply_to=address(brand.legal_name, email.reply_to or brand.email),
        message_id=message_id,
        list_id=f"<{stream}.{host()}>",
        language=language,
        date=clock.wall_time(),
    )
    return compose(envelope, words, email.attachments)


def _settings() -> EmailSettings:
    return current_app.extensions["outbox"]


def _words(template: str, context: dict[str, Any]) -> Words:
    def written(file: str, **more: str) -> str:
        return current_app.jinja_env.get_template(f"emails/{template}/{file}").render(
            context, **more
        )

    subject = one_line(written("subject.txt"), 200)
    text, html = written("body.txt"), written("body.html", subject=subject)
    return Words(subject, text.strip() + "\n", _inliner.inline(html))


def _context(email: Email, recipient: Recipient) -> dict[str, Any]:
    """What the three files may speak of: made once, as it reads the database."""
    context: dict[str, Any] = {
        **email.context,
        "recipient": recipient,
        "page_locale": str(get_locale()),
        "site_url": _settings().base_url,
    }
    current_app.update_template_context(context)
    return context


@contextmanager
def _request_of_nobody() -> Iterator[None]:
    # Links are absolute and lead to BASE_URL, whichever worker writes them; nobody is signed in.
    with current_app.test_request_context("/", base_url=_settings().base_url):
        yield


@contextmanager
def _language(wanted: str) -> Iterator[None]:
    try:
        locale = Locale.parse(wanted)
    except (ValueError, UnknownLocaleError):
        yield  # a language we do not know gets the firm's own, rather than no email
        return
    with force_locale(str(locale)):
        yield
