"""Six digits from an app on the user's phone (RFC 6238), each taken once.

The secret is encrypted with a key drawn from SECRET_KEY and bound to its user: the table alone
makes no codes, and a row copied to another user opens nothing.
"""

import base64
import hmac
import secrets
from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock
from portal.core.errors import Conflict
from portal.firm.factors import Authenticator
from portal.firm.keys import key_for

STEP_SECONDS = 30
CODE_DIGITS = 6
SECRET_BYTES = 20
NONCE_BYTES = 12
SECRET_TTL = timedelta(minutes=10)
"""How long (wall time) a secret waits for its first code: one drawn and left is nobody's to find.
"""
WINDOW_STEPS = 1
"""A phone's clock may be half a minute off either way."""

log = structlog.get_logger("sign-in")


def begin(session: Session, user_id: int) -> None:
    """Draw a secret for the user's app. It asks for nothing until the first code was shown.

    A secret drawn before and never confirmed is replaced. Raises `Conflict` where an app is in use.
    """
    kept = session.get(Authenticator, user_id, with_for_update=True)
    if kept is not None and kept.confirmed_at is not None:
        raise Conflict(_("You have an authenticator app already. Remove it first."))
    sealed = _sealed(secrets.token_bytes(SECRET_BYTES), user_id)
    if kept is None:
        kept = Authenticator(user_id=user_id, confirmed_at=None)
        session.add(kept)
    kept.secret, kept.made_at, kept.last_step = sealed, clock.wall_time(), 0
    session.flush()


def unconfirmed_secret(session: Session, user_id: int) -> str | None:
    """The secret in base32, to be typed into an app or drawn as a code, while it is not in use and
    was drawn within ten minutes (wall time)."""
    kept = session.get(Authenticator, user_id)
    if kept is None or not _waits(kept):
        return None
    plain = _opened(kept.secret, user_id)
    return base64.b32encode(plain).decode("ascii") if plain else None


def address_of(secret: str, *, email: str, firm: str) -> str:
    """What the QR code says: https://github.com/google/google-authenticator/wiki/Key-Uri-Format"""
    from pyotp.totp import TOTP

    return TOTP(secret).provisioning_uri(name=email, issuer_name=firm.replace(":", " "))


def confirm(session: Session, user_id: int, code: str) -> bool:
    """Take the first code of an app: from here on its codes are asked for. False for a wrong one,
    and for every one ten minutes (wall time) after the secret was drawn.

    The caller tells the log and the user.
    """
    kept = session.get(Authenticator, user_id, with_for_update=True)
    if kept is None or not _waits(kept):
        return False
    step = _step_of(_opened(kept.secret, user_id), code)
    if step is None:
        return False
    kept.confirmed_at, kept.last_step = clock.wall_time(), step
    session.flush()
    return True


def take(session: Session, user_id: int, code: str) -> bool:
    """Whether this is a code of the user's app that was never shown before; it is used up now.

    Of two that show the same code at once one is refused (RFC 6238, section 5.2).
    """
    sealed = session.scalar(
        select(Authenticator.secret).where(
            Authenticator.user_id == user_id, Authenticator.confirmed_at.is_not(None)
        )
    )
    step = None if sealed is None else _step_of(_opened(sealed, user_id), code)
    if step is None:
        return False
    taken = session.execute(
        update(Authenticator)
        .where(
            Authenticator.user_id == user_id,
            Authenticator.secret == sealed,
            Authenticator.confirmed_at.is_not(None),
            Authenticator.last_step < step,
        )
        .values(last_step=step)
        .returning(Authenticator.user_id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def remove(session: Session, user_id: int, by: str) -> bool:
    """Forget the app, confirmed or not; answers whether it was in use."""
    confirmed = session.execute(
        delete(Authenticator)
        .where(Authenticator.user_id == user_id)
        .returning(Authenticator.confirmed_at)
        .execution_options(synchronize_session=False)
    ).first()
    if confirmed is None or confirmed.confirmed_at is None:
        return False
    audit.record(session, by, "user.authenticator_removed", by)
    return True


def _waits(kept: Authenticator) -> bool:
    return kept.confirmed_at is None and kept.made_at > clock.wall_time() - SECRET_TTL


def _step_of(secret: bytes | None, code: str) -> int | None:
    """The half minute that a code belongs to. Every one of the window is compared, in one time."""
    from pyotp.totp import TOTP

    typed = "".join(code.split())
    if secret is None or len(typed) != CODE_DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    codes = TOTP(base64.b32encode(secret).decode("ascii"))
    current = int(clock.wall_time().timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - WINDOW_STEPS, current + WINDOW_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step), typed):
            found = step
    return found


def _cipher() -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key_for("authenticator secrets"))


def _sealed(plain: bytes, user_id: int) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.b64encode(nonce + _cipher().encrypt(nonce, plain, str(user_id).encode())).decode(
        "ascii"
    )


def _opened(sealed: str, user_id: int) -> bytes | None:
    """The secret; None where SECRET_KEY has changed since, or the row is another user's."""
    from cryptography.exceptions import InvalidTag

    raw = base64.b64decode(sealed)
    try:
        return _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], str(user_id).encode())
    except InvalidTag:
        log.error("authenticator secret cannot be read: was SECRET_KEY changed?", user_id=user_id)
        return None
