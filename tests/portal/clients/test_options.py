"""Clients and matters to choose from, as the combobox asks for them."""

import pytest

from tests.factories import clients
from tests.support.cast import Cast
from tests.support.page import Page

OPTIONS = "/staff/clients/options"


def labels(page: Page) -> list[str]:
    return [str(option["data-label"]) for option in page.select("[role=option]")]


def test_X2_typed_words_find_clients_and_their_matters_with_a_line_of_detail(cast: Cast) -> None:
    cleo = clients.contact("Cléo Marsh", "cleo@demo.test")
    clients.matter(cleo, "Marsh lease", "00012")
    page = cast.ben.get(f"{OPTIONS}?q=cleo")
    assert labels(page) == ["Cléo Marsh", "00012 Marsh lease"]
    assert page.texts("[role=option]") == [
        "Cléo Marsh client, cleo@demo.test",
        "00012 Marsh lease matter of Cléo Marsh",
    ]
    assert page.select("[data-count]")[0]["data-count"] == "2 found"
    assert str(page.select("[role=option]")[0]["data-key"]) == f"contact:{cleo.public_id}"


def test_one_kind_alone_can_be_asked_for(cast: Cast) -> None:
    clients.matter(clients.contact("Cleo Marsh"), "Marsh lease", "00012")
    assert labels(cast.ben.get(f"{OPTIONS}?q=marsh&kinds=contact")) == ["Cleo Marsh"]
    assert labels(cast.ben.get(f"{OPTIONS}?q=marsh&kinds=matter")) == ["00012 Marsh lease"]
    assert len(labels(cast.ben.get(f"{OPTIONS}?q=marsh&kinds=contact,matter"))) == 2
    assert len(labels(cast.ben.get(f"{OPTIONS}?q=marsh&kinds=unheard-of"))) == 2


@pytest.mark.parametrize(
    "typed", ["", " ", "%", "_", "zzz", "%00", "%ff%fe", "x" * 10_000, "' OR 1"]
)
def test_what_names_nobody_finds_nothing_and_says_so(typed: str, cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    page = cast.ana.get(f"{OPTIONS}?q={typed}")
    assert labels(page) == []
    assert "Nothing found" in page


def test_a_name_with_markup_in_it_stays_a_name(cast: Cast) -> None:
    nasty = '"><script>alert(1)</script>'
    clients.contact(f"Marsh {nasty}")
    page = cast.ada.get(f"{OPTIONS}?q=marsh")
    assert labels(page) == [f"Marsh {nasty}"]
    assert page.select("script") == []


def test_strangers_are_led_to_the_door(cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    for name, person in cast.everybody.items():
        page = person.ask("GET", f"{OPTIONS}?q=cleo", follow=False, status=None)
        assert page.status == (200 if name in {"ada", "ben", "ana"} else 303)
        assert ("Cleo" in page.body) == (page.status == 200)
