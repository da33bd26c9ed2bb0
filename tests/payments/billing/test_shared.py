"""Which bills and trust requests a client sees in the portal: one rule, asked at every request."""

import pytest
from sqlalchemy import func, select

from payments.billing import actions
from payments.billing.changing import change_bill
from payments.billing.models import Bill
from payments.billing.payables import Payable
from payments.billing.shared import share_kind, shared_document, shared_with
from portal.core import db
from portal.core.errors import Missing
from tests.factories.billing import Line, details, issued
from tests.payments.billing.desk import now_asked, stored
from tests.payments.billing.mailroom import requested
from tests.payments.billing.portal_desk import PortalDesk


def seen(portal: PortalDesk, payable: Payable, contact_id: int | None = None) -> Payable:
    with db.read() as session:
        whose = contact_id or portal.office.cleo.id
        return shared_document(session, whose, share_kind(payable), payable.public_id)


def test_D6_what_is_shared_is_seen_as_it_is_now(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    changed = details(portal.office, portal.office.cleo, now_asked(Line(77_700)))
    with db.transaction() as session:
        change_bill(session, stored(bill), changed, reason="More work", by=portal.ben.actor)
    assert seen(portal, bill).balance.cents == 77_700


def test_D6_the_rule_lists_just_what_it_opens(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    asked = requested(portal.office)
    issued(portal.office, portal.office.cleo, now_asked())  # not shared
    for one in (bill, asked):
        portal.sent(one)
        assert seen(portal, one).public_id == one.public_id
    with db.read() as session:
        rows = session.execute(shared_with(portal.office.cleo.id)).all()
    assert {tuple(row) for row in rows} == {
        ("bill", bill.public_id, portal.matter_id),
        ("trust_request", asked.public_id, portal.matter_id),
    }


def test_D6_a_voided_one_is_still_there_to_be_seen(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    with db.transaction() as session:
        actions.void(session, stored(bill), reason="Wrong", by=portal.ben.actor)
    assert seen(portal, bill).status == "void"


@pytest.mark.parametrize("kind", ["bill", "trust_request"])
def test_C12_what_was_stopped_is_gone_and_says_who_stopped_it(
    portal: PortalDesk, kind: str
) -> None:
    bill = kind == "bill"
    office = portal.office
    one = issued(office, office.cleo, now_asked()) if bill else requested(office)
    portal.sent(one)
    portal.stopped()
    with pytest.raises(Missing, match="Ben Lindqvist stopped sharing it"):
        seen(portal, one)


def test_C14_who_is_removed_sees_nothing_and_is_told_nothing(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    portal.without_cleo()
    with pytest.raises(Missing, match="or the link is not whole"):
        seen(portal, bill)


def test_C15_whoever_takes_part_sees_it_and_nobody_else(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    assert seen(portal, bill, portal.with_dan().id).public_id == bill.public_id
    with pytest.raises(Missing):
        seen(portal, bill, portal.office.sol.id)


@pytest.mark.parametrize("typed", ["", "\0", "nothing", "x" * 300])
def test_an_address_that_nobody_has_is_not_found(portal: PortalDesk, typed: str) -> None:
    with db.read() as session, pytest.raises(Missing):
        shared_document(session, portal.office.cleo.id, "bill", typed)


def test_D4_a_bill_that_is_changed_to_name_another_matter_is_gone_at_once(
    portal: PortalDesk,
) -> None:
    """Whoever takes part in the one portal may not read of the other matter, not for a moment."""
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    mixed = details(portal.office, portal.office.cleo, now_asked(Line(100), Line(200, matter=1)))
    with db.transaction() as session:
        change_bill(session, stored(bill), mixed, reason="More work", by=portal.ben.actor)
    with pytest.raises(Missing):
        seen(portal, bill)
    with db.read() as session:
        listed = shared_with(portal.office.cleo.id).subquery()
        assert session.scalar(select(func.count()).select_from(listed)) == 0


def test_D6_lists_of_bills_are_read_through_the_rule(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill)
    rule = shared_with(portal.office.cleo.id).subquery()
    with db.read() as session:
        found = session.scalars(
            select(Bill.id).join(rule, Bill.public_id == rule.c.subject_id)
        ).all()
    assert found == [bill.id]
