"""Payments that wait for **Link** (FEATURES S2), read by the index that holds them and no others.

SQLite would take the unique index on `receipt_id` for `receipt_id IS NULL`, read whatever was never
linked and sort it, so there the index is named: https://www.sqlite.org/lang_indexedby.html
"""

from typing import Any

from sqlalchemy import and_, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Alias

from payments.transactions.models import Payment

NAME = "payment"


class _ByItsIndex(Alias):
    inherit_cache = True


@compiles(_ByItsIndex)
def _plain(_element: _ByItsIndex, _compiler: SQLCompiler, **_more: Any) -> str:
    return NAME


@compiles(_ByItsIndex, "sqlite")
def _on_sqlite(
    _element: _ByItsIndex, _compiler: SQLCompiler, asfrom: bool = False, **_more: Any
) -> str:
    return f"{NAME} INDEXED BY ix_payment_unlinked" if asfrom else NAME


Waiting = aliased(Payment, _ByItsIndex._construct(Payment.__table__, name=NAME))
"""The payments, to be asked with `WAITS` and in the order of `made_at` and `id`."""

# In letters, as in the index: a bound value would not be known for what stands there.
WAITS = and_(
    Waiting.status == literal_column("'completed'"),
    Waiting.receipt_id.is_(None),
    Waiting.withdrawn_cents < Waiting.amount_cents,
)

# The same where another index finds the payments: written so that none is tempted by it.
UNLINKED = and_(
    Payment.status == "completed",
    func.coalesce(Payment.receipt_id, 0) == 0,
    Payment.withdrawn_cents < Payment.amount_cents,
)
