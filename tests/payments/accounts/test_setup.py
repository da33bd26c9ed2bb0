"""The steps of the checklist about Stripe and the bank accounts, as administrators see them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.accounts import queries
from payments.accounts.actions import add_account, check_processor
from portal.core import config, db
from portal.core.audit import AuditEntry
from portal.core.config import Settings, StripeSettings
from portal.core.db import NestedTransaction
from portal.firm.checklist import STEPS, State
from tests.payments.accounts.processor import Processor
from tests.support.cast import Cast
from tests.support.page import Page

INDEX = "/staff/settings/bank-accounts"
SETTINGS = "/staff/settings"


def add_operating() -> None:
    with db.transaction() as session:
        add_account(
            session, name="Operating", public_label="Legal", kind="operating", currency="USD"
        )


def asked_for() -> list[str]:
    """What the log has of the firm's own Stripe account."""
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [row.action for row in rows if row.subject == queries.PROCESSOR]


def badge(page: Page) -> str:
    return page.texts("#step-processor .badge")[0]


def test_the_checklist_reads_the_firms_own_stripe_account(cast: Cast, processor: Processor) -> None:
    """Before there is a bank account at all; the answer is kept in the activity log."""
    page = cast.ada.get(SETTINGS)
    assert badge(page) == "To do"
    assert "built-in sandbox: no real money moves" in page
    processor.problems[None] = ("Stripe is waiting for information.",)
    page = cast.ada.submit(page, "Check now")
    assert badge(page) == "Needs attention"
    assert "Stripe is waiting for information." in page
    processor.down.add(None)
    page = cast.ada.submit(page, "Check now")
    assert badge(page) == "Needs attention"
    assert "Stripe gave no answer when it was asked last." in page
    processor.problems.clear()
    processor.down.clear()
    page = cast.ada.submit(page, "Check now")
    assert badge(page) == "Done"
    assert "no answer" not in page
    assert processor.asked == [(None, "USD")] * 3
    assert asked_for() == [
        "processor.checked",
        "processor.unanswered",
        "processor.checked",
    ]


def test_stripe_without_an_answer_takes_back_nothing_that_was_known(
    cast: Cast, processor: Processor
) -> None:
    page = cast.ada.submit(cast.ada.get(SETTINGS), "Check now")
    processor.down.add(None)
    page = cast.ada.submit(page, "Check now")
    assert badge(page) == "Done"
    assert "Stripe gave no answer when it was asked last." in page


def test_the_newest_answer_about_the_firms_own_account_counts(
    cast: Cast, processor: Processor, advance: Callable[[timedelta], int]
) -> None:
    """Whether it was asked for in the checklist, or for the bank account that it pays into."""
    cast.ada.submit(cast.ada.get(SETTINGS), "Check now")
    processor.problems[None] = ("Stripe closed it.",)
    add_operating()
    advance(timedelta(minutes=1))
    cast.ada.submit(cast.ada.get(INDEX), "Check now")
    assert badge(cast.ada.get(SETTINGS)) == "Needs attention"
    processor.problems.clear()
    processor.down.clear()
    advance(timedelta(minutes=1))
    cast.ada.submit(cast.ada.get(SETTINGS), "Check now")
    with db.read() as session:
        (account,) = queries.bank_accounts(session)
    assert account.connected, "the bank account has that answer as well"


def test_the_processor_is_not_asked_inside_a_transaction(cast: Cast, processor: Processor) -> None:
    with db.transaction(), pytest.raises(NestedTransaction):
        check_processor("USD", by="system")
    assert processor.asked == []


def test_the_bank_account_step_says_how_each_account_stands(
    cast: Cast, processor: Processor, run_jobs: Callable[[], int]
) -> None:
    def standing() -> str:
        return cast.ada.get(SETTINGS).texts("#step-bank-account")[0]

    assert "To do" in standing()
    add_operating()
    assert "Waiting" in standing()
    assert "Operating Not checked yet" in standing()
    processor.problems[None] = ("Stripe closed it.",)
    run_jobs()
    assert "Needs attention" in standing()
    assert "Operating Stripe closed it." in standing()
    processor.problems.clear()
    cast.ada.submit(cast.ada.get(INDEX), "Check now")
    assert "Done" in standing()
    assert "Operating Connected" in standing()


def test_the_link_step_leads_to_new_charge_which_makes_the_link(
    cast: Cast, processor: Processor, run_jobs: Callable[[], int]
) -> None:
    """FEATURES L3."""

    def link_step() -> Page:
        return cast.ada.get(SETTINGS)

    assert link_step().select("#step-first-link a") == []
    add_operating()
    run_jobs()
    cast.ada.get(str(link_step().one("#step-first-link a")["href"]))
    page = link_step()
    assert page.texts("#step-first-link .badge") == ["Done"]
    address = str(page.one("#step-first-link-copy")["value"])
    with db.transaction() as session:
        (account,) = queries.bank_accounts(session)
        account.checked_problems = ["Stripe closed it."]
    assert link_step().texts("#step-first-link .badge") == ["To do"]
    assert address not in link_step().body


def test_an_answer_of_the_sandbox_or_of_test_keys_tells_nothing_of_live_keys(
    cast: Cast, processor: Processor, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    add_operating()
    run_jobs()
    cast.ada.submit(cast.ada.get(SETTINGS), "Check now")
    assert state() is State.DONE
    for mode in ("test", "live"):
        keys = StripeSettings(f"sk_{mode}_x", f"pk_{mode}_x", ("whsec_x",))
        config.use(replace(settings, stripe=keys))
        assert state() is State.TO_DO
        check_processor("USD", by="system")
        assert state() is State.DONE
    config.use(settings)
    assert state() is State.TO_DO


def state() -> State:
    with db.read() as session:
        return STEPS["processor"].look(session).state


@pytest.mark.parametrize(
    "mode, told",
    [
        ("test", "Stripe test keys are set: no real money moves."),
        ("live", "Live Stripe keys are set: real money moves."),
    ],
)
def test_the_stripe_step_says_whether_real_money_moves(
    mode: str, told: str, cast: Cast, settings: Settings
) -> None:
    keys = StripeSettings(f"sk_{mode}_x", f"pk_{mode}_x", ("whsec_x",))
    config.use(replace(settings, stripe=keys))
    with db.read() as session:
        found = STEPS["processor"].look(session)
    assert found.words[0] == told
    assert found.state is State.TO_DO
