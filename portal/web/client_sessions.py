"""The client's session cookie, and where a client may be led after signing in."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.wrappers import Response

COOKIE = "__Host-client"
HOME = "/portal/"
HOURS_MAX = 24
# The page's script marks what it asks for by itself (polls): nobody did anything.
BY_ITSELF = "X-By-Itself"


def sent_token() -> str:
    """The token that the browser has sent; empty for none."""
    return request.cookies.get(COOKIE, "")


def keep_token(response: Response, token: str) -> Response:
    """Have the browser keep a session's token, unreadable to scripts and to other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=HOURS_MAX * 3600,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_token(response: Response) -> Response:
    """Have the browser forget the token."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def by_itself() -> bool:
    """Whether the page asked, without anybody doing anything: that keeps no session alive."""
    return BY_ITSELF in request.headers


def portal_path(address: str | None) -> str:
    """Where to go after signing in: a page of the portal, else the client's home.

    Anything that a browser could read as another site is refused: schemes, hosts, `//`,
    backslashes, control characters.
    """
    if not address or not address.isprintable() or "\\" in address or "//" in address:
        return HOME
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    inside = parts.path.startswith(HOME) and ".." not in parts.path
    return address if inside and not parts.scheme and not parts.netloc else HOME
