"""Trust accounts take money only where Stripe keeps it safe, or somebody answers for it (M4)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from payments.accounts import jobs, queries
from payments.accounts.actions import add_account, check_connection
from payments.accounts.models import BankAccount
from payments.accounts.staff import ACCOUNTS
from payments.gateway.results import Finding
from payments.links.actions import ensure_links
from payments.sandbox.accounts import Terms, choose_terms
from payments.sandbox.current import sandbox
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.db import Database
from portal.notifications.models import Alert
from tests.payments.accounts.processor import SAFE, UNSAFE, Processor
from tests.support.cast import Cast, Person
from tests.support.page import Page

TRUST = "acct_sandboxtrust"
REASON = "The bar approved this account until its successor is open."
RunJobs = Callable[[], int]


def added(kind: str = "trust", processor_account: str | None = TRUST) -> BankAccount:
    with db.transaction() as session:
        return add_account(
            session,
            name=f"Harlow {kind}",
            public_label=f"Harlow & Reyes {kind} account",
            kind=kind,
            currency="USD",
            processor_account=processor_account,
        )


def again(account: BankAccount) -> BankAccount:
    with db.read() as session:
        return queries.bank_account(session, account.public_id)


def alerts() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Alert.sentence).where(Alert.resolved_at.is_(None))))


def logged() -> list[str]:
    with db.read() as session:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject.startswith("bank_account:"))
                .order_by(AuditEntry.id)
            )
        )


def page_of(account: BankAccount) -> str:
    return f"/staff{ACCOUNTS}/{account.public_id}/override"


def override(
    person: Person, account: BankAccount, *, status: int = 200, reason: str = REASON
) -> Page:
    page = person.get(page_of(account))
    return person.submit(page, "Override", status=status, reason=reason)


def test_M4_a_trust_account_goes_live_when_all_that_was_read_is_safe(
    database: Database, processor: Processor
) -> None:
    account = added()
    check_connection(account.id)
    assert again(account).connected
    assert [row["found"] for row in again(account).preflight] == ["application", "ba_1", "false"]


@pytest.mark.parametrize(
    "findings, told",
    [
        (UNSAFE, "Stripe would take its fees out of trust money."),
        ((SAFE[0], Finding("payout_account", "", safe=False), SAFE[2]), "may pay this trust money"),
        ((*SAFE[:2], Finding("negative_debits", "true", safe=False)), "by itself. Turn off debits"),
        (SAFE[:2], "by itself. Turn off debits"),
    ],
)
def test_M4_one_unsafe_or_untold_setting_keeps_a_trust_account_from_going_live(
    database: Database, processor: Processor, findings: tuple[Finding, ...], told: str
) -> None:
    account = added()
    processor.findings[TRUST] = findings
    check_connection(account.id)
    assert not again(account).connected
    (problem,) = again(account).checked_problems
    assert told in problem
    with db.transaction() as session:
        ensure_links(session)
    assert alerts() == [], "it never took money, so nothing has changed for anybody"


def test_M4_an_operating_account_has_no_preflight(database: Database, processor: Processor) -> None:
    account = added("operating", "acct_op")
    processor.findings["acct_op"] = UNSAFE
    check_connection(account.id)
    assert again(account).connected
    assert again(account).preflight == []


def test_M4_answers_that_change_at_night_take_the_account_offline_with_an_alert(
    database: Database, processor: Processor
) -> None:
    account = added()
    check_connection(account.id)
    processor.findings[TRUST] = (*SAFE[:2], Finding("negative_debits", "true", safe=False))
    jobs.check_every_account()
    assert not again(account).connected
    (sentence,) = alerts()
    assert sentence.startswith("Harlow trust can take no payments: Stripe may take money back")
    processor.findings.clear()
    jobs.check_every_account()
    assert again(account).connected
    assert alerts() == []


def test_M4_an_administrator_overrides_for_what_was_read_and_a_change_ends_it(
    cast: Cast, run_jobs: RunJobs
) -> None:
    account = added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    assert not again(account).connected
    index = cast.ada.get(f"/staff{ACCOUNTS}")
    assert "Takes no payments: trust money is not safe there yet" in index
    assert "Stripe's fees Taken out of trust money Not safe" in index
    page = override(cast.ada, account)
    assert "The override is recorded." in page
    assert "Takes payments by an override" in page
    assert REASON in page
    found = again(account)
    assert found.connected
    assert str(found.override_by).startswith("user:")

    check_connection(account.id)
    assert again(account).connected, "the same answers end nothing"
    choose(Terms(fees_payer="account", debit_negative_balances=True))
    check_connection(account.id)
    found = again(account)
    assert not found.connected
    assert (found.override_of, found.override_reason, found.override_at) == (None, "", None)
    (sentence,) = alerts()
    assert "so the override has ended" in sentence
    assert logged()[1:] == [
        "bank_account.preflight_overridden",
        "bank_account.override_ended",
        "bank_account.disconnected",
    ]


def choose(terms: Terms) -> None:
    with sandbox().service.writing(TRUST) as desk:
        choose_terms(desk, terms)


def test_M4_an_override_that_is_no_longer_needed_ends_without_a_word(
    cast: Cast, run_jobs: RunJobs
) -> None:
    account = added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    override(cast.ada, account)
    choose(Terms(fees_payer="application"))
    check_connection(account.id)
    found = again(account)
    assert found.connected
    assert found.override_of is None
    assert alerts() == []


def test_M4_an_administrator_ends_an_override(cast: Cast, run_jobs: RunJobs) -> None:
    account = added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    override(cast.ada, account)
    page = cast.ada.get(page_of(account))
    assert REASON in page
    told = cast.ada.submit(page, "End the override")
    assert "The account takes no payments until its preflight passes." in told
    assert not again(account).connected
    assert "Stripe would take its fees out of trust money." in again(account).checked_problems[0]
    token = cast.ada.csrf_token()
    twice = cast.ada.post(f"{page_of(account)}/end", {"csrf_token": token}, status=409)
    assert "This account needs no override now." in twice


@pytest.mark.parametrize("reason", ["", "  ", "because", "x" * 501])
def test_M4_an_override_needs_a_reason_and_keeps_what_was_typed(
    cast: Cast, run_jobs: RunJobs, reason: str
) -> None:
    account = added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    page = override(cast.ada, account, status=422, reason=reason)
    assert len(page.select(".has-error")) == 1
    assert page.one("textarea").text.strip() == reason.strip()
    assert not again(account).connected
    assert again(account).override_of is None


def test_M4_nobody_overrides_answers_that_they_were_not_shown(
    cast: Cast, run_jobs: RunJobs
) -> None:
    account = added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    page = cast.ada.get(page_of(account))
    choose(Terms(fees_payer="account", debit_negative_balances=True))
    check_connection(account.id)
    told = cast.ada.submit(page, "Override", status=409, reason=REASON)
    assert "Stripe has answered otherwise meanwhile." in told
    assert "Debits of that bank Stripe may make them Not safe" in told
    assert REASON in told.one("textarea").text
    assert not again(account).connected


def test_M4_a_safe_account_needs_no_override(cast: Cast, run_jobs: RunJobs) -> None:
    account = added()
    run_jobs()
    page = cast.ada.get(page_of(account))
    assert "Override" not in page.texts("button")
    mark = " ".join(f"{r['setting']}={r['found']}={r['safe']}" for r in again(account).preflight)
    typed = {"csrf_token": cast.ada.csrf_token(), "reason": REASON, "expected": mark}
    cast.ada.post(page_of(account), typed, status=409)
    assert again(account).override_of is None


def test_M4_only_administrators_override(cast: Cast, run_jobs: RunJobs) -> None:
    account = added()
    for person in (cast.ben, cast.ana):
        person.get(page_of(account), status=403)
        for path in (page_of(account), f"{page_of(account)}/end"):
            person.post(path, {"csrf_token": person.csrf_token(), "reason": REASON}, status=403)


def test_L3_M4_new_charge_says_why_a_trust_account_has_no_link(
    cast: Cast, run_jobs: RunJobs
) -> None:
    added()
    choose(Terms(fees_payer="account"))
    run_jobs()
    page = cast.ben.get("/staff/online-payments/new-charge")
    assert "No payment link: trust money is not safe there yet" in page
    assert "Stripe would take its fees out of trust money." in page
    assert "Copy payment link" not in page
