"""The choice of whom to link a payment to: where it stands, and what it would post."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.receipts.planning import Plan, PlannedBill
from payments.transactions import linking, telling
from payments.transactions.linking import Target
from payments.transactions.linking_forms import NOBODY, OTHER, LinkForm
from payments.transactions.models import Payment
from payments.transactions.suggestions import Suggestion
from portal.clients.access import Closed
from portal.clients.choosing import Choice, read_choice
from portal.clients.queries import CONTACT, KINDS, MATTER, option

UNPAID_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the dialog's choice stands: the `key` chosen, if any, by a `radio` or by typing."""

    key: str = ""
    radio: str = ""
    typing: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be posted. `target` is none for **Unlink**, `plan` where no bill would be paid."""

    key: str
    target: Target | None
    plan: Plan | None

    @property
    def whose(self) -> str:
        """The one chosen, in words."""
        return _whose(self.target) if self.target else ""

    @property
    def bills(self) -> list[PlannedBill]:
        """The bills that would be paid, and the next few that would not."""
        return self._by_turn[: len(self._by_turn) - self.more]

    @property
    def more(self) -> int:
        """How many bills more stay as they are."""
        unpaid = sum(not bill.applied_cents for bill in self._by_turn)
        return max(unpaid - UNPAID_SHOWN, 0)

    @property
    def _by_turn(self) -> list[PlannedBill]:
        # What is left to a payment under way gets nothing and may stand between those that do.
        bills = self.plan.bills if self.plan else ()
        return sorted(bills, key=lambda bill: not bill.applied_cents)


def chosen(
    session: Session,
    form: LinkForm,
    typed: Mapping[str, str],
    found: list[Suggestion],
    closed: Closed,
) -> Chosen:
    """What a request chose, by a radio or by typing. Raises `Missing` for an unknown key."""
    if form.by_typing:
        choice = read_choice(session, typed, "client", closed)
        key = choice.chosen.key if choice.chosen else ""
        return Chosen(key, OTHER if choice.typed else form.to, choice)
    if form.to == NOBODY or form.to in {_key(one.target) for one in found}:
        return Chosen(form.to, form.to)
    if form.to.partition(":")[0] not in KINDS:
        return Chosen()
    return Chosen(form.to, OTHER, Choice(option(session, form.to, closed)))


def _key(target: Target) -> str:
    named = target.matter or target.client
    return f"{MATTER if target.matter else CONTACT}:{named.public_id}"


def preview(
    session: Session, payment: Payment, form: LinkForm, key: str, closed: Closed
) -> Preview | None:
    """What linking to the one chosen would post; None while nobody is. Raises `Missing`."""
    if not key:
        return None
    if key == NOBODY:
        return Preview(key, None, None)
    target = linking.target(session, key, closed)
    return Preview(key, target, linking.preview(session, payment, target, apply=form.apply))


def options(found: list[Suggestion], *, changing: bool) -> list[dict[str, str]]:
    """The radios. Without suggestions there is only the field to type into."""
    drawn = [
        {"value": _key(one.target), "label": _whose(one.target), "hint": " · ".join(one.reasons)}
        for one in found
    ]
    if changing:
        hint = _("The money waits as an unlinked payment again")
        drawn.append({"value": NOBODY, "label": _("Unlink"), "hint": hint})
    if drawn:
        label = _("Another client or matter") if found else _("A client or matter")
        drawn.append({"value": OTHER, "label": label})
    return drawn


def _whose(target: Target) -> str:
    return telling.whose(target.client, target.matter)
