"""Lines of the activity log in plain words: who, what, which thing, and the details (X9)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.core.audit import ACTIONS, KINDS
from portal.firm.log_words import ACTORS

Names = Mapping[tuple[str, str], str]
MoneyWords = Callable[[int], str]

# What a detail refers to by public id, and what kind of thing it is.
REFERENCES = {
    "added": "user",
    "client": "contact",
    "group": "group",
    "import": "import",
    "members": "user",
    "removed": "user",
}
# Numbers that only the database has a use for.
INTERNAL = {"new_link", "receipt", "retired_link", "version"}
CENTS = "_cents"
AMOUNTS = {("bank_account.link_limits_set", "before"), ("bank_account.link_limits_set", "after")}
LABELS = {
    "added": lazy_gettext("Added"),
    "after": lazy_gettext("After"),
    "amount_cents": lazy_gettext("Amount"),
    "applied_cents": lazy_gettext("Applied"),
    "before": lazy_gettext("Before"),
    "cents": lazy_gettext("Amount"),
    "changed": lazy_gettext("Changed"),
    "client": lazy_gettext("Client"),
    "due_days": lazy_gettext("Days until due"),
    "due_on": lazy_gettext("Due"),
    "group": lazy_gettext("Group"),
    "import": lazy_gettext("From the file"),
    "levels": lazy_gettext("Levels"),
    "members": lazy_gettext("Members"),
    "name": lazy_gettext("Name"),
    "number": lazy_gettext("Number"),
    "online": lazy_gettext("Online payments"),
    "own_approval": lazy_gettext("Own approval"),
    "part_min_cents": lazy_gettext("Least part payment"),
    "problems": lazy_gettext("Problems"),
    "reason": lazy_gettext("Reason"),
    "reminder_days": lazy_gettext("Reminder days"),
    "removed": lazy_gettext("Removed"),
    "total_cents": lazy_gettext("Total"),
    "was": lazy_gettext("Before"),
    "was_amount_cents": lazy_gettext("Amount before"),
    "was_due_on": lazy_gettext("Due before"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line in words. `endpoint` is the page of its thing, by `public_id`, if it has one."""

    id: int
    at: datetime
    who: str
    what: str
    kind: str
    thing: str
    subject: str
    endpoint: str | None
    public_id: str
    facts: tuple[tuple[str, str], ...]


def tell(session: Session, lines: Sequence[Row[Any]], money: MoneyWords) -> list[Told]:
    """These lines in words. The names behind them are read once a kind of thing, not once a line.

    `money` writes an amount in cents.
    """
    names = _names(session, lines)
    return [_told(line, names, money) for line in lines]


def action_words(action: str) -> str:
    """What an action is called. One that nobody described is told as it is recorded."""
    words = ACTIONS.get(action)
    return str(words) if words is not None else _plain(action.replace(".", " ")).capitalize()


def thing_words(session: Session, subject: str) -> str:
    """What people call one thing, as "Contact Cleo Marsh"."""
    kind, public_id = _parts(subject)
    named = _read_names(session, {kind: {public_id}}).get((kind, public_id), "")
    return " ".join(part for part in (_kind_words(kind), named) if part)


def _told(line: Row[Any], names: Names, money: MoneyWords) -> Told:
    kind, public_id = _parts(line.subject)
    described = KINDS.get(kind)
    name = names.get((kind, public_id), "")
    return Told(
        id=line.id,
        at=line.at,
        who=_who(line.actor, names),
        what=action_words(line.action),
        kind=_kind_words(kind),
        thing=name,
        subject=line.subject,
        endpoint=described.endpoint if described and name else None,
        public_id=public_id,
        facts=tuple(_facts(line.action, line.detail, names, money)),
    )


def _who(actor: str, names: Names) -> str:
    others = ACTORS.get(actor)
    if others is not None:
        return str(others)
    return names.get(_parts(actor)) or _("Somebody unknown")


def _parts(subject: str) -> tuple[str, str]:
    kind, _colon, public_id = subject.partition(":")
    return kind, public_id


def _kind_words(kind: str) -> str:
    described = KINDS.get(kind)
    return str(described.words) if described else _plain(kind).capitalize()


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _facts(
    action: str, detail: Mapping[str, Any], names: Names, money: MoneyWords
) -> Iterable[tuple[str, str]]:
    for key, value in detail.items():
        if key in INTERNAL or value in (None, [], {}, ""):
            continue
        label = LABELS.get(key)
        is_money = key == CENTS.strip("_") or key.endswith(CENTS) or (action, key) in AMOUNTS
        write = money if is_money else str
        kind = REFERENCES.get(key, "")
        yield (
            str(label) if label is not None else _plain(key).capitalize(),
            _value(value, lambda one, kind=kind, write=write: _one(one, kind, names, write)),
        )


def _one(value: Any, kind: str, names: Names, write: Callable[[Any], str]) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return write(value)
    return names.get((kind, str(value))) or _plain(str(value))


def _value(value: Any, one: Callable[[Any], str]) -> str:
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value).items()
        return "; ".join(f"{_plain(key)}: {_value(inner, one)}" for key, inner in parts)
    if isinstance(value, list):
        return ", ".join(_value(inner, one) for inner in cast("list[Any]", value))
    return "–" if value is None else one(value)


def _names(session: Session, lines: Sequence[Row[Any]]) -> Names:
    wanted: dict[str, set[str]] = {}
    for line in lines:
        for kind, public_id in (_parts(line.subject), _parts(line.actor)):
            wanted.setdefault(kind, set()).add(public_id)
        for key, kind in REFERENCES.items():
            value = line.detail.get(key)
            referred = cast("list[Any]", value) if isinstance(value, list) else [value]
            wanted.setdefault(kind, set()).update(str(one) for one in referred if one)
    return _read_names(session, wanted)


def _read_names(session: Session, wanted: Mapping[str, set[str]]) -> Names:
    found: dict[tuple[str, str], str] = {}
    for kind, public_ids in wanted.items():
        described = KINDS.get(kind)
        if described is not None and described.names is not None and public_ids:
            named = described.names(session, public_ids)
            found.update({(kind, public_id): name for public_id, name in named.items()})
    return found
