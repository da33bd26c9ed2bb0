"""Everything that can go wrong on the wire, and what the house then knows."""

import socket
import threading
from collections.abc import Callable

import pytest
import stripe

from payments.gateway.errors import (
    Declined,
    GatewayError,
    InvalidRequest,
    NotFound,
    Unavailable,
)
from payments.gateway.results import GatewayPayment, IntentStatus
from payments.gateway.stripe_gateway import StripeGateway
from payments.gateway.transport import never_sent
from tests.payments.gateway.scripted import (
    OWN,
    Request,
    ScriptedClient,
    Step,
    confirm,
    gateway_over,
    lost,
    new_payment,
)
from tests.payments.gateway.stripe_objects import Json, card_error, error_body, intent

TOO_MANY = (429, error_body(code="rate_limit"))
BROKEN = (500, error_body("api_error"))
KEY_IN_USE = (409, error_body(code="idempotency_key_in_use"))
NO_KEY = (401, error_body())
NOT_ALLOWED = (403, error_body())
PROXY_PAGE = (502, b"<html>Bad gateway</html>")

Call = Callable[[StripeGateway], GatewayPayment]
CALLS: dict[str, Call] = {
    "create": lambda gateway: gateway.create_payment(OWN, new_payment()),
    "confirm": confirm,
    "cancel": lambda gateway: gateway.cancel_payment(OWN, "pi_1"),
    "get": lambda gateway: gateway.get_payment(OWN, "pi_1"),
}
WRITES = ("create", "confirm", "cancel")


def failure(call: str, *steps: Step) -> GatewayError:
    client = ScriptedClient(*steps)
    with pytest.raises(GatewayError) as caught:
        CALLS[call](gateway_over(client))
    assert client.steps == [], "the gateway gave up before the end of the script"
    return caught.value


@pytest.mark.parametrize(
    "error, code",
    [
        (card_error(decline_code="insufficient_funds"), "insufficient_funds"),
        (card_error("expired_card"), "expired_card"),
        (card_error("incorrect_cvc", decline_code="incorrect_cvc"), "incorrect_cvc"),
        ({"type": "card_error", "message": "No."}, "card_declined"),
    ],
)
def test_a_decline_carries_the_banks_reason(error: Json, code: str) -> None:
    declined = failure("confirm", (402, {"error": error}))
    assert isinstance(declined, Declined)
    assert declined.code == code


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("last", [BROKEN, KEY_IN_USE, PROXY_PAGE, lost()])
def test_a_write_without_an_answer_may_have_been_carried_out(call: str, last: Step) -> None:
    problem = failure(call, last, last, last)
    assert isinstance(problem, Unavailable)
    assert problem.outcome_unknown


@pytest.mark.parametrize("last", [BROKEN, KEY_IN_USE, PROXY_PAGE, lost()])
def test_a_read_without_an_answer_changed_nothing(last: Step) -> None:
    problem = failure("get", last, last, last)
    assert isinstance(problem, Unavailable)
    assert not problem.outcome_unknown


def test_an_answer_that_is_no_json_does_not_say_what_happened() -> None:
    client = ScriptedClient((200, b"ok"))
    gateway = StripeGateway("sk_test_1", "pk_test_1", [], "", http_client=client)
    with pytest.raises(Unavailable) as caught:
        confirm(gateway)
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("call", CALLS)
def test_too_many_requests_were_not_carried_out(call: str) -> None:
    problem = failure(call, TOO_MANY)
    assert isinstance(problem, Unavailable)
    assert not problem.outcome_unknown


@pytest.mark.parametrize("first", [BROKEN, KEY_IN_USE, lost()])
@pytest.mark.parametrize("refusal", [TOO_MANY, NO_KEY, NOT_ALLOWED])
def test_a_refusal_at_the_door_does_not_answer_for_an_earlier_attempt(
    first: Step, refusal: Step
) -> None:
    """The first attempt may have charged the payer, whatever the second is told."""
    problem = failure("confirm", first, refusal)
    assert isinstance(problem, Unavailable)
    assert problem.outcome_unknown


def test_a_lost_attempt_of_an_earlier_call_is_not_held_against_the_next() -> None:
    gateway = gateway_over(ScriptedClient(lost(), intent(), TOO_MANY))
    gateway.create_payment(OWN, new_payment())
    with pytest.raises(Unavailable) as caught:
        confirm(gateway)
    assert not caught.value.outcome_unknown


