"""The language of a page: the payer's where the firm offers it, else the firm's (FEATURES B3).

No cookie keeps it. A language that was chosen rides as `lang` in every address that the page leads
to; otherwise the browser's wishes decide anew on each page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, get_locale

from portal.core.errors import Refusal

# Language and region always: `es` alone prints dollars as no reader here would (TRAPS).
LANGUAGES = ("en_US", "fr_CA", "es_US")
NAMES = {"en": "English", "fr": "Français", "es": "Español"}
PARAMETER = "lang"
CATALOGS = "portal/translations"

ACCEPT_CHARS_MAX = 200
# What nobody but the firm's own people reads: English, whatever a browser asks for.
_STAFF_PATHS = ("/staff", "/sandbox/mail")
_READ_BY = "firm_face"
_TAG = re.compile(r"[A-Za-z]{2}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")

_parsed = lru_cache(maxsize=16)(Locale.parse)
_named = lru_cache(maxsize=16)(str)


class Face(Protocol):
    """What the firm says of its languages; `locale` is its own, one of `languages`."""

    @property
    def locale(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def timezone(self) -> str: ...
    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One language of the switch. `tag` is as HTML wants it: `fr-CA`."""

    name: str
    tag: str
    url: str
    current: bool


def read_face(app: Flask, read: Callable[[], Face]) -> None:
    """Say where the firm's languages are read from, before any page is made."""
    app.extensions[_READ_BY] = read


def current() -> str:
    """The language of the page being made, with its region: `en_US`."""
    return _named(get_locale() or LANGUAGES[0])


def tag(locale: str) -> str:
    """As HTML and HTTP write a language: `fr-CA`."""
    return locale.replace("_", "-")


def for_staff(country: str) -> str:
    """The language of staff pages and of emails to the firm: English, as its country writes it."""
    return f"en_{country}"


def offered_as(wanted: str, offered: tuple[str, ...]) -> str | None:
    """The offered language that answers a wish such as `fr`, `fr-FR` or `fr_CA`; None for none."""
    if not _TAG.fullmatch(wanted):
        return None
    return next((locale for locale in offered if locale[:2] == wanted[:2].lower()), None)


@lru_cache(maxsize=512)
def best_of(accepted: str, offered: tuple[str, ...]) -> str | None:
    """The offered language that a browser's Accept-Language likes best; None where it likes none.

    Remembered, as a few hundred such headers are all that browsers send.
    """
    wishes: list[tuple[float, str]] = []
    for part in accepted[:ACCEPT_CHARS_MAX].split(","):
        wanted, _, weight = part.strip().partition(";")
        said = _WEIGHT.search(weight)
        wishes.append((float(said[1]) if said else 1.0, wanted.strip()))
    wishes.sort(key=lambda wish: -wish[0])
    found = (offered_as(wanted, offered) for weight, wanted in wishes if weight > 0)
    return next((locale for locale in found if locale is not None), None)


def prefer(locale: str) -> None:
    """Use this language for the rest of the request, unless the address asks for another."""
    g.preferred_language = locale


def chosen() -> str | None:
    """The language that the address asks for, where the firm offers it."""
    face = _face()
    return _asked_for(face) if face is not None else None


def _asked_for(face: Face) -> str | None:
    if not request.query_string:
        return None
    return offered_as(request.args.get(PARAMETER, ""), face.languages)


def address(endpoint: str, **values: Any) -> str:
    """`url_for` for a payer: a language that was chosen goes along."""
    locale = chosen()
    if locale is not None:
        values[PARAMETER] = locale[:2]
    return url_for(endpoint, **values)


def along(url: str) -> str:
    """Such an address where it is known already, as a path or whole."""
    locale = chosen()
    if locale is None:
        return url
    return f"{url}{'&' if '?' in url else '?'}{PARAMETER}={locale[:2]}"


def switch(path: str | None = None) -> list[Choice]:
    """The languages to choose from on this page; none where there is no choice.

    `path` is where the page is to be had by GET, if not at the request's own address.
    """
    face = _face()
    if face is None or len(face.languages) < 2 or (path is None and request.method != "GET"):
        return []
    kept = {name: value for name, value in request.args.items() if name != PARAMETER}
    here, now = (path or request.path).partition("?")[0], current()
    return [
        Choice(NAMES[locale[:2]], tag(locale), _with_query(here, kept, locale), locale == now)
        for locale in face.languages
    ]


def _with_query(path: str, kept: Mapping[str, str], locale: str) -> str:
    return f"{path}?{urlencode({**kept, PARAMETER: locale[:2]})}"


def _face() -> Face | None:
    """The firm's languages, read when first asked for; None outside requests and before set-up."""
    if not has_request_context():
        return None
    known = g.get("brand")
    if known is not None:
        return known
    read = current_app.extensions.get(_READ_BY)
    try:
        return read() if read is not None else None
    except Refusal:  # no firm is set up yet: its pages say so, in English
        return None


def _page_language() -> Locale:
    face = _face()
    if face is None:
        return _parsed(LANGUAGES[0])
    if request.path.startswith(_STAFF_PATHS):
        return _parsed(for_staff(face.country))
    offered = face.languages
    return _parsed(
        _asked_for(face)
        or offered_as(g.get("preferred_language", ""), offered)
        or best_of(request.headers.get("Accept-Language", ""), offered)
        or face.locale
    )


def _page_timezone() -> str | None:
    face = _face()
    return face.timezone if face is not None else None


def _tell(response: Response) -> Response:
    """Say in which language a page is, and that it hangs on the browser's wishes."""
    if response.headers.get("Content-Type", "").startswith("text/html") and not (
        request.path.startswith(_STAFF_PATHS)
    ):
        response.headers["Content-Language"] = tag(current())
        response.headers.add("Vary", "Accept-Language")
    return response


def init_app(app: Flask) -> None:
    """Choose the language and the time zone of every page."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = CATALOGS
    Babel(app, locale_selector=_page_language, timezone_selector=_page_timezone)
    app.jinja_env.globals["language_switch"] = switch
    app.jinja_env.globals["language_url"] = address
    app.context_processor(lambda: {"page_locale": current()})
    app.after_request(_tell)
