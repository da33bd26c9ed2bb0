"""Custom billing rates: what an hour of somebody costs one client, or in one matter (FEATURES N8).

An excluded group has none: it is not offered, it is refused when a form sends it, and a rate that
was set before it was excluded or archived is shown as not in force. Rates are cents an hour.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.billing.details import RATE_CENTS_MAX
from portal.clients.models import Contact, Matter
from portal.clients.rates import BillingRate
from portal.core import audit
from portal.core.errors import Invalid, Missing
from portal.core.words import folded
from portal.firm import directory
from portal.firm.models import Group, GroupMember, User

GROUPS_OFFERED_MAX = 20
USER, GROUP = "user", "group"

IN_USE = Group.archived_at.is_(None) & Group.excluded_from_rates.is_(False)
"""Groups for which a rate can be set, and of which a rate is in force."""


@dataclass(frozen=True, slots=True)
class Payee:
    """A user or a group to set a rate for; `key` is `user:<public id>` or `group:<public id>`."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One rate as a page tells it; `obstacle` says why it is not in force, if it is not."""

    id: int
    label: str
    hour_cents: int
    obstacle: str | None


def rates_of(session: Session, of: Contact | Matter) -> list[Shown]:
    """The rates of a contact, or of a matter alone, users first, by name."""
    rows = session.execute(
        select(BillingRate.id, BillingRate.hour_cents, User.name, User.disabled_at, Group)
        .outerjoin(User, User.id == BillingRate.user_id)
        .outerjoin(Group, Group.id == BillingRate.group_id)
        .where(_whose(of))
        .order_by(Group.name_key.is_not(None), User.name_key, Group.name_key, BillingRate.id)
    )
    return [
        Shown(rate_id, _group_label(group), cents, _obstacle(group))
        if group is not None
        else Shown(rate_id, _("%(name)s (disabled)", name=name) if gone else name, cents, None)
        for rate_id, cents, name, gone, group in rows
    ]


def _whose(of: Contact | Matter) -> ColumnElement[bool]:
    column = BillingRate.matter_id if isinstance(of, Matter) else BillingRate.contact_id
    return column == of.id


def _group_label(group: Group) -> str:
    return _("Group: %(name)s", name=group.name)


def _obstacle(group: Group) -> str | None:
    if group.excluded_from_rates:
        return _("Not in force: this group is excluded from custom billing rate.")
    if group.archived_at is not None:
        return _("Not in force: this group is archived.")
    return None


def to_choose(session: Session, typed: str) -> list[Payee]:
    """The first active users and groups in use that fit what is typed. An excluded group does not
    appear as an option."""
    users = [
        Payee(f"{USER}:{row.public_id}", row.name) for row in directory.to_pick(session, typed)
    ]
    words = folded(typed).split()
    groups = [
        Payee(f"{GROUP}:{group.public_id}", _group_label(group))
        for group in session.scalars(select(Group).where(IN_USE).order_by(Group.name_key))
        if all(word in folded(group.name) for word in words)
    ]
    return users + groups[:GROUPS_OFFERED_MAX]


def set_rate(session: Session, of: Contact | Matter, key: str, hour_cents: int, *, by: str) -> None:
    """Set what an hour of a user or group costs, in place of what was set before.

    Raises `Invalid` by `payee` for a disabled user and a group that is archived or excluded, by
    `hour` for an amount above the highest rate of a bill's line.
    """
    if not 0 <= hour_cents <= RATE_CENTS_MAX:
        raise Invalid(_("Enter a rate from 0.00 to 10,000,000.00."), "hour")
    user_id, group_id = _payee(session, key)
    rate = session.scalar(
        select(BillingRate)
        .where(_whose(of), BillingRate.user_id.is_not_distinct_from(user_id))
        .where(BillingRate.group_id.is_not_distinct_from(group_id))
        .with_for_update()
    )
    if rate is None:
        rate = BillingRate(user_id=user_id, group_id=group_id, hour_cents=hour_cents)
        rate.matter_id = of.id if isinstance(of, Matter) else None
        rate.contact_id = of.id if isinstance(of, Contact) else None
        session.add(rate)
    rate.hour_cents = hour_cents
    try:
        session.flush()
    except IntegrityError as taken:
        raise Invalid(_("Somebody set this rate just now. Look at it again."), "payee") from taken
    audit.record(session, by, "rate.set", _subject(of), payee=key, hour_cents=hour_cents)


