"""Customers, and the payment methods kept for them (https://docs.stripe.com/payments/save-during-payment)."""

from payments.sandbox.book import Json, Record
from payments.sandbox.desk import Desk, new_id
from payments.sandbox.errors import ApiError
from payments.sandbox.events import record_event
from payments.sandbox.wire import Params, metadata, text

CREATE_PARAMS = ("description", "email", "expand", "metadata", "name")
LIST_FILTERS = ("customer", "type")

NEW_CUSTOMER: Json = {
    "object": "customer",
    "address": None,
    "balance": 0,
    "currency": None,
    "customer_account": None,
    "default_source": None,
    "delinquent": False,
    "discount": None,
    "livemode": False,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
}


def create_customer(desk: Desk, params: Params) -> Record:
    """Somebody whose methods can be kept. Customers of one account are unknown on another."""
    body = NEW_CUSTOMER | {
        "id": new_id("cus"),
        "created": desk.at,
        "description": text(params, "description"),
        "email": text(params, "email"),
        "metadata": metadata(params),
        "name": text(params, "name"),
    }
    customer = desk.book.add(desk.account, "customer", desk.at, body)
    record_event(desk, "customer.created", body)
    return customer


def keeps_method(intent: Json) -> bool:
    """Whether the method of this payment is to be kept for its customer."""
    return bool(intent["setup_future_usage"] and intent["customer"])


def attach(desk: Desk, intent: Json, method: Record) -> None:
    """Keep the method for the payment's customer, where that was asked for, once."""
    if keeps_method(intent) and method.body["customer"] is None:
        keep_for(desk, intent["customer"], method)


def keep_for(desk: Desk, customer: str, method: Record) -> None:
    """The method is the customer's from now on."""
    method.body["customer"] = customer
    desk.book.save(method)
    record_event(desk, "payment_method.attached", method.body)


def detach_method(desk: Desk, method_id: str) -> Record:
    """Forget a kept method for good. Raises ApiError for one that nobody keeps."""
    method = desk.named("payment_method", method_id)
    customer = method.body["customer"]
    if customer is None:
        raise ApiError(
            400,
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
        )
    method.body["customer"] = None
    desk.book.save(method)
    record_event(desk, "payment_method.detached", method.body, {"customer": customer})
    return method


def kept_method(desk: Desk, intent: Json, method_id: str) -> Record:
    """The method to charge without its owner. Raises ApiError unless the customer still has it."""
    method = desk.named("payment_method", method_id, "payment_method")
    if intent["customer"] is None or method.body["customer"] != intent["customer"]:
        raise ApiError(
            400,
            "The provided PaymentMethod is not attached to the Customer of this PaymentIntent. It "
            "was never attached, or it has been detached and may not be used again.",
            param="payment_method",
        )
    return method
