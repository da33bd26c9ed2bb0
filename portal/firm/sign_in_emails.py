"""What a user is told about their own sign-in, so that nobody changes it behind their back.

No code, link or address of a browser's user is in them but the link that was asked for.
"""

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import config, ids
from portal.core.tokens import derived_token
from portal.firm import queries
from portal.firm.joining import PasswordReset
from portal.firm.models import Country, User
from portal.outbox.actions import owe
from portal.outbox.registry import Email, Recipient, email
from portal.web import language

RESET_PURPOSE = "password-reset"
STREAM = "sign-in"


class Change(StrEnum):
    """What happened to somebody's sign-in."""

    PASSWORD_CHANGED = "password changed"  # noqa: S105 (a name, not a password)
    PASSKEY_ADDED = "passkey added"
    PASSKEY_REMOVED = "passkey removed"
    AUTHENTICATOR_ADDED = "authenticator added"
    AUTHENTICATOR_REMOVED = "authenticator removed"
    RECOVERY_CODE_USED = "recovery code used"
    RECOVERY_CODES_MADE = "recovery codes made"
    FACTORS_FORGOTTEN = "factors forgotten"


def tell(session: Session, user: User, change: Change, about: str = "") -> None:
    """Owe a user the email that says what was changed. `about` names the passkey."""
    _owe(session, user, "sign-in-changed-staff", ids.public_id(), change=change, about=about)


def tell_reset_link(session: Session, user: User, reset: PasswordReset) -> None:
    """Owe a user the link to choose a new password; told twice, it is sent once."""
    _owe(session, user, "password-reset-staff", reset.public_id, reset=reset.public_id)


def _owe(session: Session, user: User, kind: str, once: str, **args: Any) -> None:
    firm = queries.firm(session)
    spoken = language.for_staff(firm.country if firm else Country.US)
    once = f"{kind}:{once}"
    told = {"name": user.name, "address": user.email, "language": spoken}
    owe(session, kind, audience="address", once=once, **told, **args)


@email("password-reset-staff", stream=STREAM)
def password_reset_staff(session: Session, args: dict[str, Any], _to: Recipient) -> Email:
    """To a user who forgot their password: the link, good for an hour and once."""
    settings = config.current()
    name = session.scalars(
        select(PasswordReset.public_id).where(PasswordReset.public_id == args["reset"])
    ).one()
    token = derived_token(settings.secret_key, RESET_PURPOSE, name, 1)
    return Email(
        "password-reset-staff",
        {"reset_url": f"{settings.base_url}/staff/forgotten-password/{token}"},
    )


@email("sign-in-changed-staff", stream=STREAM)
def sign_in_changed_staff(_session: Session, args: dict[str, Any], _to: Recipient) -> Email:
    """To a user: what was changed about their sign-in, and what to do if it was not them."""
    change = Change(args["change"])
    return Email(
        "sign-in-changed-staff",
        {
            "words": _words(change, args["about"]),
            "sign_in_url": f"{config.current().base_url}/staff/your-sign-in",
        },
    )


def _words(change: Change, about: str) -> str:
    return {
        Change.PASSWORD_CHANGED: _("Your password was changed."),
        Change.PASSKEY_ADDED: _("A passkey was added: %(name)s.", name=about),
        Change.PASSKEY_REMOVED: _("A passkey was removed: %(name)s.", name=about),
        Change.AUTHENTICATOR_ADDED: _("An authenticator app was added."),
        Change.AUTHENTICATOR_REMOVED: _("The authenticator app was removed."),
        Change.RECOVERY_CODE_USED: _("One of your recovery codes was used."),
        Change.FACTORS_FORGOTTEN: _(
            "An administrator removed all your passkeys, your authenticator app and your recovery "
            "codes, so that you can sign in again and add new ones."
        ),
        Change.RECOVERY_CODES_MADE: _("New recovery codes were made. The old ones are void."),
    }[change]
