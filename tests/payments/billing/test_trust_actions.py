"""Trust requests from draft to void, by the actions (FEATURES D2); on both databases where the
database holds the rule."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from payments.billing import trust_actions, trust_queries
from payments.billing.models import BillStatus
from payments.billing.requested import TrustRequest
from payments.billing.settings import BillingSettings
from payments.billing.trust_actions import RequestChanged
from payments.billing.trust_details import AMOUNT_CENTS_MAX, Terms
from payments.billing.writing import OwnApproval
from payments.ledger.models import Transfer
from portal.clients.access import NOTHING_CLOSED
from portal.clients.details import Problems
from portal.core import clock, db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid
from tests.factories.billing import BEN, TODAY, Office
from tests.factories.trust_requests import (
    Wanted,
    drafted_request,
    issued_request,
    kept_request,
    trust_details,
)

ADA = "user:ada"


def forbid_own_approval() -> None:
    with db.transaction() as session:
        row = BillingSettings(id=1, own_approval=False, taxes=[], reminder_days=[])
        session.add(row)


def act(what: str, asked: TrustRequest, **more: object) -> TrustRequest:
    """Do one thing with a request in a transaction of its own."""
    with db.transaction() as session:
        one = trust_queries.trust_request(session, asked.public_id, NOTHING_CLOSED)
        return getattr(trust_actions, what)(session, one, **{"by": BEN, **more})


def issue(asked: TrustRequest, *, by: str = BEN, on: date = TODAY) -> TrustRequest:
    return act("issue", asked, on=on, shown=kept_request(asked).version, by=by)


def moved(asked: TrustRequest, **values: int | str | None) -> None:
    """What money does to a request, written without it."""
    with db.transaction() as session:
        session.execute(update(TrustRequest).where(TrustRequest.id == asked.id).values(**values))


def log_of(asked: TrustRequest) -> list[AuditEntry]:
    with db.read() as session:
        subject = f"trust_request:{asked.public_id}"
        found = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        return list(session.scalars(found))


@pytest.mark.both_databases
def test_D2_a_request_goes_from_draft_to_approved_to_issued_and_books_nothing(
    office: Office,
) -> None:
    asked = drafted_request(office, office.cleo, Wanted(75_000, note=" For the appeal\0. "))
    assert (asked.status, asked.number, asked.note) == ("draft", None, "For the appeal.")
    assert act("submit_for_approval", asked).status == BillStatus.AWAITING_APPROVAL
    approved = act("approve", asked, shown=1, by=ADA)
    assert (approved.approved_by, approved.status) == (ADA, BillStatus.AWAITING_APPROVAL)
    assert approved.approved_at is not None
    assert clock.now() - approved.approved_at < timedelta(minutes=1)
    issued = issue(asked)
    assert (issued.status, issued.number) == (BillStatus.AWAITING_PAYMENT, 2001)
    assert (issued.issued_on, issued.issued_by, issued.approved_by) == (TODAY, BEN, ADA)
    assert issued.balance.cents == 75_000
    assert [line.action.split(".")[1] for line in log_of(asked)] == [
        "drafted", "submitted", "approved", "issued",
    ]  # fmt: skip
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Transfer)) == 0


def test_D2_a_request_may_be_at_client_level(office: Office) -> None:
    asked = issued_request(office, office.cleo, Wanted(matter=None))
    assert kept_request(asked).matter is None


def test_D2_what_cannot_be_asked_for_is_told_beside_each_field(office: Office) -> None:
    good = trust_details(office, office.cleo)
    wrong = [
        (replace(good, matter_id=office.sol.matters[0]), {"matter"}),
        (replace(good, client_id=0, matter_id=None), {"client"}),
        (replace(good, bank_account_id=office.accounts.operating.id), {"account"}),
        (replace(good, bank_account_id=0), {"account"}),
        (replace(good, terms=Terms(0, TODAY)), {"amount"}),
        (replace(good, terms=Terms(-5, TODAY)), {"amount"}),
        (replace(good, terms=Terms(AMOUNT_CENTS_MAX + 1, TODAY)), {"amount"}),
        (replace(good, terms=Terms(1, date(1999, 12, 31), "n" * 2_001)), {"due_on", "note"}),
    ]
    for details, fields in wrong:
        with pytest.raises(Problems) as told, db.transaction() as session:
            trust_actions.draft_trust_request(session, details, by=BEN)
        assert set(told.value.errors) == fields
    with db.transaction() as session:
        most = replace(good, terms=Terms(AMOUNT_CENTS_MAX, TODAY, "n" * 2_000))
        trust_actions.draft_trust_request(session, most, by=BEN)


def test_D2_nobody_approves_what_they_wrote_where_the_firm_forbids_it(office: Office) -> None:
    forbid_own_approval()
    asked = drafted_request(office, office.cleo)
    with pytest.raises(OwnApproval):
        issue(asked)
    act("submit_for_approval", asked)
    with pytest.raises(OwnApproval):
        act("approve", asked, shown=1)
    edited = act("edit_draft", asked, wanted=trust_details(office, office.cleo), shown=1, by=ADA)
    act("submit_for_approval", asked)
    for writer in (BEN, ADA):
        with pytest.raises(OwnApproval):
            act("approve", asked, shown=edited.version, by=writer)
    act("approve", asked, shown=edited.version, by="user:ana")
    issued = issue(asked)
    assert (issued.approved_by, issued.issued_by) == ("user:ana", BEN)
    with pytest.raises(OwnApproval):
        act("change", asked, terms=Terms(1, TODAY), reason="Less", shown=issued.version)


def test_D2_who_edited_between_the_first_and_the_last_wrote_it_too(office: Office) -> None:
    forbid_own_approval()
    asked = drafted_request(office, office.cleo)
    for by in (ADA, "user:ana"):
        wanted, shown = trust_details(office, office.cleo), kept_request(asked).version
        act("edit_draft", asked, wanted=wanted, shown=shown, by=by)
    for writer in (BEN, ADA, "user:ana"):
        with pytest.raises(OwnApproval):
            issue(asked, by=writer)
    assert issue(asked, by="user:ivy").issued_by == "user:ivy"


def test_D2_somebody_else_who_issues_a_draft_approves_it(office: Office) -> None:
    forbid_own_approval()
    issued = issue(drafted_request(office, office.cleo), by=ADA)
    assert (issued.approved_by, issued.issued_by) == (ADA, ADA)


def test_D2_an_approval_given_while_it_was_allowed_counts_no_more_once_it_is_not(
    office: Office,
) -> None:
    asked = drafted_request(office, office.cleo)
    act("submit_for_approval", asked)
    act("approve", asked, shown=1)
    forbid_own_approval()
    with pytest.raises(OwnApproval):
        issue(asked)


def test_D2_an_edited_draft_is_approved_anew(office: Office) -> None:
    asked = drafted_request(office, office.cleo)
    act("submit_for_approval", asked)
    act("approve", asked, shown=1, by=ADA)
    again = act("edit_draft", asked, wanted=trust_details(office, office.cleo), shown=1)
    assert (again.status, again.approved_by, again.approved_at) == (BillStatus.DRAFT, None, None)


def test_D2_what_was_changed_meanwhile_is_neither_approved_nor_issued_nor_overwritten(
    office: Office,
) -> None:
    asked, details = drafted_request(office, office.cleo), trust_details(office, office.cleo)
    act("edit_draft", asked, wanted=details, shown=1)
    act("submit_for_approval", asked)
    for what, more in (
        ("approve", {}),
        ("issue", {"on": TODAY}),
        ("edit_draft", {"wanted": details}),
    ):
        with pytest.raises(RequestChanged):
            act(what, asked, shown=1, **more)
    assert kept_request(asked).number is None


def test_D2_a_request_is_not_issued_after_it_is_due_or_in_a_far_year(office: Office) -> None:
    asked = drafted_request(office, office.cleo, Wanted(due_on=TODAY))
    for on in (TODAY + timedelta(days=1), date(2101, 1, 1), date(1999, 12, 31)):
        with pytest.raises(Invalid) as told:
            issue(asked, on=on)
        assert told.value.field == "issued_on"
    assert issue(asked).number == 2001


def test_D2_an_unpaid_request_is_changed_with_a_reason_and_its_history_keeps_what_it_said(
    office: Office,
) -> None:
    asked = issued_request(office, office.cleo, Wanted(50_000))
    due_on = TODAY + timedelta(days=60)
    changed = act(
        "change", asked, terms=Terms(80_000, due_on, "More"), reason="A second expert", shown=1
    )
    assert (changed.amount_cents, changed.due_on, changed.note) == (80_000, due_on, "More")
    assert (changed.version, changed.number, changed.edited_by) == (2, 2001, BEN)
    detail = log_of(asked)[-1].detail
    assert (detail["was_amount_cents"], detail["amount_cents"]) == (50_000, 80_000)
    assert (detail["was_due_on"], detail["reason"]) == ("2026-06-03", "A second expert")
    with pytest.raises(RequestChanged):
        act("change", asked, terms=Terms(1, due_on), reason="Late", shown=1)
    with pytest.raises(Problems) as told:
        act("change", asked, terms=Terms(0, date(2026, 5, 3)), reason=" ", shown=2)
    assert set(told.value.errors) == {"amount", "due_on", "reason"}


@pytest.mark.parametrize("money", [{"paid_cents": 100}, {"reserved_cents": 100}])
def test_D2_a_request_is_neither_changed_nor_voided_once_money_is_on_it(
    office: Office, money: dict[str, int]
) -> None:
    asked = issued_request(office, office.cleo)
    moved(asked, **money)
    with pytest.raises(Conflict):
        act("change", asked, terms=Terms(1, TODAY), reason="Less", shown=1)
    with pytest.raises(Conflict):
        act("void", asked, reason="Wrong")
    assert kept_request(asked).status == BillStatus.AWAITING_PAYMENT


def test_D2_void_is_final_and_says_why(office: Office) -> None:
    asked = issued_request(office, office.cleo)
    for reason in ("", " \0 ", "r" * 501):
        with pytest.raises(Invalid) as told:
            act("void", asked, reason=reason)
        assert told.value.field == "reason"
    void = act("void", asked, reason="Sent twice", by=ADA)
    assert (void.status, void.voided_by, void.void_reason) == ("void", ADA, "Sent twice")
    assert void.balance.cents == 0
    for what, more in (
        ("void", {"reason": "Again"}),
        ("change", {"terms": Terms(1, TODAY), "reason": "Back", "shown": 1}),
        ("issue", {"on": TODAY, "shown": 1}),
        ("delete_draft", {}),
        ("submit_for_approval", {}),
        ("approve", {"shown": 1}),
    ):
        with pytest.raises(Conflict):
            act(what, asked, **more)
    following = issue(drafted_request(office, office.cleo))
    assert following.number == 2002, "a void one's number is not used again"


def test_D2_a_draft_is_deleted_and_the_log_keeps_that_it_was_there(office: Office) -> None:
    asked = drafted_request(office, office.cleo)
    act("delete_draft", asked)
    with db.read() as session:
        assert trust_queries.find(session, asked.public_id, NOTHING_CLOSED) is None
    assert log_of(asked)[-1].action == "trust_request.deleted"
    with pytest.raises(Conflict, match="deleted meanwhile"), db.transaction() as session:
        trust_actions.submit_for_approval(session, asked, by=BEN)
    with pytest.raises(Conflict):
        act("delete_draft", issued_request(office, office.cleo))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "values",
    [
        {"status": "draft", "number": None, "issued_on": None},
        {"number": 2999},
        {"status": "paid"},
        {"paid_cents": 60_000},
        {"paid_cents": 30_000, "reserved_cents": 30_000},
        {"amount_cents": 0},
    ],
)
def test_D2_the_database_itself_refuses_impossible_states(
    office: Office, values: dict[str, int | str | None]
) -> None:
    asked = issued_request(office, office.cleo, Wanted(50_000))
    with pytest.raises(IntegrityError):
        moved(asked, **values)


@pytest.mark.both_databases
def test_D2_the_database_itself_keeps_a_void_request_void(office: Office) -> None:
    asked = issued_request(office, office.cleo)
    act("void", asked, reason="Wrong")
    with pytest.raises(IntegrityError):
        moved(asked, status="awaiting_payment", voided_at=None)
