"""Who may show a page of the product in a frame: nobody, but for the websites that the firm has
listed for one payment link (FEATURES E2)."""

import re

from flask import Flask
from werkzeug.wrappers import Response

from portal.web.headers import allow_framing
from tests.factories.fixtures import links  # noqa: F401  pytest finds it by name
from tests.factories.payments import Links
from tests.factories.websites import WWW, list_sites
from tests.support.cast import Cast, Person
from tests.support.source import ROOT

# The framed page of a link, and the pages it leads to inside its frame.
FRAMED = {
    "embed.pay",
    "embed.review",
    "embed.submit_payment",
    "embed.status",
    "embed.go_on",
}


def asked(person: Person, method: str, address: str) -> Response:
    headers = {"Origin": WWW, "Sec-Fetch-Dest": "iframe", "Referer": f"{WWW}/"}
    data = {"csrf_token": "none"} if method == "POST" else None
    return person.http.open(
        address, method=method, headers=headers, data=data, base_url=person.base_url
    )


def frames(response: Response) -> tuple[str, str | None]:
    """What an answer says of frames: in its policy, and in the header of older browsers."""
    policy = response.headers["Content-Security-Policy"]
    found = re.findall(r"frame-ancestors ([^;]+)", policy)
    assert len(found) == 1, policy
    return found[0], response.headers.get("X-Frame-Options")


def test_E2_only_the_framed_pages_of_a_link_may_be_framed_and_by_its_websites(
    app: Flask,
    cast: Cast,
    links: Links,  # noqa: F811
) -> None:
    """Every address of the product, asked by each kind of person as a website's frame asks."""
    list_sites(links.operating, WWW)
    token, seen = links.operating.removeprefix("/pay/"), set[str]()
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        address = re.sub(r"<int:\w+>", "192", address).replace("<token>", token)
        address = re.sub(r"<[^>]+>", "nothing-of-this-name", address) + f"?site={WWW}"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for person in (cast.ada, cast.sol):
                with asked(person, method, address) as response:
                    said = frames(response)
                if rule.endpoint in FRAMED:
                    assert said == (WWW, None), f"{method} {address}"
                    seen.add(rule.endpoint)
                else:
                    assert said == ("'none'", "DENY"), f"{method} {address}"
    assert seen == FRAMED


def test_E2_what_is_at_no_address_may_be_framed_by_nobody(
    cast: Cast,
    links: Links,  # noqa: F811
) -> None:
    list_sites(links.operating, WWW)
    framed = links.operating.replace("/pay/", "/embed/")
    for method, address in (
        ("GET", "/embed/"),
        ("GET", "/embed/unknown"),
        ("GET", f"{framed}/nowhere"),
        ("DELETE", framed),
        ("GET", f"{framed}/submit"),
        ("GET", f"{links.trust.replace('/pay/', '/embed/')}"),
    ):
        with asked(cast.sol, method, f"{address}?site={WWW}") as response:
            assert frames(response) == ("'none'", "DENY"), f"{method} {address}"


def test_E2_one_place_in_the_code_lets_websites_frame_a_page() -> None:
    ours = [path for folder in ("portal", "payments") for path in (ROOT / folder).rglob("*.py")]
    called = f"{allow_framing.__name__}("
    callers = [path for path in ours if called in path.read_text(encoding="utf-8")]
    assert sorted(str(path.relative_to(ROOT)) for path in callers) == [
        "payments/checkout/public_framed.py",
        "portal/web/headers.py",
    ]
