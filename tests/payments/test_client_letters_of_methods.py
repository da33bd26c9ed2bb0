"""What the firm writes to clients about stored methods, plans and autocharge, in French and Spanish
(FEATURES B3, P8, P9)."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from payments.methods.models import StoredMethod
from payments.methods.requests import Asked as AskedFor
from payments.methods.requests import ask
from payments.plans import autocharge
from payments.plans import voided as _voided  # noqa: F401  registers its job
from payments.plans.emails import NEWS
from payments.plans.models import BillCharge, Moment
from payments.transactions.charging import Charge, charge, link_for, part_of
from payments.transactions.models import Origin
from portal.clients.models import Contact
from portal.core import db
from portal.outbox.actions import owe
from portal.outbox.registry import EMAILS
from tests.factories.fixtures import no_waiting  # noqa: F401  pytest finds fixtures by name
from tests.factories.plans import ANA, CARD_DECLINES_ONCE_STORED, PlanDesk, open_plan_desk
from tests.payments.methods.test_voiding import comes_back
from tests.payments.test_client_letters import SUBJECTS, reads
from tests.support.cast import Cast
from tests.support.languages import EVERY_LANGUAGE, Asked, offer
from tests.support.outbox import Outbox

RunJobs = Callable[[], int]
CLEO = "cleo@client.test"
LATER = "2026-12-04"
METHODS = ("method-request-client", "method-deposits-client", "method-not-stored-client")
PLANS = tuple(f"plan-{what}-client" for what in NEWS)
AUTOCHARGE = ("autocharge-on-client", "autocharge-off-client")
FAILED = ("charge-failed-client", "instalment-failed-client", "autocharge-failed-client")
KINDS = (*METHODS, *PLANS, *AUTOCHARGE, *FAILED)
VOID = "method-void-client"
# A charge that failed is told apart by when it is tried again, if it is.
TRIES: Mapping[str, tuple[str | None, ...]] = dict.fromkeys(FAILED[1:], (LATER, None))


@pytest.fixture(autouse=True)
def asked(desk: PlanDesk, monkeypatch: pytest.MonkeyPatch) -> Generator[Asked]:
    """All three languages are offered; whatever is asked for in one of them is translated."""
    offer(EVERY_LANGUAGE)
    listening = Asked(monkeypatch)
    yield listening
    assert listening.untranslated == set()


@pytest.fixture
def desk(app: Flask, cast: Cast) -> PlanDesk:
    """Cleo, who owes and has stored a card that declines."""
    return open_plan_desk(app)


def facts(desk: PlanDesk) -> dict[str, Any]:
    """One of everything that these emails are about."""
    card, bill = desk.card(CARD_DECLINES_ONCE_STORED), desk.bill()
    plan = desk.propose(card)
    with db.transaction() as session:
        link_id = link_for(session, bill, by=ANA).id
        request = ask(session, AskedFor(desk.client.id, desk.account.id, CLEO, "…", ANA))
        moment = (card.public_id, Moment.AFTER, 5)
        standing = autocharge.turn_on(
            session, autocharge.Wanted(desk.client.id, desk.account.id, *moment), by=ANA
        )
    parts = (part_of(bill, bill.total_cents),)
    failed = charge(Charge("once", card.id, link_id, parts, Origin.STAFF, ANA, "Agreed"))
    with db.read() as session:
        bill_charge = session.scalars(select(BillCharge.id)).first()
    return {
        "request_id": request.id,
        "plan_id": plan.id,
        "instalment_id": plan.instalments[0].id,
        "autocharge_id": standing.id,
        "bill_charge_id": bill_charge,
        "payment_id": failed.payment_id,
        "tries": 1,
    }


def every_email(known: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in KINDS:
        for again_on in TRIES.get(kind, (None,)):
            yield kind, known | {"again_on": again_on}


def test_B3_every_email_to_a_client_is_read_here_or_beside(app: Flask) -> None:
    told = {kind for kind in EMAILS if kind.endswith("-client")}
    read = {kind for kind in told if not kind.startswith("portal-")}
    assert read == {*KINDS, VOID, *SUBJECTS["fr_CA"]}


@pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
def test_B3_P8_P9_what_is_charged_and_what_fails(
    locale: str, desk: PlanDesk, outbox: Outbox, run_jobs: RunJobs
) -> None:
    known = facts(desk)
    run_jobs()
    outbox.clear()
    whom: dict[str, Any] = {"name": "Cleo Vance", "address": CLEO, "language": locale}
    emails = list(every_email(known))
    with db.transaction() as session:
        for nth, (kind, args) in enumerate(emails):
            owe(session, kind, audience="address", once=f"letter:{nth}", **args, **whom)
    run_jobs()
    told = outbox.to(CLEO)
    assert len(told) == len(emails)
    for one in told:
        reads(one, locale)


ENDS = {
    "fr_CA": {
        "Votre compte bancaire auprès de Harlow & Reyes ne peut plus être utilisé",
        "Vos factures ne sont plus payées automatiquement – Harlow & Reyes",
    },
    "es_US": {
        "Su cuenta bancaria con Harlow & Reyes ya no se puede usar",
        "Sus facturas ya no se pagan automáticamente – Harlow & Reyes",
    },
}


@pytest.mark.parametrize("locale", ["fr_CA", "es_US"])
def test_B3_M7_P9_automatic_payment_ends_with_the_bank_account(
    locale: str, desk: PlanDesk, outbox: Outbox, run_jobs: RunJobs
) -> None:
    bank = desk.bank()
    desk.turn_on(bank)
    with db.transaction() as session:
        session.execute(update(Contact).values(language=locale))
        session.execute(update(StoredMethod).values(language=locale, address=CLEO))
    run_jobs()
    outbox.clear()
    comes_back(bank)
    run_jobs()
    told = outbox.to(CLEO)
    assert {one.subject for one in told} == ENDS[locale]
    for one in told:
        reads(one, locale)
