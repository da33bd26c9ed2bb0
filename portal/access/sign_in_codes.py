"""Signing in again by an emailed code or its link (FEATURES C11).

Asking does the same work for every address: a row, and a job that looks later. Code and link are
derived from the row's name and the secret key, and never kept. Times are wall times.
"""

import hashlib
import hmac
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from portal.access import code_limits, sessions
from portal.access.bound import bound_key, joined_with, takes_part_somewhere
from portal.access.code_limits import DAY, PURPOSE, alive
from portal.access.joining import invite_again
from portal.access.keys import SignInRequest
from portal.clients.languages import remember_language
from portal.clients.models import Contact, ContactEmail
from portal.core import clock, config, db, ids
from portal.core.errors import Invalid
from portal.core.jobs import enqueue, handler
from portal.core.tokens import derived_from, derived_token, is_derived
from portal.firm.addresses import EMAIL_CHARS_MAX, checked_email, lowered
from portal.firm.browsers import Browser
from portal.outbox.actions import owe

KEPT_FOR = DAY  # as long as the longest limit looks back
TRIES_MAX = 5
CODE_DIGITS = 6
AUDIENCE = "access.signing_in"


class Tried(StrEnum):
    """What became of a code that was typed. *Over*: too old, used, or tried too often."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


def ask(session: Session, typed: str, came_from: str) -> str:
    """Note that somebody wants to sign in with an address, whoever's it is; answers the request's
    name. `came_from` is where they go on to afterwards."""
    wall = clock.wall_time()
    session.execute(delete(SignInRequest).where(SignInRequest.asked_at < wall - KEPT_FOR))
    try:
        address_key = checked_email(typed)
    except Invalid:
        address_key = lowered(typed)[:EMAIL_CHARS_MAX]
    request = SignInRequest(
        public_id=ids.public_id(), address_key=address_key, asked_at=wall, used_at=None
    )
    session.add(request)
    session.flush()
    enqueue(session, "access.sign_in", name=request.public_id, came_from=came_from)
    return request.public_id


@handler("access.sign_in")
def answer(name: str, came_from: str) -> None:
    """Owe the code to those who have joined with the address, and invite the others anew."""
    with db.transaction() as session:
        request = _request(session, name)
        if request is None:
            return
        code_limits.hold(session, request.address_key)
        joined = joined_with(session, request.address_key)
        if joined and code_limits.may_send(session, request.address_key):
            once = code_limits.once(name)
            owe(session, PURPOSE, audience=AUDIENCE, once=once, request=name, next=came_from)
        for contact in _not_joined(session, request.address_key):
            invite_again(session, contact)


def _request(session: Session, name: str) -> SignInRequest | None:
    return session.scalar(select(SignInRequest).where(SignInRequest.public_id == name))


def _not_joined(session: Session, address_key: str) -> list[Contact]:
    joined = {contact.id for contact in joined_with(session, address_key)}
    bound = session.scalars(
        select(Contact)
        .join(ContactEmail, ContactEmail.contact_id == Contact.id)
        .options(selectinload(Contact.emails))
        .where(
            ContactEmail.address_key == address_key,
            bound_key(Contact.id) == address_key,
            takes_part_somewhere(Contact.id),
        )
        .order_by(Contact.id)
    )
    return [contact for contact in bound if contact.id not in joined]


def code(name: str) -> str:
    """The six digits of a request."""
    told = f"client-code:{name}".encode()
    mac = hmac.digest(config.current().secret_key.encode(), told, hashlib.sha256)
    return f"{int.from_bytes(mac[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def link_token(name: str) -> str:
    """What stands in the link of a request."""
    return derived_token(config.current().secret_key, PURPOSE, name, 1)


def by_link(session: Session, sent: str) -> SignInRequest | None:
    """The request of a link that still signs in; None for any other. Looking uses nothing up."""
    name = derived_from(sent)
    if not is_derived(sent, config.current().secret_key, PURPOSE, name, 1):
        return None
    return session.scalar(select(SignInRequest).where(SignInRequest.public_id == name, *alive()))


def by_name(session: Session, name: str) -> SignInRequest | None:
    """A request whose code was shown to be known, while it can still be used."""
    return session.scalar(select(SignInRequest).where(SignInRequest.public_id == name, *alive()))


def try_code(session: Session, name: str, typed: str) -> Tried:
    """Try a code as typed, spaces and dashes left out: that of this request, or of the newest email
    to its address, as somebody else may have asked meanwhile or used the emails up.

    Each try counts, at most five a request, and for its address in `code_limits`.
    """
    request = _request(session, name)
    if request is None:
        return Tried.OVER
    code_limits.hold(session, request.address_key)
    if not code_limits.may_guess(session, request.address_key):
        return Tried.OVER
    tried = session.execute(
        update(SignInRequest)
        .where(SignInRequest.id == request.id, SignInRequest.tries < TRIES_MAX, *alive())
        .values(tries=SignInRequest.tries + 1)
        .returning(SignInRequest.tries)
        .execution_options(synchronize_session=False)
    ).first()
    if tried is None:
        return Tried.OVER
    newest = code_limits.newest_sent(session, request.address_key)
    if _is_code(typed, name):
        return Tried.RIGHT
    if newest is not None and _is_code(typed, newest.public_id) and _take(session, newest):
        return Tried.RIGHT  # this request goes on in the place of the newest
    return Tried.WRONG if tried.tries < TRIES_MAX else Tried.OVER


def _take(session: Session, request: SignInRequest) -> bool:
    """Use a request up, if nobody was faster."""
    taken = session.execute(
        update(SignInRequest)
        .where(SignInRequest.id == request.id, *alive())
        .values(used_at=clock.wall_time())
        .returning(SignInRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def _is_code(typed: str, name: str) -> bool:
    digits = "".join(sign for sign in typed[:40] if not sign.isspace() and sign not in "-.\u2013")
    return hmac.compare_digest(digits.encode("utf-8", "replace"), code(name).encode())


def choices(session: Session, request: SignInRequest) -> list[Contact]:
    """Whom a request may sign in: those who have joined with its address, now."""
    return joined_with(session, request.address_key)


def use(
    session: Session, request: SignInRequest, who: str, *, browser: Browser, language: str
) -> str | None:
    """Sign in the one of the `choices` that `who` names (a public id; any where there is one);
    answers the token for the cookie. None where the request was used meanwhile, or there is no
    such choice."""
    may = {contact.public_id: contact for contact in choices(session, request)}
    contact = next(iter(may.values())) if len(may) == 1 else may.get(who)
    if contact is None or not _take(session, request):
        return None
    remember_language(session, contact, language, by=f"contact:{contact.public_id}")
    return sessions.open_session(session, contact, browser=browser)
