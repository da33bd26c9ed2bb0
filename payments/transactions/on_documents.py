"""Payments that were made on a bill or trust request: they store methods and link themselves.

The payer named what they pay, so nobody has to link it (FEATURES L9, D2).
"""

from sqlalchemy.orm import Session

from payments.gateway.results import GatewayPayment
from payments.ledger import actions as ledger
from payments.methods import actions as methods
from payments.receipts import actions as receipts
from payments.transactions import linking, reserving
from payments.transactions.models import Payment
from portal.clients.languages import remember_language
from portal.clients.models import Contact, Matter


def lock(session: Session, payment: Payment) -> None:
    """Keep the client and what is to be paid from everybody else, before balances are booked: the
    order in which all money is locked (docs/decisions/0005)."""
    if payment.client_id is not None:
        receipts.lock_clients(session, [payment.client_id])
        reserving.lock(session, payment)


def pay(session: Session, payment: Payment, *, by: str) -> None:
    """Make the payment its client's, and put it on what it was reserved for, in the transaction
    that completes it. Does nothing for a payment by an account link.

    One matter's bill or request makes it that matter's money; several make it the client's. What it
    is to pay was locked before.
    """
    if payment.client_id is None:
        return
    reserved = reserving.take(session, payment)
    client = session.get_one(Contact, payment.client_id)
    matter_id = reserving.only_matter(session, reserved)
    matter = session.get_one(Matter, matter_id) if matter_id is not None else None
    money = linking.money_of(
        session,
        payment,
        linking.Target(client, matter),
        onto=reserved.bills,
        trust_request_id=next(iter(reserved.trust_requests), None),
    )
    receipt, entries = receipts.receive(session, money, apply=False, expected=None, by=by)
    payment.receipt_id = receipt.id
    session.flush()
    ledger.transfer_all(session, entries)
    if not payment.third_party:
        remember_language(session, client, payment.language, by=by)


def store_method(session: Session, payment: Payment, snapshot: GatewayPayment) -> None:
    """Note the method that the payer let the firm keep, once the processor keeps it (P5).

    However often it is seen, it is stored once.
    """
    if payment.client_id is None or payment.store_text is None or snapshot.stored is None:
        return
    consented = methods.Consented(
        client_id=payment.client_id,
        bank_account_id=payment.bank_account_id,
        cause=linking.cause(payment),
        label=payment.method_label,
        text=payment.store_text,
        ip_address=payment.mandate_ip or "",
        user_agent=payment.mandate_agent or "",
        name=payment.payer_name,
        address=payment.payer_email,
        language=payment.language,
    )
    methods.store(session, snapshot.stored, consented)
