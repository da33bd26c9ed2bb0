"""Plain text and links that can be pressed, and nothing else (FEATURES C2)."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from portal.core.errors import Invalid
from portal.messages import texts
from portal.messages.models import TEXT_CHARS_MAX
from portal.messages.texts import checked, clean, linked

UNSEEN = ["\u200b", "\u2800", "\u3164\n\u3164", "\u115f \u1160", "\uffa0", "\u00ad", "\ufe0f"]


def drawn(text: str) -> BeautifulSoup:
    """A text as a page has it."""
    return BeautifulSoup(f"<p>{linked(text)}</p>", "html.parser")


def links(text: str) -> list[tuple[str, str]]:
    """Where each link of a drawn text leads, and what it says."""
    found = drawn(text).select("a")
    return [(str(one["href"]), one.get_text()) for one in found]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("  \n spaces around \n\n", "spaces around"),
        ("bell\x07 and null\x00 and escape\x1b[31m", "bell and null and escape[31m"),
        ("tab\tstays", "tab\tstays"),
        ("cafe\u0301", "café"),
        ("\ud800lone", "lone"),
        ("\u202egnp.exe\u202c and \u2066isolated\u2069", "gnp.exe and isolated"),
        ("far\n\n\n\n\n\n\napart", "far\n\n\napart"),
        ("مرحبا \u200fبك", "مرحبا \u200fبك"),
        ("👩\u200d👧 family", "👩\u200d👧 family"),
    ],
)
def test_C2_a_text_is_kept_without_what_cannot_be_seen_or_disguises(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_C2_ten_thousand_characters_fit_and_one_more_does_not() -> None:
    assert checked("ü" * TEXT_CHARS_MAX, may_be_empty=False) == "ü" * TEXT_CHARS_MAX
    with pytest.raises(Invalid, match="10,001 characters") as refused:
        checked("ü" * (TEXT_CHARS_MAX + 1), may_be_empty=False)
    assert refused.value.field == "text"


@pytest.mark.parametrize("nothing", ["", " \n\t ", "\x00\x07", "\u202e", "\ufeff", *UNSEEN])
def test_C2_a_text_that_says_nothing_needs_an_attachment(nothing: str) -> None:
    with pytest.raises(Invalid, match="Write a message or attach"):
        checked(nothing, may_be_empty=False)
    assert checked(nothing, may_be_empty=True) == ""


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt; & <b>bold</b>",
        '"><a href="https://evil.test">x',
        "{{ 7 * 7 }} {% include 'x' %}",
    ],
)
def test_C2_markup_is_shown_as_it_was_typed(markup: str) -> None:
    shown = drawn(markup)
    assert shown.get_text() == markup
    assert {tag.name for tag in shown.select("p *")} <= {"a"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a?b=1&c=2#d.", "https://example.org/a?b=1&c=2#d"),
        ("(http://example.org/x_(y))", "http://example.org/x_(y)"),
        ("HTTPS://EXAMPLE.ORG!", "HTTPS://EXAMPLE.ORG"),
        ("https://example.org:8443/x, or", "https://example.org:8443/x"),
        ("“https://example.org/quoted”", "https://example.org/quoted"),
        ("mailto:ada@harlow.test?", "mailto:ada@harlow.test"),
    ],
)
def test_C2_an_address_is_a_link_without_the_sentence_around_it(text: str, address: str) -> None:
    assert links(text) == [(address, address)]
    assert drawn(text).get_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd ftp://example.org //example.org",
        "https://bank.test@evil.test/",
        "https://user:pass@evil.test/",
        "https://",
        "https://[::1",
        "https://exa\u200emple.org/",
        "https://example.org:99999/",
        "https://.../",
        "mailto:nobody",
        "mailto:a@b.test?bcc=everybody@c.test",
        "xhttps://example.org",
    ],
)
def test_C2_what_is_no_plain_web_or_email_address_stays_text(text: str) -> None:
    assert links(text) == []
    assert drawn(text).get_text() == text


def test_C2_a_name_in_letters_that_look_like_ours_shows_where_it_leads() -> None:
    assert links("https://аpple.test/x") == [("https://xn--pple-43d.test/x",) * 2]


def test_C2_a_link_opens_apart_tells_nothing_and_keeps_its_direction() -> None:
    link = drawn("https://example.org/שלום").a
    assert link is not None
    assert link["target"] == "_blank"
    assert set(link["rel"]) == {"noopener", "noreferrer", "nofollow"}
    assert link["dir"] == "ltr"


@pytest.mark.parametrize("said", ["👍", "\u200bok", "ㄱ", "(", "e\u0301", "‼\ufe0f", "\ue000"])
def test_C2_whatever_can_be_seen_says_something(said: str) -> None:
    assert checked(said, may_be_empty=False)


class Counted(str):
    """A text that counts how often it is searched or cut."""

    __slots__ = ()
    steps = 0

    def count(self, *what: Any) -> int:
        Counted.steps += 1
        return super().count(*what)

    def __getitem__(self, place: Any) -> "Counted":
        Counted.steps += isinstance(place, slice)
        return Counted(super().__getitem__(place))


def test_C2_a_row_of_brackets_behind_an_address_is_looked_at_once() -> None:
    address = Counted("https://a.b/" + ")" * 9_900)
    assert texts._without_the_sentence(address) == "https://a.b/"
    assert Counted.steps <= 10
    assert links(address) == [("https://a.b/",) * 2]


def test_C2_an_address_beyond_two_thousand_characters_stays_text() -> None:
    fits = "https://a.b/" + "c" * 1_988
    assert links(fits) == [(fits, fits)]
    assert links(f"{fits}c") == []
