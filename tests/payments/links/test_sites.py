"""Which websites can be listed, and the sentence for each that cannot (FEATURES E2)."""

import pytest
from flask import Flask

from payments.links.sites import origin_of
from portal.core.errors import Invalid

OWN = "https://pay.firm.test"
SPACES = "There is a space, a line break or a hidden sign in this address. Take it out."
HTTPS = "The address of a website begins with https://."
BY_NUMBER = "Enter the name of the website instead of its IP address."
NO_NAME = "Enter the address of a website, such as https://www.your-firm.com."
NOT_ONE = "This is not the name of a website. Please check how it is written."
PORT = "What stands after the colon is not a port. Leave it out."
STAR = "Enter each website by its whole name. With * pages that are not yours could get in."
TOO_LONG = "This is too long for the address of a website."
WHOLE = "Enter the whole name of the website, such as "


def no(sign: str) -> str:
    return f"An address has no {sign} in it. Enter one website at a time."


def alike(name: str) -> str:
    return (
        "Some letters here can look like those of another website. "
        f"If you mean this one, type it as {name}."
    )


def read(typed: str, *, sandbox: bool = False) -> str:
    return origin_of(typed, sandbox=sandbox, own=OWN)


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> None:
    """The sentences are those that staff read."""


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.firm.com", "https://www.firm.com"),
        ("  HTTPS://WWW.Firm.COM/ ", "https://www.firm.com"),
        ("\u00a0https://firm.com\n", "https://firm.com"),
        ("www.firm.com", "https://www.firm.com"),
        ("https://firm.com:443", "https://firm.com"),
        ("https://firm.com:0443/", "https://firm.com"),
        ("https://firm.com:8443", "https://firm.com:8443"),
        ("https://xn--mnchen-3ya.de", "https://xn--mnchen-3ya.de"),
        ("https://a-b.c--d.co.uk", "https://a-b.c--d.co.uk"),
    ],
)
def test_E2_a_website_is_kept_as_browsers_write_it(typed: str, origin: str) -> None:
    assert read(typed) == origin


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", NO_NAME),
        ("   ", NO_NAME),
        ("https://", NO_NAME),
        ("https://:443", NO_NAME),
        ("*", STAR),
        ("https://*.firm.com", STAR),
        ("https://firm.com https://evil.com", SPACES),
        ("https://firm.com\r\nSet-Cookie: a", SPACES),
        ("https://fi\u200brm.com", SPACES),
        ("https://firm.com\u202e", SPACES),
        ("https://firm.com;script-src", no(";")),
        ("https://a.com,https://b.com", no(",")),
        ("'self'", no("'")),
        ('"https://firm.com"', no('"')),
        ("https://firm.com\\evil.com", no("\\")),
        ("https://firm.com%0d%0a", no("%")),
        ("javascript:alert(1)", no("(")),
        ("http://firm.com", "This website must use https://. Over http:// anybody on the way could "
         "change it."),
        ("ftp://firm.com", HTTPS),
        ("file:///etc/passwd", HTTPS),
        ("https://ada:pw@firm.com", "Leave out what stands before the @: a website has no user "
         "name in it."),
        ("https://firm.com/pay", "Enter the website alone, without a page of it: leave out /pay."),
        ("//firm.com", "Enter the website alone, without a page of it: leave out //firm.com."),
        ("https://firm.com?x=1", "Leave out what stands after the name, from the ? on."),
        ("https://firm.com/#pay", "Leave out what stands after the name, from the # on."),
        ("https://firm.com:", PORT),
        ("https://firm.com:0", PORT),
        ("https://firm.com:65536", PORT),
        ("https://firm.com:٤٤٣", PORT),
        ("https://https://firm.com", PORT),
        ("https://203.0.113.7", BY_NUMBER),
        ("https://0x7f.1", BY_NUMBER),
        ("https://3405803783", BY_NUMBER),
        ("https://[2001:db8::1]", BY_NUMBER),
        ("https://firm", f"{WHOLE}firm.com."),
        ("null", f"{WHOLE}null.com."),
        ("https://firm.com.", "Leave out the dot at the end of the name."),
        ("https://firm..com", NOT_ONE),
        ("https://-firm.com", NOT_ONE),
        ("https://firm_1.com", NOT_ONE),
        ("https://xn--zzzzzz99.com", NOT_ONE),
        (f"https://{'a' * 64}.com", NOT_ONE),
        (f"{'a.' * 49}com", TOO_LONG),
        (f"https://{'a' * 300}.com", TOO_LONG),
        ("https://аpple.com", alike("xn--pple-43d.com")),
        ("https://straße.de", alike("xn--strae-oqa.de")),
        ("https://ｆirm.com", alike("firm.com")),
        (f"{OWN}/", "This is the address of these pages. Enter that of your own website."),
    ],
)  # fmt: skip
def test_E2_each_thing_that_is_no_website_is_refused_in_a_sentence_of_its_own(
    typed: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(typed)
    assert (refused.value.field, str(refused.value)) == ("site", sentence)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001"),
        ("http://localhost:80", "http://localhost"),
        ("localhost:8001", "https://localhost:8001"),
    ],
)
def test_E2_pages_of_this_machine_are_for_trying_out_only(typed: str, origin: str) -> None:
    assert read(typed, sandbox=True) == origin
    with pytest.raises(Invalid):
        read(typed)


@pytest.mark.parametrize("typed", ["http://firm.com", "http://192.168.0.7", "https://intranet"])
def test_E2_the_sandbox_lists_no_other_machine_of_the_network(typed: str) -> None:
    with pytest.raises(Invalid):
        read(typed, sandbox=True)
