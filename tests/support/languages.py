"""Reading pages and emails in another language: is an English word of ours left in them?"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache

import pytest
from babel.messages.pofile import read_po
from babel.support import Translations
from bs4 import BeautifulSoup
from flask_babel import get_locale
from sqlalchemy import update

from portal.core import db
from portal.firm.models import Firm
from portal.web.language import CATALOGS
from tests.support.page import words
from tests.support.source import ROOT

EVERY_LANGUAGE = ["en_US", "es_US", "fr_CA"]
# What a person reads, or hears read out, that is not the text of an element.
SAID = (
    *("alt", "aria-label", "title", "placeholder"),
    *("data-busy", "data-unreachable", "data-unsure", "data-error-word", "data-copied"),
)
_VALUE = re.compile(r"%\(\w+\)s")
_LETTERS_MIN = 4


def offer(languages: list[str]) -> None:
    """Let the firm's payers choose from these."""
    with db.transaction() as session:
        session.execute(update(Firm).values(languages=languages, version=Firm.version + 1))


def visible(html: str) -> str:
    """Everything of a page or an HTML email that reaches a person."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in soup.select("style, script"):
        hidden.decompose()
    said = [str(tag[name]) for name in SAID for tag in soup.select(f"[{name}]")]
    said += [str(tag["content"]) for tag in soup.select("meta[property='og:title']")]
    return words(" ".join([soup.get_text(" "), *said]))


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """A text as a catalog holds it: its one form, or each of its forms for numbers."""
    return (text,) if isinstance(text, str) else tuple(text or ())


@lru_cache
def _catalog(locale: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The English sentences that read differently in this language, as patterns."""
    with (ROOT / CATALOGS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file, locale=locale)
    found: list[tuple[str, re.Pattern[str]]] = []
    pairs = [
        (english, translated)
        for message in catalog
        for english, translated in zip(forms(message.id), forms(message.string), strict=False)
    ]
    for english, translated in pairs:
        pieces = _VALUE.split(english)
        long_enough = re.search(rf"[A-Za-z]{{{_LETTERS_MIN}}}", " ".join(pieces))
        if words(translated) != words(english) and long_enough:
            parts = [re.escape(words(piece)) for piece in pieces]
            pattern = r"\s?.{1,80}?\s?".join(parts)
            found.append((english, re.compile(rf"(?<!\w){pattern}(?!\w)")))
    return tuple(found)


def english_left(text: str, locale: str) -> list[str]:
    """Our English sentences and labels that stand in a text which is to be in `locale`."""
    read = words(text)
    return [english for english, pattern in _catalog(locale) if pattern.search(read)]


def sandbox_words(language: str) -> dict[str, str]:
    """What the sandbox's card and bank fields say in a language, by their English."""
    written = (ROOT / f"static/js/sandbox-stripe-{language}.js").read_text(encoding="utf-8")
    return json.loads(re.sub(r",\s*};?\s*$", "}", written[written.index("{") :]))


class Asked:
    """Every text that pages and emails asked for, by language, and whether it is translated."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.untranslated: set[tuple[str, str]] = set()
        self.count = 0
        translate = Translations.ugettext

        def listen(catalog: Translations, message: str) -> str:
            locale = str(get_locale())
            if not locale.startswith("en"):
                self.count += 1
                if message not in catalog._catalog:
                    self.untranslated.add((locale, message))
            return translate(catalog, message)

        monkeypatch.setattr(Translations, "ugettext", listen)
