"""Finding the people of the firm: the list of users, and somebody to pick, as names are typed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, tuple_, union
from sqlalchemy.orm import Session

from portal.core.words import folded, typed_words
from portal.firm.factors import Authenticator, Passkey
from portal.firm.models import User, UserLevel
from portal.web.pagination import COUNTED_MAX, PAGE_ROWS, TOP, Found, Place, cut

PICKED_MAX = 12

Clause = ColumnElement[bool]


class Standing(StrEnum):
    """Whether somebody works here, did once, or was asked to."""

    ACTIVE = "active"
    DISABLED = "disabled"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class SignIns:
    """What the users of one page have: their levels, and whether more than a password."""

    levels: dict[int, list[str]]
    second_factor: frozenset[int]


_ROWS: Select[*tuple[Any, ...]] = select(
    User.id, User.public_id, User.name, User.email, User.job_title, User.disabled_at, User.name_key
)


def fits(typed: str) -> list[Clause]:
    """That the name, the email or the job title holds each of the words typed.

    Ten thousand users are read through in some milliseconds, so no index of words is kept.
    """
    title = func.lower(User.job_title)
    return [
        User.name_key.contains(word, autoescape=True)
        | User.email.contains(word, autoescape=True)
        | title.contains(word, autoescape=True)
        for word in typed_words(typed) or [folded(typed)]
    ]


def find_users(
    session: Session, *, disabled: bool = False, typed: str = "", place: Place = TOP
) -> Found[Row[Any]]:
    """The active or the disabled users, by name; keyset by name and id, so no page costs more."""
    clauses = [_standing(disabled)]
    if typed.strip():
        clauses += fits(typed)
    row_id = place.after if place.before is None else place.before
    cursor = _cursor(session, row_id)
    up = cursor is not None and place.before is not None
    statement = _ROWS.where(*clauses)
    if cursor is not None:
        key = tuple_(User.name_key, User.id)
        statement = statement.where(key < cursor if up else key > cursor)
    order = (User.name_key.desc(), User.id.desc()) if up else (User.name_key, User.id)
    rows = session.execute(statement.order_by(*order).limit(PAGE_ROWS + 1)).all()
    down = cursor is not None and not up
    page = cut(rows, lambda row: row.id, before=1 if down else None, after=1 if up else None)
    counted = select(User.id).where(*clauses).limit(COUNTED_MAX + 1).subquery()
    return Found(page, session.execute(select(func.count()).select_from(counted)).scalar_one())


def _standing(disabled: bool) -> Clause:
    return User.disabled_at.is_not(None) if disabled else User.disabled_at.is_(None)


def _cursor(session: Session, row_id: int | None) -> tuple[str, int] | None:
    if row_id is None:
        return None
    name_key = session.scalar(select(User.name_key).where(User.id == row_id))
    return None if name_key is None else (name_key, row_id)


def sign_ins(session: Session, user_ids: Collection[int]) -> SignIns:
    """The levels and second factors of these users, in two SELECTs."""
    levels: dict[int, list[str]] = {}
    for user_id, level in session.execute(
        select(UserLevel.user_id, UserLevel.level)
        .where(UserLevel.user_id.in_(user_ids))
        .order_by(UserLevel.level)
    ):
        levels.setdefault(user_id, []).append(level)
    codes = select(Authenticator.user_id).where(
        Authenticator.user_id.in_(user_ids), Authenticator.confirmed_at.is_not(None)
    )
    keys = select(Passkey.user_id).where(Passkey.user_id.in_(user_ids))
    return SignIns(levels, frozenset(session.scalars(union(codes, keys))))


def has_second_factor(session: Session, user_id: int) -> bool:
    """Whether this user signs in with more than a password."""
    code = exists().where(Authenticator.user_id == user_id, Authenticator.confirmed_at.is_not(None))
    key = exists().where(Passkey.user_id == user_id)
    return bool(session.scalar(select(code | key)))


def to_pick(session: Session, typed: str, but: Collection[str] = ()) -> Sequence[Row[Any]]:
    """The first active users who fit what is typed, by name, without those picked already."""
    statement = _ROWS.where(User.disabled_at.is_(None), *(fits(typed) if typed.strip() else ()))
    if but:
        statement = statement.where(User.public_id.not_in(but))
    return session.execute(statement.order_by(User.name_key, User.id).limit(PICKED_MAX)).all()


def users_by_public_id(session: Session, public_ids: Collection[str]) -> list[User]:
    """The users of these ids, disabled ones too; ids of nobody are left out."""
    return list(session.scalars(select(User).where(User.public_id.in_(public_ids))))
