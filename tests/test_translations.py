"""The catalogs of what clients read: whole, compiled, and of the same shape in each language."""

import re
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, nodes

from portal.web.language import CATALOGS, LANGUAGES
from tests.support.languages import forms, sandbox_words
from tests.support.source import ROOT

FOLDER = ROOT / CATALOGS
TRANSLATED = [locale for locale in LANGUAGES if not locale.startswith("en")]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
NO_BREAK_SPACE = "\u00a0"
TEMPLATES = ROOT / "templates"
# Pages and emails that strangers and clients open. What these are drawn from follows of itself.
OPENED = (
    *("*/public_*.html", "*/client_*.html", "errors/*.html"),
    *("emails/*-payer/*", "emails/*-client/*"),
)
# The firm's own doors and errors, and the mailbox of whoever looks at the sandbox: English.
# What a template of both sides takes in for staff alone stands here too.
NOT_FOR_CLIENTS = (
    *("firm/", "outbox/", "errors/staff_error.html"),
    *("messages/_attach_list.html",),
)


def mapped() -> list[tuple[str, str]]:
    """Which files are looked through, and how."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as mapping:
        return parse_mapping_cfg(mapping)[0]


def written() -> set[tuple[str, ...]]:
    """Every text of those files: one form, or the one for one thing and the one for more."""
    found = extract_from_dir(ROOT, mapped())
    return {forms(text) for _file, _line, text, _comments, _context in found}


def messages(catalog: Catalog) -> list[Message]:
    """The texts of a catalog, without its head."""
    return [message for message in catalog if message.id]


def read(locale: str) -> Catalog:
    """A catalog as translators write it."""
    with (FOLDER / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_B3_every_text_is_translated_and_nothing_else(locale: str) -> None:
    catalog = read(locale)
    ours = {forms(message.id) for message in messages(catalog)}
    assert written() - ours == set(), "missing"
    assert ours - written() == set(), "no longer asked for"
    assert catalog.obsolete == {}
    lacking = [m.id for m in messages(catalog) if m.fuzzy or not all(forms(m.string))]
    assert lacking == []
    counted = [message for message in messages(catalog) if message.pluralizable]
    assert [m.id for m in counted if len(forms(m.string)) != catalog.num_plurals] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_B3_a_translation_has_the_values_of_its_original(locale: str) -> None:
    for message in messages(read(locale)):
        asked = set(PLACEHOLDER.findall(" ".join(forms(message.id))))
        for place, form in enumerate(forms(message.string)):
            # The number of one thing may be said as a word.
            spoken = {"%(num)s"} if message.pluralizable and place == 0 else set[str]()
            assert asked - spoken <= set(PLACEHOLDER.findall(form)) <= asked, message.id


@pytest.mark.parametrize("locale", TRANSLATED)
def test_B3_the_compiled_catalog_is_the_written_one(locale: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, read(locale))
    shipped = (FOLDER / locale / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert shipped == compiled.getvalue(), "compile it: pybabel compile -d portal/translations"


def test_B3_the_template_for_translators_holds_every_text() -> None:
    with (FOLDER / "messages.pot").open("rb") as file:
        assert {forms(message.id) for message in messages(read_po(file))} == written()


def test_B3_canadian_french_is_set_as_canadians_set_it() -> None:
    """A no-break space before a colon and inside guillemets, none before ; ? and !"""
    for message in messages(read("fr_CA")):
        for text in forms(message.string):
            assert not re.search(rf"[^{NO_BREAK_SPACE}]:", text), text
            assert not re.search(r"\s[;?!]", text), text
            assert not re.search(rf"«[^{NO_BREAK_SPACE}]|[^{NO_BREAK_SPACE}]»", text), text
            assert "'" not in text, text


def test_B3_whatever_a_clients_page_is_drawn_from_is_looked_through() -> None:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    opened = {
        path.relative_to(TEMPLATES).as_posix() for one in OPENED for path in TEMPLATES.glob(one)
    }
    reached, ahead = set[str](), opened
    while ahead:
        name = ahead.pop()
        if name.startswith(NOT_FOR_CLIENTS):
            continue
        reached.add(name)
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        ahead |= _drawn_from(environment.parse(source)) - reached
    texts = {
        forms(text)
        for name in reached
        for _line, text, _comments, _context in extract_from_file("jinja2", TEMPLATES / name)
    }
    assert len(reached) > 30
    assert texts - written() == set()


def _drawn_from(template: nodes.Template) -> set[str]:
    """The templates that one names: both, where it chooses between two."""
    naming = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    named = [one.template for one in template.find_all(naming)]
    constants = [constant for one in named for constant in ([one], one.find_all(nodes.Const))]
    return {str(one.value) for part in constants for one in part if isinstance(one, nodes.Const)}


def test_B3_the_sandboxs_fields_have_every_word_in_each_language() -> None:
    """And none that they no longer say: each stands in a script or in the sandbox's answers."""
    french, spanish = sandbox_words("fr"), sandbox_words("es")
    assert french.keys() == spanish.keys()
    places = [
        ROOT / f"static/js/sandbox-stripe{part}.js" for part in ("", "-card", "-bank", "-fields")
    ]
    places += [ROOT / f"payments/sandbox/{name}.py" for name in ("numbers", "tokens")]
    said = "\n".join(place.read_text(encoding="utf-8") for place in places)
    assert [english for english in french if f'"{english}"' not in said] == []
    values = re.compile(r"\{\d\}")
    for english, *others in zip(french, french.values(), spanish.values(), strict=True):
        for other in others:
            assert other
            assert set(values.findall(other)) == set(values.findall(english)), other
