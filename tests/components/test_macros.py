"""What each component promises to the pages that use it, and to a reader with a screen reader."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader, select_autoescape

TEMPLATES = Path(__file__).parents[2] / "templates"
Draw = Callable[..., BeautifulSoup]
NASTY = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    made.globals["csrf_token"] = lambda: "token"
    return made


@pytest.fixture
def drawn(templates: Environment) -> Draw:
    def draw(component: str, call: str, **values: object) -> BeautifulSoup:
        name = call.split("(", 1)[0]
        source = f'{{% from "components/{component}.html" import {name} %}}{{{{ {call} }}}}'
        return BeautifulSoup(templates.from_string(source).render(values), "html.parser")

    return draw


def one(soup: BeautifulSoup, selector: str) -> Tag:
    (found,) = soup.select(selector)
    return found


def test_a_wrong_field_is_tied_to_its_hint_and_its_error(drawn: Draw) -> None:
    soup = drawn("field", 'field("name", "Your name", hint="In full", error="Enter your name")')
    box = one(soup, "input")
    assert box["aria-invalid"] == "true"
    described = [one(soup, f"#{part}").get_text() for part in str(box["aria-describedby"]).split()]
    assert described == ["In full", "Error: Enter your name"]
    assert one(soup, "label")["for"] == box["id"] == "name"


def test_a_right_field_says_nothing_of_errors(drawn: Draw) -> None:
    box = one(drawn("field", 'field("name", "Your name", "Cleo")'), "input")
    assert "aria-invalid" not in box.attrs
    assert "aria-describedby" not in box.attrs
    assert box["value"] == "Cleo"


@pytest.mark.parametrize(
    ("component", "call"),
    [
        ("field", 'field("name", nasty, nasty, hint=nasty, error=nasty, data_note=nasty)'),
        ("field", 'text_area("name", nasty, nasty)'),
        ("field", 'select("name", nasty, [{"value": nasty, "label": nasty}], nasty)'),
        ("money_field", 'money_field("amount", nasty, nasty, error=nasty)'),
        ("choice", 'radios("a", nasty, [{"value": nasty, "label": nasty, "hint": nasty}])'),
        ("choice", 'checkbox("a", nasty, error=nasty)'),
        ("error_summary", "error_summary({nasty: nasty})"),
        ("summary_list", 'summary_list([{"key": nasty, "value": nasty, "change": nasty}])'),
        ("button", "button(nasty, busy=nasty, value=nasty)"),
        ("button", "link_button(nasty, nasty)"),
        ("copy_field", 'copy_field("link", nasty, nasty)'),
        ("badge", "badge(nasty)"),
        ("tabs", 'tabs(nasty, [{"label": nasty, "url": nasty, "count": 1}])'),
        ("toast", "toast(nasty, undo_url=nasty)"),
        ("banner", "sandbox_banner(nasty)"),
        ("progress", "progress(nasty, 1, 2, detail=nasty)"),
        ("table", "cell(nasty, nasty)"),
    ],
)
def test_what_people_type_never_becomes_markup(drawn: Draw, component: str, call: str) -> None:
    soup = drawn(component, call, nasty=NASTY)
    assert soup.find("script") is None
    assert "alert(1)" in str(soup)


def test_money_is_typed_as_text_with_a_decimal_keyboard(drawn: Draw) -> None:
    box = one(drawn("money_field", 'money_field("amount", "Amount")'), "input")
    assert box["type"] == "text"
    assert box["inputmode"] == "decimal"
    assert box["autocomplete"] == "transaction-amount"


def test_a_group_of_choices_can_be_reached_from_the_error_summary(drawn: Draw) -> None:
    options = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    soup = drawn("choice", 'radios("who", "Who?", options, "b", error="Choose")', options=options)
    assert [box.has_attr("checked") for box in soup.select("input")] == [False, True]
    assert one(soup, "#who")["type"] == "radio"
    assert one(soup, "fieldset")["aria-describedby"] == "who-error"


def test_the_error_summary_leads_to_each_field_and_is_absent_without_errors(drawn: Draw) -> None:
    soup = drawn("error_summary", 'error_summary({"name": "Enter your name"})')
    assert one(soup, "a")["href"] == "#name"
    assert one(soup, "#error-summary").has_attr("data-focus")
    assert str(drawn("error_summary", "error_summary({})")).strip() == ""


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("pending", "Pending"),
        ("action_needed", "Action needed"),
        ("authorized", "Authorized"),
        ("completed", "Completed"),
        ("failed", "Failed"),
        ("canceled", "Canceled"),
        ("returned", "Returned"),
    ],
)
def test_M5_each_status_has_its_word_and_an_icon(drawn: Draw, status: str, word: str) -> None:
    soup = drawn("badge", f'status_badge("{status}")')
    assert one(soup, ".badge").get_text(strip=True) == word
    assert one(soup, "svg")["aria-hidden"] == "true"


def test_a_button_that_is_off_says_so_and_passes_attributes_on(drawn: Draw) -> None:
    soup = drawn("button", 'button("Send", disabled=true, hx_post="/x", autofocus=false)')
    element = one(soup, "button")
    assert element.has_attr("disabled")
    assert element["hx-post"] == "/x"
    assert not element.has_attr("autofocus")


def test_no_template_carries_a_style_or_script_of_its_own() -> None:
    """The pages' content security policy refuses both; emails are the exception for style."""
    for path in TEMPLATES.rglob("*.html"):
        if "email" in str(path.relative_to(TEMPLATES)):
            continue
        source = path.read_text()
        assert " style=" not in source, path
        assert "<style" not in source, path
        assert "<script>" not in source, path
        assert "onclick" not in source, path
