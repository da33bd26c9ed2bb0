"""Reading the firm and its people."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.firm.addresses import lowered
from portal.firm.models import Firm, User


def firm(session: Session) -> Firm | None:
    """The firm with all its settings; None before it is set up."""
    return session.get(Firm, 1)


def firm_day(session: Session) -> date:
    """The calendar day where the firm is, by business time."""
    settings = firm(session)
    return clock.today(settings.timezone if settings else "UTC")


def logo_png(session: Session) -> bytes | None:
    """The firm's logo as it was published."""
    return session.scalar(select(Firm.logo_png).where(Firm.id == 1))


def user_by_email(session: Session, typed: str) -> User | None:
    """The user with this address, however its letters are cased; disabled users too."""
    return session.scalar(select(User).where(User.email == lowered(typed)))


def users(session: Session) -> list[User]:
    """Everybody who works at the firm, by name; disabled users too."""
    return list(session.scalars(select(User).order_by(User.name, User.id)))


def actor_names(session: Session, actors: Iterable[str | None]) -> dict[str | None, str]:
    """Who stands behind the actors of the log: people by their names, the product as itself."""
    asked = set(actors)
    people = {actor.removeprefix("user:") for actor in asked if actor and ":" in actor}
    rows = session.execute(select(User.public_id, User.name).where(User.public_id.in_(people)))
    names = {f"user:{public_id}": name for public_id, name in rows}
    return {actor: names.get(actor or "", _("The system")) for actor in asked}
