"""Every order of what can happen to a payment's money ends with true books (issue of M6 and M7).

On SQLite each order of up to six steps, none oftener than twice, is gone through: each begins where
the one before it left off, from a copy of the product's database and the processor's. A step that
cannot be leaves the order as it was without it. On PostgreSQL orders are drawn by lot.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from payments.sandbox.current import sandbox
from portal.core import clock, db
from tests.factories.payments import Links
from tests.payments.transactions.one_payment import Kind, Life, begin
from tests.payments.transactions.orders import (
    STEPS,
    carry_out,
    differences,
    let_everything_end,
)

STEPS_MAX = 6
TIMES_MAX = 2
DRAWN = 10
KINDS = [
    Kind("operating", "card"),
    Kind("operating", "bank"),
    Kind("trust", "card"),
    Kind("trust", "card", fees_on_trust=True),
    Kind("trust", "bank"),
    Kind("trust", "bank", fees_on_trust=True),
]


# One order of each that must be among them: what is never gone through proves nothing.
LONGEST = {
    ("operating", "card"): ("complete", "link", "apply", "refund in part", "dispute", "win"),
    ("operating", "bank"): ("complete", "link", "apply", "refund in part", "return"),
    ("trust", "card"): ("complete", "link", "pay from trust", "refund in part", "dispute", "win"),
    ("trust", "bank"): ("complete", "link", "pay from trust", "refund in part", "return"),
}


@dataclass(frozen=True)
class Kept:
    """The product's database and the processor's, at one moment."""

    files: dict[Path, bytes]

    @classmethod
    def now(cls) -> "Kept":
        """As they are."""
        files = _files()
        return cls({file: file.read_bytes() for file in files})

    def again(self) -> None:
        """As they were."""
        for file in _files():
            file.write_bytes(self.files[file])
        clock.forget_offset()


def _files() -> list[Path]:
    """Both files, whole: nobody is connected to them, and nothing waits beside them."""
    store = sandbox().service.store
    store.close()
    db.current().engine.dispose()
    files = [Path(str(db.current().url.database)), Path(store.path)]
    assert not any(file.with_name(f"{file.name}-wal").exists() for file in files)
    return files


def orders(life: Life, before: tuple[str, ...], kept: Kept) -> Iterator[tuple[str, ...]]:
    """Go through every order that begins with these steps, checking after each."""
    ended = True
    left = [step for step in STEPS if before.count(step) < TIMES_MAX]
    for step in left if len(before) < STEPS_MAX else ():
        if carry_out(life, step):
            ended = False
            order = (*before, step)
            assert differences(life) == [], order
            yield order
            yield from orders(life, order, Kept.now())
            kept.again()
    if ended and before:
        let_everything_end(life)
        assert differences(life) == [], (*before, "and days later")
        kept.again()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_M1_M6_M7_every_order_of_six_steps_ends_with_books_that_equal_the_processor_s(
    app: Flask, links: Links, kind: Kind
) -> None:
    life = begin(app, links, kind)
    gone_through = set(orders(life, (), Kept.now()))
    assert LONGEST[kind.account, kind.method] in gone_through


@pytest.mark.both_databases
def test_M1_M6_M7_orders_drawn_by_lot_end_with_books_that_equal_the_processor_s(
    app: Flask, links: Links
) -> None:
    """Each with a payment of its own, in the same books."""
    luck = random.Random("orders")
    for kind in luck.sample(KINDS * 2, DRAWN):
        if kind.fees_on_trust:
            continue  # it changes the account for all that follow
        life = begin(app, links, kind)
        # Each is tried twice: what could not be at first may be possible once others are done.
        order = luck.sample(list(STEPS) * 2, len(STEPS) * 2)
        done = [step for step in order if carry_out(life, step)]
        assert differences(life) == [], done
        let_everything_end(life)
        assert differences(life) == [], (*done, "and days later")
