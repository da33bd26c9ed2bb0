"""The list of Transactions by itself: what is found, in which order, and by which index."""

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, text

from payments.transactions import listing
from payments.transactions.listing import Found, Wanted, find
from payments.transactions.models import Payment
from payments.transactions.payers import PAYERS_MAX
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.core import clock, db
from tests.factories import clients
from tests.payments.transactions.conftest import Till
from tests.support.statements import plans, statements

MANY = 2_000


def look(wanted: Wanted, *, before: int | None = None, after: int | None = None) -> Found:
    with db.read() as session:
        return find(session, wanted, NOTHING_CLOSED, before=before, after=after)


def payers(found: Found) -> list[str]:
    return [row.payer_name for row in found.page.rows]


def fill(till: Till, count: int) -> None:
    """Many payments at once, of forty payers, straight into the table."""
    accounts, statuses = list(till.accounts.values()), list(Status)
    rows: list[dict[str, Any]] = [
        {
            "public_id": f"p{n}",
            "reference": f"{n:04}-{n:04}",
            "status_token": f"t{n}",
            "nonce": f"n{n}",
            "bank_account_id": accounts[n % 2].id,
            "amount_cents": 100 + n,
            "currency": "USD",
            "method": "card",
            "method_label": "Visa ending 4242",
            "status": statuses[n % len(statuses)],
            "payer_name": f"Payer {n % 40:02}",
            "payer_name_key": f"payer {n % 40:02}",
            "payer_email": f"payer{n % 40:02}@client.test",
            "paid_for": "",
            "payer_reference": "",
            "language": "en_US",
            "made_at": clock.now() + timedelta(seconds=n // 3),
        }
        for n in range(count)
    ]
    with db.transaction() as session:
        session.execute(insert(Payment), rows)
        session.execute(text("ANALYZE"))


@pytest.mark.both_databases
def test_M10_every_filter_finds_what_fits_newest_first_page_by_page(books: Till) -> None:
    fill(books, MANY + 100)  # over a page of each
    account, now = books.accounts["trust"].id, clock.now()
    for wanted in (
        Wanted(),
        Wanted(status=Status.FAILED),
        Wanted(bank_account_id=account),
        Wanted(status=Status.COMPLETED, bank_account_id=account),
        Wanted(made_from=now, made_before=now + timedelta(minutes=9)),
        Wanted(status=Status.FAILED, made_before=now + timedelta(minutes=9)),
        Wanted(linked=False),
        Wanted(linked=False, bank_account_id=account, made_from=now),
        Wanted(linked=False, payer="payer 1"),
        Wanted(payer="Payer 07"),
        Wanted(payer="PAYER 0"),
        Wanted(payer="payer 1", status=Status.COMPLETED),
    ):
        fitting = [row.id for row, _over in listing.every_row(wanted, NOTHING_CLOSED)]
        assert len(fitting) > 50
        assert fitting == expected_ids(wanted)
        assert walk(wanted, newer=False) == fitting
        assert walk(wanted, newer=True) == fitting
        assert look(wanted).count == min(len(fitting), listing.COUNTED_MAX + 1)


def expected_ids(wanted: Wanted) -> list[int]:
    """The plain truth: every row read, and sorted here."""
    with db.read() as session:
        rows = list(session.query(Payment))
    return [
        row.id
        for row in sorted(rows, key=lambda row: (row.made_at, row.id), reverse=True)
        if wanted.status in (None, row.status)
        and wanted.bank_account_id in (None, row.bank_account_id)
        and wanted.linked in (None, row.receipt_id is not None)
        and (wanted.linked is not False or row.status == Status.COMPLETED)
        and (wanted.made_from is None or row.made_at >= wanted.made_from)
        and (wanted.made_before is None or row.made_at < wanted.made_before)
        and row.payer_name_key.startswith(wanted.payer.casefold())
    ]


def walk(wanted: Wanted, *, newer: bool) -> list[int]:
    """Every page in turn, from the top to the end, or from the last row back to the top."""
    found = look(wanted)
    if newer:
        while found.page.older_than is not None:
            found = look(wanted, before=found.page.older_than)
    ids = [row.id for row in found.page.rows]
    while (edge := found.page.newer_than if newer else found.page.older_than) is not None:
        found = look(wanted, after=edge) if newer else look(wanted, before=edge)
        page = [row.id for row in found.page.rows]
        assert len(page) <= 50
        ids = page + ids if newer else ids + page
    return ids


@pytest.mark.both_databases
def test_a_payer_is_found_by_a_prefix_in_any_script_and_case(books: Till) -> None:
    for name in ("Élodie Roy", "Öztürk", "Straße GmbH", "李小龍", "o'Neil", "_under", "100% Ltd"):
        books.attempt(name=name, payer_email="same@client.test")
    for typed, found in {
        "élo": ["Élodie Roy"],
        "E\u0301LODIE": ["Élodie Roy"],  # the accent as a character of its own
        "ÖZT": ["Öztürk"],
        "STRASSE": ["Straße GmbH"],
        "李小": ["李小龍"],
        "O'N": ["o'Neil"],
        "_": ["_under"],
        "100%": ["100% Ltd"],
        "%": [],
        "lodie": [],
    }.items():
        assert payers(look(Wanted(payer=typed))) == found, typed


@pytest.mark.both_databases
def test_M10_payments_are_found_by_their_amount_beside_payers_who_are_called_so(
    books: Till,
) -> None:
    books.attempt(name="1042 Main Street LLC")
    books.attempt(name="Exactly", cents=104_200)
    books.attempt(name="A cent less", cents=104_199)
    for typed in ("1,042.00", "$1042", "1042.00"):
        assert payers(look(Wanted(payer=typed))) == ["Exactly"], typed
    assert payers(look(Wanted(payer="1042"))) == ["Exactly", "1042 Main Street LLC"]
    assert payers(look(Wanted(payer="1042.0"))) == []


@pytest.mark.both_databases
def test_X2_a_contact_is_found_as_payer_by_any_word_of_their_name(books: Till) -> None:
    clients.contact("Cleo Vance", "Cleo@client.test")
    clients.contact("Mary Vance")
    books.attempt(name="C. Vance", payer_email="cleo@client.test")
    books.attempt(name="Somebody Else", payer_email="else@client.test")
    for typed in ("vance", "Vance Cleo", "CLEO"):
        assert payers(look(Wanted(payer=typed))) == ["C. Vance"], typed
    assert payers(look(Wanted(payer="mary"))) == []


@pytest.mark.both_databases
def test_when_many_payers_begin_alike_the_list_says_that_it_shows_some(books: Till) -> None:
    for number in range(PAYERS_MAX + 1):
        books.attempt(name=f"Payer {number:02}", payer_email=f"{number:02}@client.test")
    many, few = look(Wanted(payer="payer")), look(Wanted(payer="payer 1"))
    assert (many.more_payers, many.count) == (True, PAYERS_MAX)
    assert (few.more_payers, few.count) == (False, 10)


def test_a_cursor_that_names_no_payment_shows_the_first_page(books: Till) -> None:
    books.attempt()
    for place in ({"before": 999}, {"after": 999}):
        found = look(Wanted(), **place)
        assert payers(found) == ["Cleo Vance"]
        assert (found.page.newer_than, found.page.older_than) == (None, None)


def test_more_than_a_thousand_are_never_counted(books: Till) -> None:
    fill(books, 1_500)
    assert look(Wanted()).count == 1_001
    assert look(Wanted(payer="payer 0")).count == 380


FILTERS = {
    "none": Wanted(),
    "status": Wanted(status=Status.FAILED),
    "account": Wanted(bank_account_id=1),
    "account and status": Wanted(bank_account_id=1, status=Status.FAILED),
    "date": Wanted(made_from=clock.now(), made_before=clock.now() + timedelta(minutes=5)),
    "date and status": Wanted(status=Status.FAILED, made_from=clock.now()),
    "linked": Wanted(linked=True),
    "unlinked": Wanted(linked=False),
    "linked of an account": Wanted(linked=True, bank_account_id=1),
    "unlinked by date": Wanted(linked=False, made_from=clock.now()),
    "payer": Wanted(payer="payer 07"),
    "payers": Wanted(payer="payer"),
    "email": Wanted(payer="payer07@"),
    "reference": Wanted(payer="0007-0007"),
    "amount": Wanted(payer="$12.34"),
    "nobody": Wanted(payer="nobody"),
    "linked by payer": Wanted(linked=True, payer="payer 07"),
    "unlinked by payer": Wanted(linked=False, payer="payer 07"),
    "unlinked by email": Wanted(linked=False, payer="payer07@"),
}


# At most fifty payments a payer, or fifty found by the index of those that wait.
WAITING = {"unlinked", "unlinked by date"}
SORTED = {"payer", "payers", "email", "reference", "amount", *WAITING}
SORTED |= {"linked by payer", "unlinked by payer", "unlinked by email"}
PLACES = ({}, {"before": 1_500}, {"after": 1_500})
# Walked in order, and left after fifty rows: what is asked for is the whole index.
IN_ORDER = re.compile(r"SCAN payment USING (COVERING )?INDEX (\w+)")
WALKED = {
    "none": {"ix_payment_made_at"},
    "linked": {"ix_payment_linked"},
    "unlinked": {"ix_payment_unlinked"},
    "unlinked by date": {"ix_payment_unlinked"},
}


def plans_of(wanted: Wanted, **place: int) -> list[str]:
    """How the database goes about each of the statements of a search."""
    with statements() as asked:
        look(wanted, **place)
    return plans(asked)


def test_no_filter_reads_the_whole_table_nor_sorts_it_on_sqlite(books: Till) -> None:
    fill(books, MANY)
    for (name, wanted), place in product(FILTERS.items(), PLACES):
        for plan in plans_of(wanted, **place):
            if name not in SORTED:
                assert "TEMP B-TREE" not in plan, (name, plan)
            for line in plan.splitlines():
                if line.startswith("SCAN payment"):
                    walked = IN_ORDER.match(line)
                    assert walked is not None, (name, plan)
                    counted = walked[1] and name == "none"  # any index counts them all
                    assert counted or walked[2] in WALKED.get(name, ()), (name, plan)


@pytest.mark.parametrize("database_kind", ["postgresql"], scope="session")
def test_no_filter_reads_the_whole_table_nor_sorts_it_on_postgresql(books: Till) -> None:
    fill(books, MANY)
    for (name, wanted), place in product(FILTERS.items(), PLACES):
        for plan in plans_of(wanted, **place):
            assert "Seq Scan on payment" not in plan, (name, plan)
            if name not in SORTED:
                assert "Sort Key" not in plan, (name, plan)


@pytest.mark.both_databases
def test_M10_what_waits_is_found_by_the_index_that_holds_nothing_else(books: Till) -> None:
    fill(books, MANY)
    for name in ("unlinked", "unlinked by date"):
        for place in PLACES:
            *_cursor, page, count = plans_of(FILTERS[name], **place)
            assert "ix_payment_unlinked" in page, page
            assert "ix_payment_unlinked" in count, count
