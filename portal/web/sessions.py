"""The staff's session cookie, looked for only where a browser has sent a cookie."""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


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
