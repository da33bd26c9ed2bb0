"""Payment plans and autocharge, and every try to charge for them (FEATURES P9)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from payments.methods.models import StoredMethod
from portal.clients.models import Contact
from portal.core.db import Base
from portal.core.types import Cents, RowId, UtcDateTime

INSTALMENTS_MAX = 120


class PlanState(StrEnum):
    """Where a plan stands. *proposed* waits for its client, and nothing is charged before."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELED = "canceled"
    FINISHED = "finished"


class Every(StrEnum):
    """How often an instalment is due (FEATURES P9)."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"


class DueState(StrEnum):
    """What became of an instalment, or of a bill's autocharge.

    *charging* is a payment under way; *retrying* failed once and is tried again; *failed* is shown
    to staff; *skipped*: nothing was owed when it fell due, or a bill was left to the client's plan;
    *canceled* went with its plan, or with autocharge.
    """

    SCHEDULED = "scheduled"
    CHARGING = "charging"
    PAID = "paid"
    RETRYING = "retrying"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELED = "canceled"


class Moment(StrEnum):
    """When a bill is charged of its own accord (FEATURES P9). *after*: so many days after due."""

    ISSUE = "issue"
    DUE = "due"
    AFTER = "after"


_PLAN_STATES = ", ".join(f"'{state}'" for state in PlanState)
_DUE_STATES = ", ".join(f"'{state}'" for state in DueState)
LIVE = "state IN ('proposed', 'active', 'paused')"


class PaymentPlan(Base):
    """A client pays what they owe in instalments, from one stored method into one account.

    At most one plan of a client is live on an account. The schedule is written out when the plan is
    agreed: `each_cents` is none where the total was divided into equal instalments. `token` opens
    the client's page; `agreed_text` is what they accepted, with when and from where, and none where
    the firm did not ask. `version` counts changes, so that what is accepted was seen. Cents.
    """

    __tablename__ = "payment_plan"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("token"),
        CheckConstraint(f"state IN ({_PLAN_STATES})", name="state_known"),
        CheckConstraint("every IN ('week', 'two_weeks', 'month')", name="every_known"),
        CheckConstraint("total_cents > 0", name="total_positive"),
        CheckConstraint("each_cents IS NULL OR each_cents > 0", name="each_positive"),
        CheckConstraint("currency IN ('USD', 'CAD')", name="currency_known"),
        CheckConstraint("(agreed_at IS NULL) = (agreed_text IS NULL)", name="agreed_whole"),
        CheckConstraint(
            "NOT asks_client OR agreed_at IS NOT NULL OR state IN ('proposed', 'canceled')",
            name="charged_once_agreed",
        ),
        Index(
            "uq_payment_plan_live",
            "client_id",
            "bank_account_id",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index("ix_payment_plan_client", "client_id", "id"),
        Index("ix_payment_plan_state", "state", "id"),
        Index("ix_payment_plan_method", "method_id", "state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    token: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    method_id: Mapped[int] = mapped_column(ForeignKey("stored_method.id"))
    currency: Mapped[str] = mapped_column(String(3))
    total_cents: Mapped[int] = mapped_column(Cents)
    each_cents: Mapped[int | None] = mapped_column(Cents)
    every: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=1)
    asks_client: Mapped[bool]
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_text: Mapped[str | None] = mapped_column(Text)
    agreed_ip: Mapped[str] = mapped_column(String(64), default="")
    agreed_agent: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    client: Mapped[Contact] = relationship(lazy="raise")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    method: Mapped[StoredMethod] = relationship(lazy="raise")
    instalments: Mapped[list["Instalment"]] = relationship(
        lazy="raise", order_by="Instalment.number"
    )

    @property
    def paid_cents(self) -> int:
        """What its instalments have brought so far."""
        return sum(one.charged_cents for one in self.instalments if one.state == DueState.PAID)

    @property
    def failed(self) -> int:
        """How many of its instalments were not paid, and are not tried again."""
        return sum(one.state == DueState.FAILED for one in self.instalments)


class Instalment(Base):
    """One instalment: what is due on which day where the firm is, and what became of it.

    `charged_cents` is what the last try took, less than `amount_cents` where less was owed.
    `tries` are those made; `try_on` is the day of the next.
    """

    __tablename__ = "instalment"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint(f"state IN ({_DUE_STATES})", name="state_known"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint(
            "charged_cents >= 0 AND charged_cents <= amount_cents", name="charged_within"
        ),
        CheckConstraint(f"number BETWEEN 1 AND {INSTALMENTS_MAX}", name="number_possible"),
        CheckConstraint("tries BETWEEN 0 AND 2", name="tried_twice_at_most"),
        Index("ix_instalment_state", "state", "try_on", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plan.id"))
    number: Mapped[int]
    due_on: Mapped[date] = mapped_column(Date)
    try_on: Mapped[date] = mapped_column(Date)
    amount_cents: Mapped[int] = mapped_column(Cents)
    charged_cents: Mapped[int] = mapped_column(Cents, default=0)
    state: Mapped[str] = mapped_column(String(10), default=DueState.SCHEDULED)
    tries: Mapped[int] = mapped_column(default=0)
    told: Mapped[str] = mapped_column(String(500), default="")


class InstalmentTry(Base):
    """One try to charge an instalment. A try makes at most one payment, whoever asks twice."""

    __tablename__ = "instalment_try"
    __table_args__ = (
        UniqueConstraint("instalment_id", "number"),
        UniqueConstraint("payment_id"),
        CheckConstraint("number IN (1, 2)", name="number_possible"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"))
    number: Mapped[int]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Autocharge(Base):
    """Charge each of a client's bills of its own accord, from one stored method into one account.

    At most one of a client is on for an account. `days` counts from the due day, for *after* alone.
    """

    __tablename__ = "autocharge"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("moment IN ('issue', 'due', 'after')", name="moment_known"),
        CheckConstraint(
            "days BETWEEN 0 AND 90 AND (moment = 'after') = (days > 0)", name="days_possible"
        ),
        Index(
            "uq_autocharge_on",
            "client_id",
            "bank_account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_autocharge_client", "client_id", "id"),
        Index("ix_autocharge_method", "method_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    client_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    method_id: Mapped[int] = mapped_column(ForeignKey("stored_method.id"))
    moment: Mapped[str] = mapped_column(String(8))
    days: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    client: Mapped[Contact] = relationship(lazy="raise")
    bank_account: Mapped[BankAccount] = relationship(lazy="raise")
    method: Mapped[StoredMethod] = relationship(lazy="raise")


class BillCharge(Base):
    """What autocharge does about one bill: the day of the next try, and what became of it."""

    __tablename__ = "bill_charge"
    __table_args__ = (
        UniqueConstraint("bill_id"),
        CheckConstraint(f"state IN ({_DUE_STATES})", name="state_known"),
        CheckConstraint("tries BETWEEN 0 AND 2", name="tried_twice_at_most"),
        Index("ix_bill_charge_autocharge", "autocharge_id", "id"),
        Index("ix_bill_charge_state", "state", "try_on", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    autocharge_id: Mapped[int] = mapped_column(ForeignKey("autocharge.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    try_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=DueState.SCHEDULED)
    tries: Mapped[int] = mapped_column(default=0)
    told: Mapped[str] = mapped_column(String(500), default="")


class BillChargeTry(Base):
    """One try of autocharge to charge a bill: at most one payment, whoever asks twice."""

    __tablename__ = "bill_charge_try"
    __table_args__ = (
        UniqueConstraint("bill_charge_id", "number"),
        UniqueConstraint("payment_id"),
        CheckConstraint("number IN (1, 2)", name="number_possible"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bill_charge_id: Mapped[int] = mapped_column(ForeignKey("bill_charge.id"))
    number: Mapped[int]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
