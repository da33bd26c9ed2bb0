"""Names and titles as they are typed: one line of text that can be seen as it is."""

from flask_babel import gettext as _

from portal.core.errors import Invalid
from portal.core.words import shows_a_letter


def one_line(field: str, typed: str, chars_max: int) -> str:
    """What was typed, as one line; it may be empty.

    Raises `Invalid` for what is too long, or holds marks that turn the text around or cannot be
    seen, which could hide whose name it is.
    """
    text = " ".join(typed.split())
    if not text.isprintable():
        raise Invalid(_("Leave out characters that cannot be seen."), field)
    if len(text) > chars_max:
        raise Invalid(_("Use at most %(most)s characters.", most=chars_max), field)
    return text


def name_line(field: str, typed: str, chars_max: int, missing: str | None = None) -> str:
    """The same where something must stand, with a letter or digit in it. Raises `Invalid`."""
    text = one_line(field, typed, chars_max)
    if not text:
        raise Invalid(missing or _("Fill this in."), field)
    if not shows_a_letter(text):
        raise Invalid(_("Use at least one letter or digit."), field)
    return text
