"""**Submit payment** beside a bare form post with one transaction.

Once with a processor that answers at once, once with the sandbox, whose own book-keeping (a second
durable database, webhooks to deliver) counts in.
"""

import secrets
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from bench.harness.firm import SANDBOX, STRIPE, BenchFirm, bench_firm
from bench.harness.load import Answers, request
from bench.harness.rounds import interleaved, told
from bench.harness.servers import Server, granian
from bench.harness.table import Table

ROUNDS = 5
COUNT = {1: 60, 8: 120}
GOAL_RATIO = 0.3
GOAL_P99_MS = 90.0
CENTS = 12_500
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _presses(firm: BenchFirm, link_id: int, tokens: list[str]) -> list[bytes]:
    """A press of the button for each token, each out of a review of its own."""
    from payments.checkout.details import Details
    from payments.checkout.state import Reviewed
    from payments.gateway.results import MethodKind

    details = Details(
        CENTS,
        "Dana Whitfield",
        "dana@payer.test",
        "Lease review",
        "INV-7",
        "95814",
        MethodKind.CARD,
    )
    path = f"/pay/{firm.link_token}/submit"
    return [
        request(
            "POST",
            path,
            urlencode(
                {
                    "attempt": Reviewed(
                        secrets.token_urlsafe(18), link_id, details, token, "Visa •••• 4242", ""
                    ).sign()
                }
            ).encode(),
            FORM,
        )
        for token in tokens
    ]


def _made_up_tokens(count: int) -> list[str]:
    return [f"ctoken_{secrets.token_hex(12)}" for _ in range(count)]


def _sandbox_tokens(count: int) -> list[str]:
    from payments.sandbox.current import sandbox
    from payments.sandbox.tokens import enter_test_number

    with sandbox().service.writing(None) as desk:
        return [enter_test_number(desk, "card", "4242424242424242", "Dana") for _ in range(count)]


def _submit(
    server: Server, firm: BenchFirm, link_id: int, tokens: Callable[[int], list[str]], n: int
) -> Answers:
    count = COUNT[n]
    return server.ask(_presses(firm, link_id, tokens(count)), count, n)


def _post_form(server: Server, n: int) -> Answers:
    form = {"amount": "125.00", "name": "Dana Whitfield", "email": "dana@payer.test"}
    return server.ask([request("POST", "/pay", urlencode(form).encode(), FORM)], COUNT[n], n)


def measure(firm: BenchFirm, link_id: int, table: Table) -> None:
    """The bare form, and the product on both processors."""
    at_once = {**firm.given(**STRIPE), "unlimited": True, "at_once": "pending"}
    with (
        granian("bare_form", {"database": f"sqlite:///{firm.var / 'bare.db'}"}) as bare,
        granian("product", at_once) as quick,
        granian("product", {**firm.given(**SANDBOX), "unlimited": True}) as sandbox,
    ):
        for n in COUNT:
            found = interleaved(
                {
                    "bare": partial(_post_form, bare, n),
                    "processor at once": partial(_submit, quick, firm, link_id, _made_up_tokens, n),
                    "sandbox": partial(_submit, sandbox, firm, link_id, _sandbox_tokens, n),
                },
                ROUNDS,
            )
            at = f"{n} connection{'s' if n > 1 else ''}"
            for name, one in found.items():
                table.note(f"{at}, {name}", told(one))
            one = found["processor at once"]
            ratio = one.per_second / found["bare"].per_second
            table.at_least(f"{at}: of the bare form", ratio, GOAL_RATIO)
            ratio = found["sandbox"].per_second / found["bare"].per_second
            table.note(f"{at}: of the bare form, sandbox", f"{ratio:.2f}")
            if n == 8:
                table.at_most(f"{at}: p99 in ms", one.p99, GOAL_P99_MS, "{:.1f}")


def main() -> None:
    """Measure and print."""
    from app import create_app
    from payments.links.queries import live_link
    from portal.core import db

    table = Table("Submit payment")
    with bench_firm() as firm:
        create_app(firm.settings(**SANDBOX))
        with db.read() as session:
            link = live_link(session, firm.link_token)
        assert link is not None
        measure(firm, link.link_id, table)
    table.show()


if __name__ == "__main__":
    main()
