"""What is somebody's own is kept by no cache; what is everybody's may be (BARS: headers)."""

import pytest

from tests.factories import clients, portals
from tests.support.cast import ADA, CLEO, Cast


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/staff/nothing-here.json"),
        ("GET", "/portal/nothing-here.json"),
        ("POST", "/sign-in/passkey-challenges"),
        ("GET", "/sign-in/no-token"),
        ("GET", "/invitations/no-token"),
        ("GET", "/staff/sign-in"),
    ],
)
def test_an_answer_of_the_portal_or_the_office_is_not_kept(
    cast: Cast, method: str, address: str
) -> None:
    answer = cast.sol.ask(method, address, follow=False, status=None)
    assert answer.headers["Cache-Control"] == "no-store"


def test_C12_what_a_clients_page_asks_for_by_script_is_not_kept(cast: Cast) -> None:
    cleo = clients.contact(CLEO.name, CLEO.email)
    portals.opened(clients.matter(cleo), portals.firm_person(ADA.email))
    portals.joined(cleo)
    cast.cleo.http.set_cookie("__Host-client", portals.signed_in(cleo), path="/")
    answer = cast.cleo.ask("GET", "/portal/session", follow=False)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    ["/portal/manifest.webmanifest", "/staff/manifest.webmanifest", "/portal/icon-192.png"],
)
def test_what_is_everybodys_is_kept_as_its_view_says(cast: Cast, address: str) -> None:
    answer = cast.sol.ask("GET", address)
    assert answer.headers.getlist("Cache-Control") == ["public, max-age=86400"]
