"""What the firm's own people are told by email about their place here."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import config
from portal.firm import invitations
from portal.firm.joining import UserInvitation
from portal.firm.models import Country, Firm, User
from portal.outbox.registry import Email, Recipient, audience, email
from portal.web import language


@audience("firm.invited")
def invited(session: Session, args: dict[str, Any]) -> list[Recipient]:
    """Whoever an invitation is for, while it is open and no newer one was sent."""
    found = session.scalar(
        select(UserInvitation).where(
            UserInvitation.public_id == args["invitation"],
            UserInvitation.version == args["version"],
            UserInvitation.accepted_at.is_(None),
            UserInvitation.withdrawn_at.is_(None),
        )
    )
    if found is None:
        return []
    spoken = language.for_staff(session.scalar(select(Firm.country)) or Country.US)
    return [Recipient(found.name, found.email, spoken)]


@email(invitations.PURPOSE, stream="sign-in")
def user_invitation(session: Session, args: dict[str, Any], _recipient: Recipient) -> Email:
    """To whom the firm asks to join: who asks, and the link (FEATURES N9)."""
    found = invitations.invitation(session, args["invitation"])
    by = found.invited_by.removeprefix("user:")
    return Email(
        "user-invitation",
        {
            "invitation": found,
            "invited_by": session.scalar(select(User.name).where(User.public_id == by)),
            "hours": invitations.TTL_HOURS,
            "url": f"{config.current().base_url}/staff/invitations/{invitations.token(found)}",
        },
    )
