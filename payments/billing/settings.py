"""How the firm bills: approval, taxes, due days, paper, and the schedule of reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from payments.billing.quantities import plain
from portal.clients.details import Problems
from portal.core import audit
from portal.core.db import Base
from portal.core.types import Json
from portal.firm.models import Country, Firm

DUE_DAYS = 30
DUE_DAYS_MAX = 365
REMINDER_DAYS = (-3, 0, 7)
REMINDERS_MAX = 6
REMINDER_DAYS_MIN, REMINDER_DAYS_MAX = -30, 90
TAXES_MAX = 2
TAX_LABEL_CHARS_MAX = 40
PERCENT_THOUSANDTHS_MAX = 100_000
PAPERS = ("letter", "a4")


class BillingSettings(Base):
    """One row, made when an administrator first changes it; `billing_settings` has what holds.

    `own_approval`: people may approve what they drafted themselves. `taxes` are the labels and
    thousandths of a percent that a new bill begins with. `reminder_days` counts days from the due
    day, those before it below zero; automatic reminders are sent while `reminders` is on.
    """

    __tablename__ = "billing_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("due_days BETWEEN 0 AND 365", name="due_days_possible"),
        CheckConstraint("paper IN ('letter', 'a4')", name="paper_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    due_days: Mapped[int] = mapped_column(default=DUE_DAYS)
    own_approval: Mapped[bool] = mapped_column(default=True)
    paper: Mapped[str] = mapped_column(String(8), default="letter")
    taxes: Mapped[list[Any]] = mapped_column(Json, default=list)
    reminders: Mapped[bool] = mapped_column(default=False)
    reminder_days: Mapped[list[Any]] = mapped_column(Json, default=list)


def billing_settings(session: Session) -> BillingSettings:
    """What holds now. Until somebody has changed it: a row of the defaults that is not stored."""
    return session.get(BillingSettings, 1) or BillingSettings(
        id=1,
        due_days=DUE_DAYS,
        own_approval=True,
        paper="letter",
        taxes=[],
        reminders=False,
        reminder_days=list(REMINDER_DAYS),
    )


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that a new bill begins with: GST, 5000 thousandths of a percent."""

    label: str
    percent_thousandths: int


@dataclass(frozen=True, slots=True)
class HowBilled:
    """What an administrator wants of `BillingSettings`. `reminder_days` count from the due day."""

    due_days: int
    own_approval: bool
    paper: str
    taxes: Sequence[Tax]
    reminders: bool
    reminder_days: Sequence[int]


def how_billed(session: Session) -> HowBilled:
    """What holds now."""
    now = billing_settings(session)
    taxes = [Tax(one["label"], one["percent_thousandths"]) for one in now.taxes]
    return HowBilled(
        now.due_days, now.own_approval, now.paper, taxes, now.reminders, list(now.reminder_days)
    )


def set_billing(session: Session, wanted: HowBilled, *, by: str) -> None:
    """Change how the firm bills, for what is written from now on.

    A firm in the US always prints on Letter. Raises `Problems` beside the fields: `due_days`,
    `paper`, `taxes`, `reminder_days`.
    """
    # Two administrators who are the first to change it would both make the row.
    country = session.execute(select(Firm.country).with_for_update()).scalar_one()
    if errors := _wrong_with(wanted, country):
        raise Problems(errors)
    row = session.get(BillingSettings, 1, with_for_update=True)
    if row is None:
        row = BillingSettings(id=1)
        session.add(row)
    row.due_days, row.own_approval, row.paper = wanted.due_days, wanted.own_approval, wanted.paper
    row.taxes = [
        {"label": tax.label, "percent_thousandths": tax.percent_thousandths} for tax in wanted.taxes
    ]
    row.reminders, row.reminder_days = wanted.reminders, sorted(wanted.reminder_days)
    session.flush()
    audit.record(
        session,
        by,
        "billing_settings.changed",
        "firm",
        due_days=row.due_days,
        own_approval=row.own_approval,
        paper=row.paper,
        taxes=[f"{tax.label} {plain(tax.percent_thousandths)}%" for tax in wanted.taxes],
        reminders=row.reminders,
        reminder_days=row.reminder_days,
    )


def _wrong_with(wanted: HowBilled, country: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 0 <= wanted.due_days <= DUE_DAYS_MAX:
        errors["due_days"] = _("Enter a number of days from 0 to 365.")
    if wanted.paper not in PAPERS or (country == Country.US and wanted.paper != "letter"):
        errors["paper"] = _("Choose a size of paper that is offered here.")
    if sentence := _wrong_with_taxes(wanted.taxes):
        errors["taxes"] = sentence
    if sentence := _wrong_with_reminders(wanted):
        errors["reminder_days"] = sentence
    return errors


def _wrong_with_taxes(taxes: Sequence[Tax]) -> str | None:
    if len(taxes) > TAXES_MAX:
        return _("A bill has two taxes at most.")
    if any(not 0 < len(tax.label) <= TAX_LABEL_CHARS_MAX for tax in taxes):
        return _("Give each tax a name of up to 40 characters.")
    if any(not 0 < tax.percent_thousandths <= PERCENT_THOUSANDTHS_MAX for tax in taxes):
        return _("Enter a tax from 0.001 to 100 percent.")
    if len({tax.label.casefold() for tax in taxes}) < len(taxes):
        return _("Two taxes need two names.")
    return None


def _wrong_with_reminders(wanted: HowBilled) -> str | None:
    days = wanted.reminder_days
    if wanted.reminders and not days:
        return _("Say when reminders are sent, or turn them off.")
    if len(set(days)) < len(days):
        return _("Name each day once.")
    if len(days) > REMINDERS_MAX:
        return _("A bill is reminded of six times at most.")
    if any(not REMINDER_DAYS_MIN <= one <= REMINDER_DAYS_MAX for one in days):
        return _("Reminders go out from 30 days before the due day to 90 days after it.")
    return None
