"""Ten codes to print and keep, for when the phone is lost. Each takes the place of a code once."""

import hmac
import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.core import audit, clock
from portal.firm.factors import RecoveryCode
from portal.firm.keys import key_for

CODES = 10
CODE_CHARS = 16
"""Of 32 signs each: 80 bits, too many to be guessed even from the table."""
GROUP_CHARS = 4
# Read off paper: no 0 and O, no 1 and I, no capitals told from small letters.
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def draw(session: Session, user_id: int, by: str) -> list[str]:
    """Ten new codes, as `K7QM-92TX-…`; those before are void. Nobody can read them again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(SIGNS) for _ in range(CODE_CHARS)) for _ in range(CODES)]
    wall = clock.wall_time()
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=_hashed(code), made_at=wall, used_at=None)
        for code in codes
    )
    session.flush()
    audit.record(session, by, "user.recovery_codes_made", by, codes=CODES)
    return [_grouped(code) for code in codes]


def take(session: Session, user_id: int, typed: str) -> bool:
    """Whether this is a code of the user's that is left; it is used up now."""
    taken = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _hashed(_normal(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.wall_time())
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def left(session: Session, user_id: int) -> int:
    """How many codes a user has left."""
    found = session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return int(found or 0)


def forget(session: Session, user_id: int) -> None:
    """Void every code of a user who has no other second factor any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _normal(typed: str) -> str:
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())


def _grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP_CHARS] for at in range(0, CODE_CHARS, GROUP_CHARS))


def _hashed(code: str) -> str:
    return hmac.new(key_for("recovery codes"), code.encode(), "sha256").hexdigest()
