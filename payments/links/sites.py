"""Which websites may show a payment page: what is typed, read as an origin (FEATURES E2).

An origin goes into a header of each framed page, so it is read from scratch instead of cleaned:
whatever is not plainly the address of one website is refused with a sentence of its own.
"""

import re
import unicodedata

import idna
from flask_babel import gettext as _

from portal.core.errors import Invalid

SITES_MAX = 20
"""As many websites as one link may stand on: each is part of a header of every framed page."""

TYPED_CHARS_MAX = 300
HOST_CHARS_MAX = 100
"""Shorter than names may be: nginx refuses an answer whose headers fill more than its 4 kB."""

PORT_MAX = 65_535

# What a machine calls itself. Whoever tries the product out serves a page of their own there.
_LOCAL = frozenset({"localhost", "127.0.0.1"})
_USUAL_PORT = {"https": "443", "http": "80"}
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[^:/?#]*)://)?(?P<name>[^/?#]*)(?P<path>/[^?#]*)?(?P<rest>[?#].*)?"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FORBIDDEN = re.compile(r"[^\w\-.:@\[\]]")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def origin_of(typed: str, *, sandbox: bool, own: str) -> str:
    """The website that was typed, as browsers write it: `https://www.firm.com`.

    Lower case, without the port that goes unsaid. `sandbox`: pages of this machine may be tried
    out, over plain http too. `own` is our own origin, which is not the firm's website. Raises
    `Invalid` beside `site`.
    """
    address = typed.strip()
    _check_signs(address)
    found = _ADDRESS.fullmatch(address)
    assert found is not None  # whatever it is, it can be taken apart
    name, port = _name_and_port(found["name"])
    local = sandbox and name in _LOCAL
    scheme = _scheme(found["scheme"], local)
    _check_rest(found["path"], found["rest"])
    if not local:
        _check_name(name)
    origin = f"{scheme}://{name}" + (f":{port}" if port and port != _USUAL_PORT[scheme] else "")
    if origin == own:
        raise _refused(_("This is the address of these pages. Enter that of your own website."))
    return origin


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, "site")


def _no_name() -> str:
    return _("Enter the address of a website, such as https://www.your-firm.com.")


def _check_signs(address: str) -> None:
    if not address:
        raise _refused(_no_name())
    if len(address) > TYPED_CHARS_MAX:
        raise _refused(_too_long())
    if "*" in address:
        raise _refused(
            _("Enter each website by its whole name. With * pages that are not yours could get in.")
        )
    if any(unicodedata.category(sign) in _HIDDEN for sign in address):
        raise _refused(
            _("There is a space, a line break or a hidden sign in this address. Take it out.")
        )


def _scheme(typed: str | None, local: bool) -> str:
    scheme = "https" if typed is None else typed.lower()
    if scheme == "https" or (scheme == "http" and local):
        return scheme
    if scheme == "http":
        raise _refused(
            _("This website must use https://. Over http:// anybody on the way could change it.")
        )
    raise _refused(_("The address of a website begins with https://."))


def _name_and_port(typed: str) -> tuple[str, str]:
    if (sign := _FORBIDDEN.search(typed)) is not None:
        raise _refused(
            _("An address has no %(sign)s in it. Enter one website at a time.", sign=sign[0])
        )
    if "@" in typed:
        raise _refused(_("Leave out what stands before the @: a website has no user name in it."))
    if "[" in typed or "]" in typed:
        raise _refused(_by_number())
    name, colon, port = typed.lower().partition(":")
    # Not isdigit(): it takes the figures of every alphabet.
    if colon and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) <= PORT_MAX):
        raise _refused(_("What stands after the colon is not a port. Leave it out."))
    return name, str(int(port)) if port else ""


def _check_rest(path: str | None, rest: str | None) -> None:
    if rest:
        raise _refused(
            _("Leave out what stands after the name, from the %(sign)s on.", sign=rest[0])
        )
    if path not in (None, "/"):
        raise _refused(
            _("Enter the website alone, without a page of it: leave out %(path)s.", path=path)
        )


def _check_name(name: str) -> None:
    if not name:
        raise _refused(_no_name())
    if not name.isascii():
        raise _refused(_other_alphabet(name))
    if name.endswith("."):
        raise _refused(_("Leave out the dot at the end of the name."))
    if len(name) > HOST_CHARS_MAX:
        raise _refused(_too_long())
    labels = name.split(".")
    # Browsers read a name whose last part is a number as an IP address, however it is written.
    if _NUMBER.fullmatch(labels[-1]):
        raise _refused(_by_number())
    if not all(_is_label(label) for label in labels):
        raise _refused(_("This is not the name of a website. Please check how it is written."))
    if len(labels) == 1:
        raise _refused(
            _("Enter the whole name of the website, such as %(name)s.com.", name=labels[0])
        )


def _too_long() -> str:
    return _("This is too long for the address of a website.")


def _by_number() -> str:
    return _("Enter the name of the website instead of its IP address.")


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    if not label.startswith("xn--"):
        return True
    try:
        return bool(idna.decode(label))
    except idna.IDNAError:
        return False


def _other_alphabet(name: str) -> str:
    # Letters of another alphabet can look like the firm's own name and be somebody else's website:
    # only who types the name as machines write it has meant it.
    try:
        plain = idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return _("This is not the name of a website. Please check how it is written.")
    return _(
        "Some letters here can look like those of another website. If you mean this one, type it "
        "as %(name)s.",
        name=plain,
    )
