"""What happens at the processor without anybody asking: banks answer, payers complain."""

from collections.abc import Callable

from payments.sandbox.banking import expire_deposits, return_debit, settle_debit
from payments.sandbox.charges import settle_charge
from payments.sandbox.desk import Desk
from payments.sandbox.disputes import decide_dispute, expire_dispute, open_dispute
from payments.sandbox.refunds import fail_refund, settle_refund
from payments.sandbox.setup_deposits import expire_setup_deposits


def _settle_charge(desk: Desk, charge_id: str) -> None:
    settle_charge(desk, desk.book.get(desk.account, charge_id))


ACTIONS: dict[str, Callable[[Desk, str], None]] = {
    "settle_charge": _settle_charge,
    "settle_debit": settle_debit,
    "return_debit": return_debit,
    "expire_deposits": expire_deposits,
    "expire_setup_deposits": expire_setup_deposits,
    "open_dispute": open_dispute,
    "decide_dispute": decide_dispute,
    "expire_dispute": expire_dispute,
    "settle_refund": settle_refund,
    "fail_refund": fail_refund,
}
"""By the name under which they are scheduled."""
