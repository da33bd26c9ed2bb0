"""Texts for a reader who is not the one who asked: a document or a page in their language."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import force_locale

from portal.web.language import LANGUAGES

# As each country writes its amounts and days. Languages with a region alone would print a Canadian
# bill in English with the signs of the US.
_FORMATS = {("en", "CA"): "en_CA", ("en", "US"): "en_US"}


@contextmanager
def read_in(language: str) -> Iterator[None]:
    """Everything that is marked for translation reads in this language until the end."""
    with force_locale(language):
        yield


def formats(language: str, country: str) -> str:
    """The locale of amounts and days for a reader of this language at a firm of this country."""
    own = _FORMATS.get((language[:2], country))
    return own or next(locale for locale in LANGUAGES if locale[:2] == language[:2])
