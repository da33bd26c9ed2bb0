"""The numbers that a firm gives its matters: each stands once, whoever may see its matter."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clients.models import Matter


def next_matter_number(session: Session) -> str:
    """The number after that of the newest matter, as long as it is ("00017" → "00018"), free."""
    newest = session.scalar(select(Matter.number).order_by(Matter.id.desc()).limit(1)) or "00000"
    head = newest.rstrip("0123456789")
    digits = newest[len(head) :] or "0"
    for step in range(1, 1000):
        number = f"{head}{str(int(digits) + step).zfill(len(digits))}"
        if not number_taken(session, number):
            return number
    return ""


def number_taken(session: Session, number: str, *, but: int | None = None) -> bool:
    """Whether a matter has this number, other than the one with the id `but`."""
    return bool(
        session.scalar(
            select(func.count()).where(Matter.number == number, Matter.id.is_distinct_from(but))
        )
    )
