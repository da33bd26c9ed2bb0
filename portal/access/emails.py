"""What clients are sent to come in: an invitation, and a code to sign in again.

Neither names a matter or says anything of it (FEATURES M13).
"""

from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access import code_limits, invitations, sign_in_codes
from portal.access.bound import bound_key, joined_with, takes_part_somewhere
from portal.access.keys import SignInRequest
from portal.access.models import ClientInvitation
from portal.clients.models import Contact
from portal.core import config
from portal.core.tokens import derived_token
from portal.firm.brand import brand
from portal.outbox.registry import Email, Recipient, audience, email

STREAM = "sign-in"


@audience(invitations.AUDIENCE)
def invited(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """Whoever an invitation is for, while it is open, the newest, and its address theirs."""
    row = session.execute(
        select(ClientInvitation.address, Contact.name, Contact.language)
        .join(Contact, Contact.id == ClientInvitation.contact_id)
        .where(
            ClientInvitation.public_id == args["invitation"],
            ClientInvitation.version == args["version"],
            ClientInvitation.accepted_at.is_(None),
            ClientInvitation.voided_at.is_(None),
            ClientInvitation.address_key == bound_key(ClientInvitation.contact_id),
            takes_part_somewhere(ClientInvitation.contact_id),
        )
    ).first()
    if row is None:
        return []
    return [Recipient(row.name, row.address, row.language or brand(session).locale)]


@email(invitations.PURPOSE, stream=STREAM)
def client_invitation(session: Session, args: dict[str, Any], to: Recipient) -> Email:
    """To a client whom the firm has written to or shared something with: the link that lets them
    in, good for one hour and once (FEATURES C8)."""
    settings = config.current()
    token = derived_token(
        settings.secret_key, invitations.PURPOSE, args["invitation"], args["version"]
    )
    address = f"{settings.base_url}/invitations/{token}"
    minutes = int(invitations.TTL.total_seconds() // 60)
    return Email(
        "client-invitation", {"url": address + _query(session, to.language), "minutes": minutes}
    )


@audience(sign_in_codes.AUDIENCE)
def signing_in(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """Those who asked to sign in with their address and may; nobody for any other address."""
    asked = select(SignInRequest).where(SignInRequest.public_id == args["request"])
    request = session.scalar(asked)
    if request is None or request.used_at is not None:
        return []
    found = joined_with(session, request.address_key)
    language = next((one.language for one in found if one.language), brand(session).locale)
    names = [contact.name for contact in found]
    return [Recipient(" / ".join(names), request.address_key, language)] if found else []


@email(sign_in_codes.PURPOSE, stream=STREAM)
def client_sign_in(session: Session, args: dict[str, Any], to: Recipient) -> Email:
    """To a client who signs in again: the code to type, and a link that does the same (C11)."""
    name = args["request"]
    token = sign_in_codes.link_token(name)
    code = sign_in_codes.code(name)
    query = _query(session, to.language, args["next"])
    return Email(
        "client-sign-in",
        {
            "code": f"{code[:3]} {code[3:]}",
            "minutes": int(code_limits.CODE_TTL.total_seconds() // 60),
            "url": f"{config.current().base_url}/sign-in/{token}{query}",
        },
    )


def _query(session: Session, language: str, came_from: str = "") -> str:
    """What follows in a link: where its reader wanted to go, and their language where it is not
    the firm's own (FEATURES B3)."""
    spoken = {} if language == brand(session).locale else {"lang": language[:2]}
    onward = {"next": came_from} if came_from else {}
    return f"?{urlencode(spoken | onward)}" if spoken or onward else ""
