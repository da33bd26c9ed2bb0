"""The same form sent twice at the same moment, with real threads, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from payments.receipts import actions, once, recording
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.recording import Recorded
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.core.errors import Refusal
from portal.core.tokens import new_token
from portal.firm.actions import set_up_firm
from tests.factories.billing import Office, make_office
from tests.support.cast import FIRM
from tests.support.days import firm_day

ANA = "user:ana"
THREADS = 6


def send(office: Office, nonce: str) -> str:
    """What the view does in its one transaction."""
    try:
        with db.transaction() as session:
            actions.lock_clients(session, [office.cleo.id])
            once.mark(session, nonce, by=ANA)
            yesterday = firm_day() - timedelta(days=1)
            account = office.accounts.operating
            cash = Recorded(ReceiptSource.CASH, office.cleo.id, None, account, 500, yesterday)
            recording.record(session, cash, apply=False, expected=None, by=ANA)
    except Refusal as refused:
        return type(refused).__name__
    return "recorded"


@pytest.mark.both_databases
def test_M9_a_form_sent_many_times_at_once_records_once(
    database: Database, settings: Settings
) -> None:
    """FEATURES M9: the first one holds the client; the others find its mark."""
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    office, nonce, ready = make_office(), new_token(), Barrier(THREADS)

    def press(_number: int) -> str:
        ready.wait()
        return send(office, nonce)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sorted(pool.map(press, range(THREADS)))
    assert answers == ["SentBefore"] * (THREADS - 1) + ["recorded"]
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 1


@pytest.mark.parametrize("nonce", ["", "short", "x" * 200])
def test_a_form_without_a_mark_of_ours_is_not_carried_out(
    nonce: str, database: Database, settings: Settings
) -> None:
    config.use(settings)
    with db.transaction() as session:
        set_up_firm(session, FIRM)
    assert send(make_office(), nonce) == "Invalid"
