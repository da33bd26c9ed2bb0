"""The staff's session cookie, looked for only where a browser has sent a cookie."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import current_user, login_user


class SentSessions(SecureCookieSessionInterface):
    """Flask's signed cookie without its work on the pages of strangers, who have none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the cookie; an empty one where no cookie came."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session, unless it is empty and nobody has looked at it."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


def forget(end: Callable[[Any], None]) -> None:
    """Empty this browser's session. Whoever is signed in by it is given to `end`, for the server:
    a browser holds one session, and one that it forgot nobody would end."""
    if current_user.is_authenticated:
        end(current_user)
    session.clear()


def begin(signed_in: Any, end: Callable[[Any], None]) -> None:
    """Sign this browser in: nothing of the session before lives on in the user's."""
    forget(end)
    login_user(signed_in)
