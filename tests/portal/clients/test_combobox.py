"""The combobox as markup: what it promises before its script runs, and without it."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask, get_template_attribute

from portal.clients.queries import ClientOption

NASTY = '"><script>alert(1)</script>'
Draw = Callable[..., BeautifulSoup]


def client(label: str, public_id: str = "abc") -> ClientOption:
    return ClientOption("contact", public_id, 1, None, label, f"client, {label}")


@pytest.fixture
def drawn(app: Flask) -> Draw:
    def draw(*args: object, **more: object) -> BeautifulSoup:
        with app.test_request_context():
            macro = get_template_attribute("components/combobox.html", "combobox")
            return BeautifulSoup(macro(*args, **more), "html.parser")

    return draw


def sent(soup: BeautifulSoup) -> dict[str, str]:
    """What its fields send as they stand."""
    return {
        str(field["name"]): str(field["value"])
        for field in soup.select("input[name]")
        if not field.has_attr("disabled") and field["type"] != "radio"
    }


def test_without_script_it_is_a_labelled_text_with_a_search_button(drawn: Draw) -> None:
    soup = drawn("client", "Client", kinds="contact", hint="Type", error="Choose one")
    (box,) = soup.select("input[type=text]")
    assert "role" not in box.attrs
    assert soup.select("label")[0]["for"] == box["id"] == "client"
    assert str(box["aria-describedby"]).split() == ["client-hint", "client-error"]
    (button,) = soup.select("button[name=search]")
    assert button["value"] == "client"
    assert soup.select("[role=listbox]")[0].has_attr("hidden")
    assert str(soup.select("[data-options]")[0]["data-options"]).endswith("options?kinds=contact")


def test_what_is_chosen_goes_out_with_the_text_that_it_stood_for(drawn: Draw) -> None:
    assert sent(drawn("client", "Client", chosen=client("Cleo"))) == {
        "client": "contact:abc",
        "client_typed": "Cleo",
        "client_shown": "Cleo",
    }
    assert sent(drawn("client", "Client", typed="cl")) == {
        "client": "",
        "client_typed": "cl",
        "client_shown": "cl",
    }


def test_choices_take_the_place_of_the_hidden_field(drawn: Draw) -> None:
    soup = drawn("client", "Client", typed="c", choices=[client("Cleo"), client("Cora", "def")])
    assert "client" not in sent(soup)
    assert [radio["value"] for radio in soup.select("input[type=radio]")] == [
        "contact:abc",
        "contact:def",
    ]
    for radio in soup.select("input[type=radio]"):
        assert radio["name"] == "client"
        assert soup.select(f"label[for={radio['id']}]")


def test_nothing_found_leaves_the_field_as_it_is(drawn: Draw) -> None:
    soup = drawn("client", "Client", typed="zzz", choices=[])
    assert sent(soup)["client"] == ""
    assert soup.select("fieldset") == []


def test_names_never_become_markup(drawn: Draw) -> None:
    soup = drawn(
        "client", NASTY, chosen=client(NASTY), choices=[client(NASTY)], hint=NASTY, error=NASTY
    )
    assert soup.select("script") == []
    assert sent(soup)["client_typed"] == NASTY