def _payee(session: Session, key: str) -> tuple[int | None, int | None]:
    kind, _colon, public_id = key.replace("\0", "").partition(":")
    user_id = group_id = None
    if kind == USER:
        here = (User.public_id == public_id, User.disabled_at.is_(None))
        user_id = session.scalar(select(User.id).where(*here))
    elif kind == GROUP:
        group_id = session.scalar(select(Group.id).where(Group.public_id == public_id, IN_USE))
    if user_id is None and group_id is None:
        raise Invalid(_("Choose a user or a group from the list."), "payee")
    return user_id, group_id


def remove_rate(session: Session, of: Contact | Matter, rate_id: str, *, by: str) -> None:
    """Take a rate away. Raises `Missing` where this contact or matter has no such rate."""
    known = {str(one): one for one in session.scalars(select(BillingRate.id).where(_whose(of)))}
    rate = session.get(BillingRate, known.get(rate_id, 0))
    if rate is None:
        raise Missing(_("There is no such billing rate. It may have been removed meanwhile."))
    session.delete(rate)
    session.flush()
    audit.record(session, by, "rate.removed", _subject(of), hour_cents=rate.hour_cents)


def _subject(of: Contact | Matter) -> str:
    return f"{'matter' if isinstance(of, Matter) else 'contact'}:{of.public_id}"


def rates_for(session: Session, user_id: int, matters: Sequence[Matter]) -> dict[int, int]:
    """What an hour of this user costs in each of these matters, by matter, in cents; those without
    a rate are left out.

    The most specific rate applies: the matter's own for the user, then the matter's for a group of
    theirs, then the client's for the user, then the client's for a group. Of several groups the
    highest counts, as the work is the same and the firm set both. A group that is archived or
    excluded from custom billing rates counts for nothing (FEATURES N8).
    """
    theirs = (
        select(GroupMember.group_id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id == user_id, IN_USE)
    )
    rows = session.scalars(
        select(BillingRate).where(
            _on(matters), (BillingRate.user_id == user_id) | BillingRate.group_id.in_(theirs)
        )
    )
    best: dict[tuple[str, int], tuple[bool, int]] = {}
    for rate in rows:
        place = ("m", rate.matter_id) if rate.matter_id else ("c", rate.contact_id or 0)
        found = (rate.user_id is not None, rate.hour_cents)  # one's own before any group's
        best[place] = max(best.get(place, found), found)
    applied = {one.id: best.get(("m", one.id)) or best.get(("c", one.client_id)) for one in matters}
    return {matter_id: found[1] for matter_id, found in applied.items() if found is not None}


def _on(matters: Iterable[Matter]) -> ColumnElement[bool]:
    known = list(matters)
    return BillingRate.matter_id.in_({one.id for one in known}) | BillingRate.contact_id.in_(
        {one.client_id for one in known}
    )


def in_force(session: Session, matters: Collection[Matter]) -> list[tuple[str, str, int]]:
    """Every rate in force for a client and these matters of theirs, for whoever drafts a bill to
    choose from: whose, where ("" for the client) and cents an hour."""
    rows = session.execute(
        select(BillingRate.matter_id, BillingRate.hour_cents, User.name, Group)
        .outerjoin(User, User.id == BillingRate.user_id)
        .outerjoin(Group, Group.id == BillingRate.group_id)
        .where(_on(matters), BillingRate.user_id.is_not(None) | IN_USE)
        .order_by(BillingRate.id)
    )
    names = defaultdict(str, {one.id: f"{one.number} {one.name}" for one in matters})
    told = [
        (name or _group_label(group), names[matter_id or 0], cents)
        for matter_id, cents, name, group in rows
    ]
    return sorted(told, key=lambda one: (one[1], one[0]))
