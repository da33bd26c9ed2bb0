"""Decision 0001 is not prose: every story in it is replayed through the real ledger."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from payments.ledger import actions, checks
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind
from payments.ledger.queries import Balance, balance, totals
from payments.money.amounts import parse_cents
from payments.transactions.fee_postings import FeeSituation
from payments.transactions.postings import COMES_BACK, LEAVES, Situation
from portal.core import db

PAGE = Path(__file__).parents[3] / "docs/decisions/0001-posting-table.md"
BANK_ACCOUNTS = {"op": 1, "trust": 2, "op2": 3}
TRUST_LIES_IN = (
    AccountKind.BANK,
    AccountKind.IN_TRANSIT,
    AccountKind.PROCESSOR,
    AccountKind.FIRM_COVER,
)
TRUST_BELONGS_TO = (AccountKind.CLIENT_TRUST, AccountKind.UNLINKED)
IDS = {"cleo": 11, "sol": 12, "estate": 21}


@dataclass(frozen=True)
class Row:
    do: str
    situation: str
    debit: str
    credit: str
    cents: int


@dataclass(frozen=True)
class Story:
    name: str
    rows: tuple[Row, ...]
    ends_with: dict[str, int]


def _cents(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * parse_cents(text.lstrip("-"), "en_US")


def stories() -> list[Story]:
    found = []
    for part in PAGE.read_text(encoding="utf-8").split("\n### ")[1:]:
        cells = re.findall(r"^\| (\w+) \| (\w+) \| (\S.*?) \| (\S.*?) \| ([\d.]+) \|$", part, re.M)
        ends = re.search(r"^Ends with: (.+)$", part, re.M)
        assert ends is not None, part
        pairs = re.findall(r"(\w+/\w+(?:\([^)]*\))?) (-?[\d.]+)", ends[1])
        rows = tuple(Row(*cell[:4], cents=_cents(cell[4])) for cell in cells)
        found.append(
            Story(part.splitlines()[0], rows, {name: _cents(cents) for name, cents in pairs})
        )
    return found


def key(name: str) -> AccountKey:
    match = re.fullmatch(r"(\w+)/(\w+)(?:\(([^)]*)\))?", name)
    assert match is not None, name
    book, kind, inside = match.groups()
    ids = [word.strip() for word in inside.split(",")] if inside else []
    bill = next((int(word) for word in ids if word.isdigit()), None)
    people = [IDS[word] for word in ids if not word.isdigit()]
    return AccountKey(
        AccountKind(kind),
        BANK_ACCOUNTS[book],
        "USD",
        client_id=people[0] if people else None,
        matter_id=people[1] if len(people) > 1 else None,
        bill_id=bill,
    )


def _replay(session, row: Row, number: int, holds: dict[str, str]) -> None:
    if row.do in {"post", "void"}:
        resolve = actions.post if row.do == "post" else actions.void
        resolve(session, holds.pop(f"{row.debit}>{row.credit}"), situation=row.situation, actor="t")
        return
    entry = actions.Entry(
        once=f"row:{number}",
        situation=row.situation,
        debit=key(row.debit),
        credit=key(row.credit),
        amount_cents=row.cents,
        cause="test",
        actor="t",
    )
    if row.do == "hold":
        actions.hold(session, entry)
        holds[f"{row.debit}>{row.credit}"] = entry.once
    else:
        actions.transfer(session, entry)


def test_the_page_tells_at_least_the_situations_that_the_design_names() -> None:
    told = {row.situation for story in stories() for row in story.rows}
    assert {
        "authorized", "completed", "settled", "failed", "fee", "fee_on_trust", "linked",
        "link_reversed", "applied", "application_reversed", "paid_from_trust", "refunded",
        "disputed", "dispute_won", "returned", "payout", "cheque_recorded", "shortfall_covered",
    } <= told  # fmt: skip
    assert len(stories()) >= 14


def test_every_situation_that_the_code_books_has_a_row() -> None:
    """A story that nobody wrote down is one that no accountant has agreed to."""
    root = Path(__file__).parents[3] / "payments"
    books = root.glob("*/postings.py")
    named = r"""(?:situation=|, |= |\()"([a-z]+_[a-z_]+|applied|linked)"(?=[,)])"""
    booked = {word for path in books for word in re.findall(named, path.read_text("utf-8"))}
    tasks = (root / "transactions/replenishing.py").read_text("utf-8")
    booked |= set(re.findall(r"""(?:situation=|else )"([a-z_]+)"(?=,| if)""", tasks))
    told = {row.situation for story in stories() for row in story.rows}
    assert {"applied", "linked", "cheque_reversed", "bill_issued", "bill_changed"} <= booked
    assert {"refund_failed", "shortfall_covered", "trust_replenished"} <= booked
    listed = {*Situation, *FeeSituation, *LEAVES.values(), *COMES_BACK.values()}
    assert booked | listed <= told


@pytest.mark.both_databases
@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_M1_the_books_balance_after_every_row_of(database, story: Story) -> None:
    touched: dict[str, AccountKey] = {}
    holds: dict[str, str] = {}
    for number, row in enumerate(story.rows):
        with db.transaction() as session:
            _replay(session, row, number, holds)
            touched |= {row.debit: key(row.debit), row.credit: key(row.credit)}
        with db.read() as session:
            assert checks.problems(session) == []
            trust = defaultdict(Balance, totals(session, BANK_ACCOUNTS["trust"]))
        lies = sum(trust[kind].posted_cents for kind in TRUST_LIES_IN)
        assert lies == sum(trust[kind].posted_cents for kind in TRUST_BELONGS_TO)
    with db.read() as session:
        ended = {name: balance(session, k).posted_cents for name, k in touched.items()}
    assert {name: cents for name, cents in ended.items() if cents} == story.ends_with
    assert holds == {}


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_M3_no_row_has_one_side_in_trust_and_the_other_in_operating(story: Story) -> None:
    for row in story.rows:
        assert row.debit.split("/")[0] == row.credit.split("/")[0], row
