"""Nothing that somebody typed becomes a header, a second recipient or a hidden trick."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.core import clock
from portal.outbox.composing import (
    NAME_CHARS_MAX,
    SUBJECT_CHARS_MAX,
    Envelope,
    Unsendable,
    Words,
    address,
    compose,
    one_line,
)
from portal.outbox.registry import Attachment

FIRM = address("Harlow & Reyes LLP", "pay@harlow.test")


def composed(
    *,
    to: Address,
    subject: str = "Your payment",
    attachments: tuple[Attachment, ...] = (),
    text: str = "Paid.\n",
) -> EmailMessage:
    """What arrives when this is sent."""
    envelope = Envelope(
        sender=FIRM,
        recipient=to,
        reply_to=FIRM,
        message_id="<aB3@pay.harlow.test>",
        list_id="<payments.pay.harlow.test>",
        language="fr-CA",
        date=clock.wall_time(),
    )
    sent = compose(envelope, Words(subject, text, "<p>Payé.</p>"), attachments)
    return message_from_bytes(sent.as_bytes(), policy=policy.default)


def test_the_headers_say_what_mail_programs_need() -> None:
    message = composed(to=address("Cleo", "cleo@demo.test"))
    assert message["From"] == "Harlow & Reyes LLP <pay@harlow.test>"
    assert message["To"] == "Cleo <cleo@demo.test>"
    assert message["Message-ID"] == "<aB3@pay.harlow.test>"
    assert message["List-Id"] == "<payments.pay.harlow.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr-CA"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Cleo\r\nBcc: sol@demo.test",
        "Cleo\nSubject: Win",
        "Sol <sol@demo.test>, Cleo",
        '"Sol" <sol@demo.test>,',
        "Cleo\x00\x1b[31m",
        "Cleo\u2028Bcc: sol@demo.test",
        "Ünal, Cleo <sol@demo.test> " * 20,
        "é, " * 60,
        "=?utf-8?q?sol=40demo=2Etest=2C?=",
    ],
)
def test_a_name_never_adds_a_header_or_a_recipient(name: str) -> None:
    message = composed(to=address(name, "cleo@demo.test"))
    assert [a.addr_spec for a in message["To"].addresses] == ["cleo@demo.test"]
    assert message["Bcc"] is None
    assert message["Subject"] == "Your payment"


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=300))
@example("a, b <c@d.e>", "x\r\n\r\nbody")
@example("=?utf-8?q?a=2C_b?=", "=?utf-8?q?a=0D=0ABcc:_b?=")
def test_no_name_or_subject_at_all_can_be_a_header(name: str, subject: str) -> None:
    message = composed(to=address(name, "cleo@demo.test"), subject=subject)
    assert [a.addr_spec for a in message["To"].addresses] == ["cleo@demo.test"]
    assert set(message.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id",
        "Content-Language", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "Henry Marsh and Cleopatra Marsh-Delgado, Trustees of the Marsh Family Irrevocable Trust",
        'Estate of Maximilian Wolkenstein-Oberhausen (Deceased), c/o Harlow & Reyes, "Attn.: Ada"',
    ],
)
def test_a_long_name_with_a_comma_gets_its_email_under_the_whole_name(name: str) -> None:
    (read,) = composed(to=address(name, "cleo@demo.test"))["To"].addresses
    assert (read.display_name, read.addr_spec) == (name, "cleo@demo.test")


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "cleo",
        "cleo@",
        "@demo.test",
        "cleo@demo.test, sol@demo.test",
        "cleo@demo.test sol@demo.test",
        "cleo@demo.test\r\nBcc: sol@demo.test",
        "Cleo <cleo@demo.test>",
        "cleo@demo.test (sol)",
        "cléo@demo.test",
        "cleo@" + "x" * 70 + ".test",
        "cleo@demo..test",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(spec: str) -> None:
    with pytest.raises(Unsendable):
        address("Cleo", spec)


def test_a_domain_with_accents_goes_out_in_its_ascii_form() -> None:
    assert address("Cleo", "cleo@bücher.test").addr_spec == "cleo@xn--bcher-kva.test"


def test_subjects_and_names_are_one_clean_line_of_bounded_length() -> None:
    assert one_line(" a\tb\r\nc\u202ed\u200b\x07 e ", 100) == "a b cd e"
    assert len(one_line("x" * 10_000, SUBJECT_CHARS_MAX)) == SUBJECT_CHARS_MAX
    long = address("y" * 10_000, "cleo@demo.test")
    assert len(long.display_name) == NAME_CHARS_MAX


def test_an_attachment_keeps_its_bytes_and_gets_a_safe_name() -> None:
    file = Attachment('reçu"\r\nX: y.pdf', "application/pdf", b"%PDF\r\n\x00")
    message = composed(to=FIRM, attachments=(file,))
    (attached,) = message.iter_attachments()
    assert attached.get_content() == b"%PDF\r\n\x00"
    assert attached.get_filename() == 'reçu" X: y.pdf'
    assert attached.get_content_type() == "application/pdf"


def test_bodies_are_seven_bit_so_that_no_server_can_spoil_an_accent() -> None:
    text = "Payé — 1 234,50 $\n.\n" + "ü" * 2_000 + "\n"
    envelope_to = address("Cléo", "cleo@demo.test")
    message = composed(to=envelope_to, text=text)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text
    assert message.as_bytes().isascii()


def test_a_long_message_id_is_never_folded_into_another() -> None:
    envelope = Envelope(
        sender=FIRM,
        recipient=FIRM,
        reply_to=FIRM,
        message_id=f"<aB3@{'a' * 60}.{'b' * 60}.harlow.test>",
        list_id="<payments.pay.harlow.test>",
        language="en-US",
        date=clock.wall_time(),
    )
    sent = compose(envelope, Words("s", "t", "h"), ()).as_bytes()
    assert message_from_bytes(sent, policy=policy.default)["Message-ID"] == envelope.message_id
