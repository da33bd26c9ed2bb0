"""Many messages at once, written straight into the tables."""

from datetime import timedelta

from sqlalchemy import insert, update

from portal.core import clock, db, ids
from portal.feed.models import EventKind, Feed, FeedEvent
from portal.feed.people import Person
from portal.messages.models import Message


def fill(matter_id: int, by: Person, how_many: int, apart: timedelta = timedelta(0)) -> None:
    """Add so many messages at the end of a feed, by one person, so far apart in time."""
    with db.transaction() as session:
        feed = session.get_one(Feed, matter_id)
        first, moment = feed.last_position + 1, clock.now()
        public_ids = [ids.public_id() for _ in range(how_many)]
        events = [
            {
                "matter_id": matter_id,
                "position": first + number,
                "kind": EventKind.MESSAGE,
                "at": moment + number * apart,
                **by.columns,
                "subject_kind": "message",
                "subject_id": public_id,
                "name": "",
                "up_to": None,
            }
            for number, public_id in enumerate(public_ids)
        ]
        session.execute(insert(FeedEvent), events)
        messages = [
            {
                "public_id": public_id,
                "matter_id": matter_id,
                "position": first + number,
                **by.columns,
                "text": f"Message {number}",
                "nonce": public_id,
                "sent_at": moment + number * apart,
            }
            for number, public_id in enumerate(public_ids)
        ]
        session.execute(insert(Message), messages)
        last = first + how_many - 1
        values = {"last_position": last, "last_message": last}
        session.execute(update(Feed).where(Feed.matter_id == matter_id).values(values))
