"""What has to move together when the SDK is upgraded."""

import stripe

from payments.gateway.contract.shapes import Enum, Record, fields_of
from payments.gateway.events import SUBSCRIBED_EVENTS
from payments.gateway.script import STRIPE_SCRIPT_URL


def test_the_sdk_pins_the_endive_api() -> None:
    assert stripe.api_version.partition(".")[2] == "endive"


def test_the_script_on_the_page_speaks_the_same_version() -> None:
    major = stripe.api_version.partition(".")[2]
    assert f"https://js.stripe.com/{major}/stripe.js" == STRIPE_SCRIPT_URL


def test_every_subscribed_event_exists_once_in_the_sdk() -> None:
    known = fields_of(Record("stripe._event", ("Event",)))["type"].shape
    assert isinstance(known, Enum)
    assert set(SUBSCRIBED_EVENTS) <= set(known.values)
    assert len(set(SUBSCRIBED_EVENTS)) == len(SUBSCRIBED_EVENTS)


def test_the_sdk_leaves_no_trace_in_the_servers_home() -> None:
    assert stripe.enable_telemetry is False
