"""What the pages share by which clients come in: browser, cookie, forms of other sites."""

from flask import abort, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.access import sessions
from portal.access.sessions import SignedInClient
from portal.core import config, db
from portal.firm.browsers import Browser, browser_of
from portal.web import language
from portal.web.client_sessions import by_itself, keep_token, sent_token


def find_client() -> SignedInClient | None:
    """Who is signed in by this request's cookie. The row learns once a minute that its browser is
    in use, and the page is in the language that they chose."""
    token = sent_token()
    if not token:
        return None
    client = sessions.find_quickly(token)
    if client is None:
        return None
    if sessions.seen_long_ago(client) and not by_itself():
        with db.transaction() as writing:
            sessions.see(writing, client)
    if client.language:
        language.prefer(client.language)
    return client


def here() -> Browser:
    """The browser that asks."""
    return browser_of(request.user_agent.string, request.remote_addr or "")


def leave(session: Session) -> None:
    """End the session that this browser has so far: it is about to get another."""
    client = sessions.find_session(session, sent_token())
    if client is not None:
        sessions.end_session(session, client)


def let_in(token: str, address: str) -> Response:
    """Lead a client who was just signed in to where they wanted to go."""
    return keep_token(redirect(address, 303), token)


def refuse_forms_of_other_sites() -> None:
    """Another site must not sign somebody's browser in as somebody else. There is no cookie yet
    that a token could hang on, but browsers say where a form stands: in `Sec-Fetch-Site`, and
    older ones (Safari before 16.4) in `Origin`. What says neither is no browser of today."""
    if request.method != "POST":
        return
    said = request.headers.get("Sec-Fetch-Site")
    if said is None:
        ours = request.headers.get("Origin") in {None, config.current().origin}
    else:
        ours = said in {"same-origin", "none"}
    if not ours:
        abort(400)
