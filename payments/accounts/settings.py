"""Whether the firm takes payments online, and the least that may be paid in part."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from payments.accounts.models import PaymentSettings
from portal.core import audit
from portal.core.backups.restoring import afterwards
from portal.core.errors import Invalid
from portal.firm.models import Firm
from portal.notifications.actions import raise_alert, seen_to
from portal.notifications.alert_links import Topic, file_under, leads_to

PROCESSOR_CENTS_MIN = 50
"""The least that one payment can be at the processor, in US and in Canadian dollars alike
(https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
PART_MIN_CENTS = 100
PART_MIN_CENTS_MAX = 10_000_000
HOLD_DAYS = 5
HOLD_DAYS_MAX = 60
RESTORED = "books_restored"

leads_to(RESTORED, _lazy("Open the billing settings"), "billing_settings.show", argument=None)
file_under(Topic.PAYMENTS, RESTORED)


@dataclass(frozen=True, slots=True)
class OnlinePayments:
    """What holds now: `part_min_cents` is the least part of a bill or request that may be paid,
    `hold_days` how many banking days an eCheck in trust is on hold after it completed (M8)."""

    online: bool
    part_min_cents: int
    hold_days: int = HOLD_DAYS


ONLINE = func.coalesce(
    select(PaymentSettings.online).where(PaymentSettings.id == 1).scalar_subquery(), literal(True)
).label("online")
"""For statements that ask along with something else whether the switch is on (FEATURES P1)."""

PART_MIN = func.coalesce(
    select(PaymentSettings.part_min_cents).where(PaymentSettings.id == 1).scalar_subquery(),
    literal(PART_MIN_CENTS),
).label("part_min_cents")
"""The same for the least part, in cents (FEATURES P2)."""

_HOLD = func.coalesce(
    select(PaymentSettings.hold_days).where(PaymentSettings.id == 1).scalar_subquery(),
    literal(HOLD_DAYS),
).label("hold_days")
_NOW = select(ONLINE, PART_MIN, _HOLD)


def online_payments(session: Session) -> OnlinePayments:
    """The switch of FEATURES P1 and the firm's minimum of P2, as they are now."""
    row = session.execute(_NOW).one()
    return OnlinePayments(bool(row.online), row.part_min_cents, row.hold_days)


def set_online_payments(session: Session, *, online: bool, part_min_cents: int, by: str) -> None:
    """Turn online payments on or off and set the least part. Raises `Invalid` beside the amount."""
    if not PROCESSOR_CENTS_MIN <= part_min_cents <= PART_MIN_CENTS_MAX:
        raise Invalid(_("Enter an amount from 0.50 to 100,000.00."), "part_min")
    row = _row(session)
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
    if online:
        seen_to(session, RESTORED, "firm", by=by)


@afterwards
def wait_for_the_processor(session: Session) -> None:
    """Turn online payments off in books that came back from a backup (FEATURES X8).

    What clients paid since, and what plans and autocharge took, is not in them: a bill would be
    paid, and an instalment charged, a second time. Somebody turns them on again once what the
    processor has done since was read and linked (docs/backups.md).
    """
    if session.scalar(select(Firm.id)) is None:
        return
    now = online_payments(session)
    set_online_payments(session, online=False, part_min_cents=now.part_min_cents, by="system")
    raise_alert(
        session,
        RESTORED,
        "firm",
        "The books were put back from a backup, so no payments are taken online for now, and "
        "payment plans and automatic charges wait: what was paid after the backup would be paid "
        "twice. Once the worker has run for ten minutes, link what the other alerts name. Then "
        "tick Take payments online again.",
    )


def set_hold_days(session: Session, days: int, *, by: str) -> None:
    """Set how many banking days an eCheck in trust is on hold (M8); what is on hold now stays so.
    Raises `Invalid` beside the days."""
    if not 0 <= days <= HOLD_DAYS_MAX:
        raise Invalid(_("Enter a number of days from 0 to 60."), "hold_days")
    row = _row(session)
    if row.hold_days == days:
        return
    before, row.hold_days = row.hold_days, days
    session.flush()
    audit.record(session, by, "trust_hold.changed", "firm", before=before, after=days)


def _row(session: Session) -> PaymentSettings:
    # Two administrators who are the first to change it would both make the row.
    session.execute(select(Firm.id).with_for_update()).one()
    row = session.get(PaymentSettings, 1, with_for_update=True)
    if row is None:
        row = PaymentSettings(id=1, online=True, part_min_cents=PART_MIN_CENTS, hold_days=HOLD_DAYS)
        session.add(row)
    return row
