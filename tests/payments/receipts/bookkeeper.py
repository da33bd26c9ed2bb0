"""Somebody who books whatever is possible for two clients, straight into the ledger."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, hold, post, transfer, void
from payments.ledger.models import AccountKind
from payments.ledger.queries import balance
from payments.receipts import movements, statement
from payments.receipts.movements import Standing, Whose
from payments.receipts.statement import Cursor, Movement, newer, older, read_cursor
from portal.core import db
from portal.web.pagination import Page

OPERATING, SECOND, TRUST, ESCROW = 1, 2, 3, 4
CLEO, SOL = 11, 12
LEASE, ESTATE = 21, 22
_numbers = count(1)


def key(kind: AccountKind, bank_account: int, **owner: int | None) -> AccountKey:
    return AccountKey(kind, bank_account, "USD", **owner)


def book(session: Any, debit: AccountKey, credit: AccountKey, cents: int, **said: Any) -> str:
    once = f"fact:{next(_numbers)}"
    how = said.pop("how", transfer)
    situation = said.pop("situation", "linked")
    how(session, Entry(once, situation, debit, credit, cents, "test", "test", **said))
    return once


def receivable(client: int, matter: int, bill: int, bank_account: int = OPERATING) -> AccountKey:
    return key(
        AccountKind.RECEIVABLE, bank_account, client_id=client, matter_id=matter, bill_id=bill
    )


def owned(kind: AccountKind, bank_account: int, client: int, matter: int | None) -> AccountKey:
    return key(kind, bank_account, client_id=client, matter_id=matter)


class Bookkeeper:
    """Posts whatever is possible, at random, and remembers nothing: the ledger is the truth."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bills: list[tuple[int, AccountKey]] = []

    def work(self, steps: int) -> None:
        for _step in range(steps):
            with db.transaction() as session:
                self.random.choice(
                    (
                        self._issue,
                        self._receive,
                        self._receive,
                        self._apply,
                        self._trust,
                        self._hold,
                    )
                )(session)

    def _client(self) -> tuple[int, int | None]:
        return self.random.choice(
            ((CLEO, None), (CLEO, LEASE), (CLEO, ESTATE), (SOL, None), (CLEO, LEASE))
        )

    def _issue(self, session: Any) -> None:
        bill = len(self.bills) + 1
        cents = self.random.randint(1, 90_000)
        owed = receivable(CLEO, self.random.choice((LEASE, ESTATE)), bill)
        income = key(AccountKind.INCOME, OPERATING)
        book(session, owed, income, cents, situation="bill_issued")
        if self.random.random() < 0.2:
            book(session, income, owed, cents, situation="bill_voided")
        else:
            self.bills.append((cents, owed))

    def _receive(self, session: Any) -> None:
        client, matter = self._client()
        bank_account = self.random.choice((OPERATING, SECOND))
        credit = owned(AccountKind.CLIENT_CREDIT, bank_account, client, matter)
        bank = key(AccountKind.BANK, bank_account)
        book(session, bank, credit, self.random.randint(1, 50_000), situation="cheque_recorded")

    def _apply(self, session: Any) -> None:
        if not self.bills:
            return
        bank_account = self.random.choice((OPERATING, SECOND))
        matter = self.random.choice((None, LEASE, ESTATE))
        credit = owned(AccountKind.CLIENT_CREDIT, bank_account, CLEO, matter)
        available = balance(session, credit).available_cents
        _cents, owed = self.random.choice(self.bills)
        if owed.matter_id != matter and matter is not None:
            return
        theirs = receivable(CLEO, owed.matter_id or 0, owed.bill_id or 0, bank_account)
        if available:
            cents = self.random.randint(1, available)
            book(session, credit, theirs, cents, situation="applied")
            if self.random.random() < 0.3:
                book(session, theirs, credit, cents, situation="application_reversed")

    def _trust(self, session: Any) -> None:
        client, matter = self._client()
        bank_account = self.random.choice((TRUST, TRUST, ESCROW))
        held = owned(AccountKind.CLIENT_TRUST, bank_account, client, matter)
        bank, cents = key(AccountKind.BANK, bank_account), self.random.randint(1, 70_000)
        if balance(session, held).available_cents > cents:
            book(session, held, bank, cents, situation="receipt_reversed")
        else:
            book(session, bank, held, cents, situation="cheque_recorded")

    def _hold(self, session: Any) -> None:
        """A refund that is begun and then goes through, fails, or is still under way."""
        held = owned(AccountKind.CLIENT_TRUST, TRUST, CLEO, LEASE)
        available = balance(session, held).available_cents
        if available < 2:
            return
        away = key(AccountKind.PROCESSOR, TRUST)
        once = book(session, held, away, available // 2, how=hold, situation="refund_begun")
        end = self.random.choice((post, void, None))
        if end is not None:
            end(session, once, situation="refunded", actor="test")


def look(whose: Whose, cursor: Cursor | None = None, size: int = 7) -> dict[int, Page[Movement]]:
    with db.read() as session:
        return statement.pages(session, whose, cursor, size=size)


def kept(whose: Whose) -> dict[int, Standing]:
    with db.read() as session:
        return {section: one.standing for section, one in movements.kept(session, whose).items()}


def downward(whose: Whose, section: int) -> Iterator[Page[Movement]]:
    """Every page of a section from the newest to the oldest, by the addresses that pages give."""
    page = look(whose)[section]
    yield page
    while (cursor := older(page)) is not None:
        again = read_cursor(cursor.sign(whose), whose)
        assert again == cursor
        page = look(whose, again)[section]
        yield page


def upward(whose: Whose, section: int) -> Iterator[Page[Movement]]:
    """Every page of a section from the oldest back to the newest."""
    *_, page = downward(whose, section)
    yield page
    while (cursor := newer(page)) is not None:
        page = look(whose, cursor)[section]
        yield page
