"""Every change at the processor is written down as an event, in the same transaction."""

from payments.sandbox.book import Json
from payments.sandbox.desk import API_VERSION, Desk, new_id


def record_event(desk: Desk, event_type: str, snapshot: Json, previous: Json | None = None) -> None:
    """Write an event with the object as it is at this moment, and let it be delivered.

    Events of a connected account name it in `account`
    (https://docs.stripe.com/connect/webhooks); the platform's own carry no such field.
    """
    data: Json = {"object": snapshot}
    if previous is not None:
        data["previous_attributes"] = previous
    body: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": desk.at,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": desk.request_id, "idempotency_key": desk.idempotency_key},
        "type": event_type,
    }
    if desk.account:
        body["account"] = desk.account
    event = desk.book.add(desk.account, "event", desk.at, body)
    desk.book.queue_delivery(event, 0.0)
