"""What administrators change on New charge: retired links and limits (FEATURES L4, L5)."""

from typing import Any

import pytest

from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, amounts, card, in_place, retire, text
from tests.support.cast import Cast


def test_L5_an_administrator_retires_a_link_by_typing_the_accounts_name(
    cast: Cast, given: Given
) -> None:
    old, other = given.url(given.trust), given.url(given.operating)
    page = retire(cast.ada, given.trust, "IOLTA Trust")
    new = given.url(given.trust)
    assert new != old
    assert page.texts("h1") == ["New charge"]
    assert "The old link was retired" in page
    assert new in str(card(page, given.trust))
    assert old not in page.body
    assert given.url(given.operating) == other


def test_L5_any_other_name_is_refused_in_place_and_the_link_lives_on(
    cast: Cast, given: Given
) -> None:
    old = given.url(given.trust)
    page = retire(cast.ada, given.trust, "IOLTA", status=422)
    assert page.title.startswith("Error:")
    assert page.texts(".error-summary a") == ["Type the name exactly: IOLTA Trust"]
    assert page.one("#typed_name")["value"] == "IOLTA"
    assert given.url(given.trust) == old


def test_L5_in_the_dialog_a_refusal_is_the_dialog_again_and_success_is_the_card(
    cast: Cast, given: Given
) -> None:
    address = f"{ACCOUNTS}/{given.trust}/link/retirement"
    form = in_place(cast.ada, address)
    sent = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    refused = in_place(cast.ada, address, {**sent, "typed_name": "no"})
    assert refused.status == 422
    assert refused.one("dialog .field-error").get_text(" ", strip=True).startswith("Error:")
    done = cast.ada.post(address, {**sent, "typed_name": "IOLTA Trust"}, htmx=True)
    assert not done.select("dialog")
    assert card(done, given.trust)["hx-swap-oob"] == "true"
    assert given.url(given.trust) in str(card(done, given.trust))
    assert "The old link was retired" in done.one("[hx-swap-oob='beforeend:#status']").get_text()


def test_L5_a_page_left_open_retires_only_the_link_that_it_showed(cast: Cast, given: Given) -> None:
    stale = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link/retirement")
    retire(cast.ada, given.trust, "IOLTA Trust")
    new = given.url(given.trust)
    answer = cast.ada.submit(stale, "Retire link", typed_name="IOLTA Trust", status=409)
    assert "retired already" in answer
    assert given.url(given.trust) == new


def test_L5_a_link_is_retired_through_its_own_account_only(cast: Cast, given: Given) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.operating}/link/retirement")
    cast.ada.submit(
        page,
        "Retire link",
        typed_name="Harlow & Reyes Operating",
        link=given.token(given.trust),
        status=404,
    )


def test_L4_an_administrator_sets_the_limits_of_a_link(cast: Cast, given: Given) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link-limits")
    assert (page.one("#link_min")["value"], page.one("#link_max")["value"]) == (
        "1.00",
        "100000.00",
    )
    page = cast.ada.submit(page, "Save changes", link_min="$25", link_max=" 5,000.00 ")
    assert "Payers can pay $25.00 to $5,000.00." in text(card(page, given.trust))
    assert amounts(given.trust) == (2_500, 500_000)
    assert amounts(given.operating) == (100, 10_000_000)


@pytest.mark.parametrize(
    "typed, field",
    [
        ({"link_min": ""}, "link_min"),
        ({"link_min": "NaN"}, "link_min"),
        ({"link_min": "1e3"}, "link_min"),
        ({"link_min": "１２"}, "link_min"),
        ({"link_min": "12.345"}, "link_min"),
        ({"link_min": "-5"}, "link_min"),
        ({"link_min": "0"}, "link_min"),
        ({"link_min": "0.49"}, "link_min"),
        ({"link_max": "9" * 400}, "link_max"),
        ({"link_max": "1,000,000.00"}, "link_max"),
        ({"link_min": "10.00", "link_max": "9.99"}, "link_max"),
        ({"link_max": "<script>alert(1)</script>"}, "link_max"),
        ({"link_min": None}, "link_min"),
    ],
)
def test_L4_limits_that_cannot_be_used_are_refused_beside_their_field(
    cast: Cast, given: Given, typed: dict[str, Any], field: str
) -> None:
    page = cast.ada.get(f"{ACCOUNTS}/{given.trust}/link-limits")
    page = cast.ada.submit(page, "Save changes", status=422, **typed)
    assert page.select(f"#{field}-error")
    assert [tag["href"] for tag in page.select(".error-summary a")] == [f"#{field}"]
    for name, value in typed.items():
        assert page.one(f"#{name}").get("value") == (value or "")
    assert amounts(given.trust) == (100, 10_000_000)


def test_L5_the_retired_address_tells_whose_it_was_and_how_to_reach_them(
    cast: Cast, given: Given
) -> None:
    old = given.url(given.trust)
    retire(cast.ada, given.trust, "IOLTA Trust")
    page = cast.sol.get(old, status=410)
    assert page.texts("h1") == ["This payment link is no longer in use"]
    for part in ("Harlow & Reyes LLP", "+1 503 555 0100", "office@harlow.test"):
        assert part in page.one("main").get_text()
    assert page.select("main form") == []
    assert given.token(given.trust) not in page.body
    assert cast.sol.get(given.url(given.trust)).select("form")
