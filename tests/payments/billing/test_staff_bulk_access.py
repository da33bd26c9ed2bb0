"""Who may send many at once, and what of closed matters stands there (FEATURES N8, N9)."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from payments.billing.bulk import BulkItem, BulkSending, ItemState
from payments.billing.bulk_sending import ToSendMany, start
from payments.billing.bulk_why import Toggles
from payments.billing.handed_out import Sending
from portal.clients.actions import edit_matter
from portal.clients.models import Matter
from portal.clients.standing import matter_details_of
from portal.core import db, ids
from portal.firm.groups import GroupDetails, add_group
from tests.factories.billing import BEN, Line, Office, issued
from tests.payments.billing.bulk_desk import (
    NEW,
    bills,
    choosing,
    everything,
    items,
    planned,
    sent_at_once,
)
from tests.payments.billing.desk import BILLS, now_asked
from tests.payments.billing.mailroom import CLEO, RunJobs, give_emails, requested
from tests.payments.billing.portal_desk import PortalDesk
from tests.support.cast import Cast
from tests.support.rows import count

ALL = f"{NEW}?of=bills&all=yes"
FRAGMENT = {"HX-Request": "true"}


def run_address(sending: BulkSending, query: str = "") -> str:
    return f"/staff/bulk-sendings/{sending.public_id}{query}"


def test_N9_only_who_may_send_bills_sends_many(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 1)
    looked = cast.ben.get(ALL)
    sending = sent_at_once(everything())
    ana, token = cast.ana, {"csrf_token": cast.ana.csrf_token()}
    assert not ana.get(BILLS).select("#choose, input[name=id]")
    for address_of_page in (ALL, "/staff/bulk-sendings", run_address(sending)):
        ana.get(address_of_page, status=403)
    ana.submit(looked, "Send 1", status=403, csrf_token=token["csrf_token"])
    ana.post(run_address(sending, "/tries"), token, status=403)
    for outsider in (cast.cleo, cast.sol):
        assert "Sign in" in outsider.get(run_address(sending))
    assert count(BulkSending) == 1


def restricted(matter_id: int) -> None:
    """A matter that is open to administrators alone."""
    with db.transaction() as session:
        group = add_group(session, GroupDetails("Deal team", "", []), by=BEN)
        matter = session.get_one(Matter, matter_id)
        details = replace(matter_details_of(session, matter), open_to=(group.id,))
        edit_matter(session, matter, details, by=BEN)


def test_N8_documents_of_a_matter_closed_to_the_user_are_left_out_and_counted(
    cast: Cast, desk: Office
) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 1)
    secret = issued(desk, desk.cleo, now_asked(Line(100), Line(77, matter=1)))
    restricted(desk.cleo.matters[1])
    with db.read() as session:
        matter = session.get_one(Matter, desk.cleo.matters[1]).public_id
    assert cast.ben.get(ALL).texts(".bulk-group-title") == ["1 by email"]
    ticked = cast.ben.get(choosing(secret))
    assert "1 that you chose is not there any more, or not open to you" in ticked
    assert ticked.select("#send-all[disabled]")
    cast.ben.get(f"{ALL}&matter={matter}", status=404)
    sending = sent_at_once(everything())
    page = cast.ben.get(run_address(sending))
    assert page.texts("#results tbody th") == ["Bill 1001"]
    assert "1 document is of a matter that is closed to you" in page
    whole = cast.ada.get(run_address(sending))
    assert whole.texts("#results tbody th") == ["Bill 1001", "Bill 1002"]
    assert "closed to you" not in whole


def test_N8_what_is_closed_to_its_sender_meanwhile_is_not_sent(
    portal: PortalDesk, run_jobs: RunJobs
) -> None:
    """N8: nor is the sender let into that matter's portal again by the job."""
    bills(portal.office, 1)
    asked = requested(portal.office)
    elsewhere = issued(portal.office, portal.office.cleo, now_asked(Line(70, matter=1)))
    started(portal)
    restricted(portal.matter_id)
    run_jobs()
    closed = [one for one in items() if one.bill_id != elsewhere.id]
    assert [one.state for one in closed] == [ItemState.FAILED] * 2
    assert {one.trust_request_id for one in closed} == {None, asked.id}
    assert "closed to whoever pressed Send" in closed[0].told
    assert count(Sending) == 1


def test_N8_retry_failed_leaves_what_is_closed_to_whoever_presses_it(
    portal: PortalDesk, cast: Cast
) -> None:
    bills(portal.office, 1)
    requested(portal.office)
    issued(portal.office, portal.office.cleo, now_asked(Line(70, matter=1)))
    sending = started(portal)
    with db.transaction() as session:
        session.execute(update(BulkItem).values(state=ItemState.FAILED, told="No."))
    restricted(portal.matter_id)
    form = {"csrf_token": cast.ben.csrf_token()}
    assert "1 is sent again" in cast.ben.post(run_address(sending, "/tries"), form)
    assert sorted(one.state for one in items()) == ["failed", "failed", "waiting"]


def started(portal: PortalDesk) -> BulkSending:
    """All that is unpaid, sent both ways by Ben."""
    found = planned(everything(), Toggles(portal=True, email=True))
    wanted = ToSendMany(ids.public_id(), found.digest, len(found.sendable))
    with db.transaction() as session:
        return start(session, found, wanted, by=portal.ben.actor)


@pytest.mark.both_databases
def test_odd_places_and_names_in_an_address_break_no_page(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 1)
    sending = sent_at_once(everything())
    assert "Nothing is chosen" in cast.ben.get(f"{NEW}?id=%00")
    assert "Nothing is chosen" in cast.ben.get(f"{NEW}?of=trust-requests&id=%00")
    for place in ("?before=9223372036854775807", "?after=9223372036854775807", "?seen=%00"):
        cast.ben.get(run_address(sending, place))
