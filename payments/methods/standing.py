"""Which stored methods can be charged now, and why the others cannot (FEATURES P8)."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.methods import returns
from payments.methods.models import StoredMethod
from portal.core.errors import Conflict
from portal.firm.brand import brand


class NotChargeable(Conflict):
    """A stored method cannot be charged, or not for this. The message says why."""


def chargeable(session: Session, client_id: int, bank_account_id: int) -> list[StoredMethod]:
    """A client's methods for one of the firm's accounts that can be charged today, newest first."""
    found = session.scalars(
        select(StoredMethod)
        .where(StoredMethod.client_id == client_id)
        .where(StoredMethod.deleted_at.is_(None), StoredMethod.void_at.is_(None))
        .where(StoredMethod.bank_account_id == bank_account_id)
        .order_by(StoredMethod.id.desc())
    )
    day = today(session)
    return [method for method in found if not is_expired(method, day)]


def today(session: Session) -> date:
    """The calendar day where the firm is."""
    return brand(session).today


def is_expired(method: StoredMethod, day: date) -> bool:
    """Whether a card's time has run out: it is good to the end of its month. Bank accounts have no
    such time."""
    if method.expires_year is None or method.expires_month is None:
        return False
    return (method.expires_year, method.expires_month) < (day.year, day.month)


def problem(method: StoredMethod, day: date) -> str | None:
    """Why a method cannot be charged on this day, in words; None where it can."""
    if method.deleted_at is not None:
        return _("%(method)s was deleted and can no longer be charged.", method=method.label)
    if method.void_at is not None:
        return _(
            "The bank sent a payment from %(method)s back, so it can no longer be charged. %(why)s",
            method=method.label,
            why=returns.words(method.void_code),
        )
    if is_expired(method, day):
        return _(
            "%(method)s expired at the end of %(month)s/%(year)s.",
            method=method.label,
            month=f"{method.expires_month:02d}",
            year=str(method.expires_year),
        )
    return None


def lock_chargeable(
    session: Session, method_id: int, *, client_id: int, bank_account_id: int
) -> StoredMethod:
    """The method as it is now, kept from being deleted until the charge is recorded.

    Raises `NotChargeable` where it is deleted, void or expired, another client's, or was stored for
    another of the firm's accounts: trust and operating never share one (FEATURES P5).
    """
    method = session.scalar(
        select(StoredMethod)
        .where(StoredMethod.id == method_id)
        .with_for_update(of=StoredMethod)
        .execution_options(populate_existing=True)
    )
    if method is None or method.client_id != client_id:
        raise NotChargeable(_("This payment method is not stored for this client."))
    if method.bank_account_id != bank_account_id:
        raise NotChargeable(_("This payment method was stored for another account of the firm."))
    if (sentence := problem(method, today(session))) is not None:
        raise NotChargeable(sentence)
    return method
