"""The job titles in use and who holds them; a title is what stands on the users, no more (N9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.core import audit
from portal.core.errors import Invalid
from portal.firm.joining import UserInvitation
from portal.firm.lines import one_line
from portal.firm.models import User
from portal.firm.users import JOB_TITLE_CHARS_MAX

SHOWN_NAMES_MAX = 8
PAGE_TITLES = 50


@dataclass(frozen=True, slots=True)
class JobTitle:
    """A title in use: how many active users hold it, and the first of them by name."""

    title: str
    count: int
    names: Sequence[str]


def job_titles(session: Session, after: str = "") -> tuple[list[JobTitle], str | None]:
    """A page of titles in their order, and the title that the next page starts after, if any."""
    active = (User.disabled_at.is_(None), User.job_title > after)
    counted = session.execute(
        select(User.job_title, func.count())
        .where(*active)
        .group_by(User.job_title)
        .order_by(User.job_title)
        .limit(PAGE_TITLES + 1)
    ).all()
    shown = {row[0]: int(row[1]) for row in counted[:PAGE_TITLES]}
    names = _names(session, list(shown))
    titles = [JobTitle(title, count, names.get(title, ())) for title, count in shown.items()]
    more = len(counted) > PAGE_TITLES
    return titles, titles[-1].title if more else None


def _names(session: Session, titles: list[str]) -> dict[str, list[str]]:
    place = func.row_number().over(partition_by=User.job_title, order_by=(User.name_key, User.id))
    ranked = (
        select(User.job_title, User.name, place.label("place"))
        .where(User.disabled_at.is_(None), User.job_title.in_(titles))
        .subquery()
    )
    found: dict[str, list[str]] = {}
    for title, name in session.execute(
        select(ranked.c.job_title, ranked.c.name)
        .where(ranked.c.place <= SHOWN_NAMES_MAX)
        .order_by(ranked.c.job_title, ranked.c.place)
    ):
        found.setdefault(title, []).append(name)
    return found


def rename(session: Session, title: str, typed: str, *, by: str) -> int:
    """Give all who hold a title another, also those invited; answers how many users had it.

    Renamed to one in use, the two become one. Raises `Invalid` for a name that cannot be used, and
    where nobody holds the title.
    """
    new = one_line("title", typed, JOB_TITLE_CHARS_MAX)
    if not new:
        raise Invalid(_("Enter a job title."), "title")
    changed = session.execute(
        update(User).where(User.job_title == title).values(job_title=new).returning(User.id)
    ).all()
    session.execute(
        update(UserInvitation).where(UserInvitation.job_title == title).values(job_title=new)
    )
    if not title or not changed:
        raise Invalid(_("Nobody holds this title any more."), "title")
    audit.record(
        session, by, "job_title.renamed", "firm", before=title, after=new, users=len(changed)
    )
    return len(changed)
