"""Whether the firm takes payments online, and the least that may be paid in part."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from payments.accounts.models import PaymentSettings
from portal.core import audit
from portal.core.errors import Invalid
from portal.firm.models import Firm

PROCESSOR_CENTS_MIN = 50
"""The least that one payment can be at the processor, in US and in Canadian dollars alike
(https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
PART_MIN_CENTS = 100
PART_MIN_CENTS_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class OnlinePayments:
    """What holds now: `part_min_cents` is the least part of a bill or request that may be paid."""

    online: bool
    part_min_cents: int


ONLINE = func.coalesce(
    select(PaymentSettings.online).where(PaymentSettings.id == 1).scalar_subquery(), literal(True)
).label("online")
"""For statements that ask along with something else whether the switch is on (FEATURES P1)."""

PART_MIN = func.coalesce(
    select(PaymentSettings.part_min_cents).where(PaymentSettings.id == 1).scalar_subquery(),
    literal(PART_MIN_CENTS),
).label("part_min_cents")
"""The same for the least part, in cents (FEATURES P2)."""

_NOW = select(ONLINE, PART_MIN)


def online_payments(session: Session) -> OnlinePayments:
    """The switch of FEATURES P1 and the firm's minimum of P2, as they are now."""
    row = session.execute(_NOW).one()
    return OnlinePayments(bool(row.online), row.part_min_cents)


def set_online_payments(session: Session, *, online: bool, part_min_cents: int, by: str) -> None:
    """Turn online payments on or off and set the least part. Raises `Invalid` beside the amount."""
    if not PROCESSOR_CENTS_MIN <= part_min_cents <= PART_MIN_CENTS_MAX:
        raise Invalid(_("Enter an amount from 0.50 to 100,000.00."), "part_min")
    # Two administrators who are the first to change it would both make the row.
    session.execute(select(Firm.id).with_for_update()).one()
    row = session.get(PaymentSettings, 1, with_for_update=True)
    if row is None:
        row = PaymentSettings(id=1, online=online, part_min_cents=part_min_cents)
        session.add(row)
    row.online, row.part_min_cents = online, part_min_cents
    session.flush()
    audit.record(
        session,
        by,
        "online_payments.changed",
        "firm",
        online=online,
        part_min_cents=part_min_cents,
    )
