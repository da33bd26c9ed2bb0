"""Whoever was chosen in Payment Notifications, and nobody else, is emailed (FEATURES N3, N4)."""

from collections.abc import Callable

import pytest
from flask import Flask

from payments.gateway.results import MethodKind
from payments.transactions.states import Status
from tests.factories.payments import books_problems
from tests.payments.transactions.conftest import Till
from tests.support.cast import ADA, ANA, BEN, Cast
from tests.support.outbox import Outbox

SETTINGS = "/staff/settings/payment-notifications"
FIRM = (ADA.email, BEN.email, ANA.email)


def told(outbox: Outbox) -> set[str]:
    """Who of the firm got any email."""
    return {email.to for email in outbox.emails} & set(FIRM)


def choose_new_group(cast: Cast, *members: str) -> None:
    """By **New user group** and **Save changes**, as an administrator does."""
    page = cast.ada.click(cast.ada.get(SETTINGS), "New user group")
    for name in members:
        page = cast.ada.submit(page, "Search", person=name)
        page = cast.ada.submit(page, f"Add {name}")
    page = cast.ada.submit(page, "Save group", name="Money in")
    cast.ada.submit(page, "Save changes")


@pytest.mark.parametrize(
    ("target", "emailed"),
    [
        ("no-one", set[str]()),
        ("level:administrator", {ADA.email}),
        ("level:billing", {BEN.email}),
        ("level:accounts", {ANA.email}),
        ("group", {BEN.email, ANA.email}),
    ],
)
def test_N4_each_of_the_five_choices_emails_exactly_its_people(
    target: str,
    emailed: set[str],
    app: Flask,
    cast: Cast,
    till: Till,
    outbox: Outbox,
    run_jobs: Callable[[], int],
) -> None:
    """Two made, one completed, one returned; the books are true though No one is emailed."""
    if target == "group":
        choose_new_group(cast, BEN.name, ANA.name)
    else:
        cast.ada.submit(cast.ada.get(SETTINGS), "Save changes", target=target)
    outbox.clear()
    for end in (Status.COMPLETED, Status.RETURNED):
        till.bring_to(end, method=MethodKind.BANK)
    run_jobs()
    assert told(outbox) == emailed
    to_firm = [email for email in outbox.emails if email.to in FIRM]
    assert len(to_firm) == 4 * len(emailed)
    assert outbox.to("cleo@client.test")
    assert books_problems(app) == []


def test_N4_who_left_the_group_before_the_email_was_sent_gets_none(
    cast: Cast, till: Till, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    choose_new_group(cast, BEN.name, ANA.name)
    till.bring_to(Status.AUTHORIZED)
    page = cast.ada.click(cast.ada.get("/staff/settings/groups"), "Money in")
    page = cast.ada.submit(page, f"Remove {BEN.name}")
    cast.ada.submit(page, "Save group")
    run_jobs()
    assert told(outbox) == {ANA.email}
