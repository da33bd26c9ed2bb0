"""The language of a page: the payer's where we speak it, else the firm's (FEATURES B3)."""

from functools import lru_cache

from babel import Locale
from flask import Flask, g, has_request_context
from flask_babel import Babel, get_locale

# Language and region always: `es` alone prints dollars as no reader here would (TRAPS).
LANGUAGES = ("en_US", "fr_CA", "es_US")


_parsed = lru_cache(maxsize=16)(Locale.parse)


def _page_language() -> Locale:
    brand = g.get("brand") if has_request_context() else None
    return _parsed(brand.locale if brand is not None else LANGUAGES[0])


def _page_timezone() -> str | None:
    brand = g.get("brand") if has_request_context() else None
    return brand.timezone if brand is not None else None


def current() -> str:
    """The language of the page being made, with its region: `en_US`."""
    return str(get_locale() or LANGUAGES[0])


def init_app(app: Flask) -> None:
    """Choose the language and the time zone of every page."""
    Babel(app, locale_selector=_page_language, timezone_selector=_page_timezone)
