"""Starting again after a bank's question that nobody answered (FEATURES P7, M9).

Such a try keeps its amount reserved for half an hour. The payer need not wait for that: it is
canceled at the processor, and what it reserved is given back when the processor has said so.
"""

from payments.checkout.queries import waiting_tries
from payments.checkout.target import PayTarget
from payments.transactions.resolving import call_off
from portal.core import db


def start_again(target: PayTarget) -> None:
    """Call off this address's tries that still wait for the payer's bank.

    One that was approved meanwhile is recorded as what it has become. Raises the gateway's errors.
    """
    with db.read() as session:
        tries = waiting_tries(session, target)
    for payment_id in tries:
        call_off(payment_id, "payer")
