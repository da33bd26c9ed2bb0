"""A stored bank account whose bank sent a payment back (FEATURES M7, P8, M13)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from payments.methods import returns
from payments.methods.models import StoredMethod
from payments.methods.standing import NotChargeable, chargeable, lock_chargeable, problem, today
from payments.methods.voiding import void
from portal.core import clock, db
from portal.web.client_sessions import COOKIE
from tests.factories import clients, portals
from tests.factories.methods import ADDRESS, Wallet, as_now, path_of
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.visitor import Visitor

RunJobs = Callable[[], int]
CAN_NO_MORE = "can no longer be charged"


@dataclass(frozen=True)
class Back:
    """A payment that came back."""

    stored_method_id: int | None = None
    completed_at: datetime | None = None
    client_id: int | None = None
    public_id: str = "one"


def comes_back(method: StoredMethod, code: str = "R10", *, completed: bool = True) -> StoredMethod:
    """The bank sends a payment back that was charged to it; answers the method as it is then."""
    payment = Back(method.id, clock.now() if completed else None)
    with db.transaction() as session:
        void(session, payment, code)
    return as_now(method)


def charge_of(method: StoredMethod) -> None:
    """What every charge asks first."""
    with db.transaction() as session:
        lock_chargeable(
            session,
            method.id,
            client_id=method.client_id,
            bank_account_id=method.bank_account_id,
        )


@pytest.mark.both_databases
def test_M7_P8_a_bank_account_that_sent_a_payment_back_cannot_be_charged(wallet: Wallet) -> None:
    method = wallet.stored_bank_account()
    charge_of(method)
    after = comes_back(method)
    assert (after.void_at is not None, after.void_code) == (True, "R10")
    with db.read() as session:
        assert chargeable(session, after.client_id, after.bank_account_id) == []
        why = problem(after, today(session))
    assert why is not None
    assert CAN_NO_MORE in why
    assert "told the bank that this payment was not authorized" in why
    assert "R10" not in why
    with pytest.raises(NotChargeable, match=CAN_NO_MORE):
        charge_of(method)


def test_M7_the_account_that_was_stored_with_the_payment_is_void_too(wallet: Wallet) -> None:
    with_it, other = wallet.stored_bank_account(), wallet.stored_bank_account()
    name = with_it.cause.removeprefix("payment:")
    with db.transaction() as session:
        void(session, Back(None, clock.now(), with_it.client_id, name), "account_closed")
    assert as_now(with_it).void_at is not None
    assert as_now(other).void_at is None


@pytest.mark.parametrize("code", ["insufficient_funds", "R01", "charge_exceeds_source_limit"])
def test_P9_want_of_funds_before_the_money_was_here_ends_nothing(wallet: Wallet, code: str) -> None:
    method = wallet.stored_bank_account()
    assert comes_back(method, code, completed=False).void_at is None
    assert comes_back(method, code, completed=True).void_at is not None


def test_M7_a_card_is_never_void_by_a_return(wallet: Wallet) -> None:
    assert comes_back(wallet.stored()).void_at is None


def test_M7_M13_its_owner_is_told_once_and_discreetly(
    wallet: Wallet, outbox: Outbox, run_jobs: RunJobs
) -> None:
    method = wallet.stored_bank_account()
    run_jobs()
    outbox.clear()
    comes_back(method)
    comes_back(method, "R02")
    assert as_now(method).void_code == "R10"
    run_jobs()
    (told,) = outbox.emails
    subject = "Your bank account with Harlow & Reyes can no longer be used"
    assert (told.to, told.subject) == (ADDRESS, subject)
    assert "Your authorization for this bank account has ended" in told
    assert "6789" in told
    preheader = told.html.split('class="preheader"')[1].split("</div>")[0]
    for hidden in ("6789", "Vance", "$", "not authorized"):
        assert hidden not in told.subject
        assert hidden not in preheader


def test_M7_a_deleted_account_is_marked_and_nobody_is_written_to(
    wallet: Wallet, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    method = wallet.stored_bank_account()
    cast.sol.submit(cast.sol.get(path_of(method)), "Delete this payment method")
    run_jobs()
    outbox.clear()
    assert comes_back(method).void_at is not None
    run_jobs()
    assert outbox.emails == []


def test_M7_the_tab_and_the_proof_of_consent_say_that_it_is_void(
    wallet: Wallet, cast: Cast
) -> None:
    method = comes_back(wallet.stored_bank_account(), "R02")
    page = cast.ana.get(f"/staff/contacts/{wallet.client.public_id}/payment-methods")
    assert "Void" in page
    assert "The bank says that this account is closed. (R02)" in page
    assert "Ended by the bank on" in cast.ana.get(
        f"/staff/payment-methods/{method.public_id}/consent"
    )
    assert "Bank account void" in cast.ada.activity_log()
    assert "authorization has ended" in cast.sol.get(path_of(method))


def test_M7_the_client_reads_why_in_their_settings(wallet: Wallet, cast: Cast) -> None:
    portals.opened(clients.matter(wallet.client), portals.firm_person(cast.ben.email))
    portals.joined(wallet.client)
    hers = Visitor(cast.ben.app, cast.ben.base_url)
    token = portals.signed_in(wallet.client)
    hers.http.set_cookie(COOKIE, token, domain="localhost", secure=True, path="/")
    comes_back(wallet.stored_bank_account(), "R10")
    page = hers.get("/portal/settings/payment-methods")
    assert "Can no longer be used" in page
    assert "not authorized" in page
    assert "R10" not in page


@pytest.mark.usefixtures("cast")
def test_M7_every_code_that_banks_use_has_words_and_unknown_ones_do_too() -> None:
    told = {code: returns.words(code) for code in ("R01", "R02", "R03", "R08", "R10", "R16", "R29")}
    assert len(set(told.values())) == len(told) - 1  # R10 and R29 both: not authorized
    assert returns.words("R77") == returns.words("")
    assert not returns.is_known("R77")