def test_a_refusal_after_a_lost_attempt_is_the_answer_to_both() -> None:
    """Stripe repeats its first answer to the same idempotency key."""
    declined = (402, {"error": card_error(decline_code="lost_card")})
    assert isinstance(failure("confirm", lost(), declined), Declined)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("refusal", [NO_KEY, NOT_ALLOWED, (400, error_body(param="amount"))])
def test_a_refused_request_charged_nothing(call: str, refusal: Step) -> None:
    assert type(failure(call, refusal)) is InvalidRequest


@pytest.mark.parametrize("status", [400, 404])
def test_an_object_that_stripe_does_not_have_is_not_found(status: int) -> None:
    missing = (status, error_body(code="resource_missing", param="intent"))
    assert isinstance(failure("get", missing), NotFound)
    assert isinstance(failure("confirm", missing), NotFound)


def test_a_key_used_for_other_parameters_has_to_be_looked_up() -> None:
    problem = failure("confirm", (400, error_body("idempotency_error")))
    assert isinstance(problem, Unavailable)
    assert problem.outcome_unknown


@pytest.mark.parametrize(
    "call, key", [("create", "pi:pay-7"), ("confirm", "pi:pay-7:confirm:ctoken_1")]
)
def test_every_attempt_of_a_call_uses_one_idempotency_key(call: str, key: str) -> None:
    client = ScriptedClient(lost(), BROKEN, intent("succeeded"))
    CALLS[call](gateway_over(client))
    assert [request.headers["Idempotency-Key"] for request in client.requests] == [key] * 3


def test_calling_again_uses_the_same_key_again() -> None:
    client = ScriptedClient(intent(), intent())
    gateway = gateway_over(client)
    assert gateway.create_payment(OWN, new_payment()) == gateway.create_payment(OWN, new_payment())
    assert len({request.headers["Idempotency-Key"] for request in client.requests}) == 1


def test_another_token_is_another_attempt() -> None:
    client = ScriptedClient((402, {"error": card_error()}), intent("succeeded"))
    gateway = gateway_over(client)
    with pytest.raises(Declined):
        confirm(gateway)
    confirm(gateway, confirmation_token="ctoken_2")
    assert len({request.headers["Idempotency-Key"] for request in client.requests}) == 2


class ChargesByKey:
    """A processor that charges once per idempotency key and loses its first answers."""

    def __init__(self, answers_lost: int) -> None:
        self.answers_lost = answers_lost
        self.charged: dict[str, Json] = {}

    def __call__(self, request: Request) -> Json:
        key = request.headers["Idempotency-Key"]
        self.charged.setdefault(key, intent("succeeded"))
        if self.answers_lost:
            self.answers_lost -= 1
            raise lost()
        return self.charged[key]


def test_a_time_out_after_the_charge_is_retried_into_one_charge() -> None:
    processor = ChargesByKey(answers_lost=2)
    payment = confirm(gateway_over(ScriptedClient(*[processor] * 3)))
    assert payment.status is IntentStatus.SUCCEEDED
    assert len(processor.charged) == 1


def test_when_every_answer_is_lost_a_second_call_still_finds_one_charge() -> None:
    processor = ChargesByKey(answers_lost=3)
    gateway = gateway_over(ScriptedClient(*[processor] * 4))
    with pytest.raises(Unavailable) as caught:
        confirm(gateway)
    assert caught.value.outcome_unknown
    assert confirm(gateway).status is IntentStatus.SUCCEEDED
    assert len(processor.charged) == 1


def test_a_connection_that_was_never_made_carried_out_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(stripe.APIConnectionError) as caught:
        stripe.RequestsClient(timeout=2).request("post", f"http://127.0.0.1:{port}/", {}, "")
    assert never_sent(caught.value.__cause__)


def test_a_connection_cut_after_sending_may_have_carried_it_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            connection, _ = server.accept()
            connection.recv(1024)
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(stripe.APIConnectionError) as caught:
            stripe.RequestsClient(timeout=5).request("post", address, {}, "a=b")
        thread.join()
    assert not never_sent(caught.value.__cause__)


def test_a_write_that_never_left_is_known_not_to_have_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("payments.gateway.transport.never_sent", lambda cause: True)
    problem = failure("confirm", lost(), lost(), lost())
    assert isinstance(problem, Unavailable)
    assert not problem.outcome_unknown
