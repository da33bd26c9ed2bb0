"""A QR code drawn once and kept: drawing it anew, and serving it beside a bare one-row answer."""

import time
from functools import partial

from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.load import request
from bench.harness.rounds import interleaved, median_seconds, told
from bench.harness.servers import granian
from bench.harness.staff import signed_in
from bench.harness.table import Table
from portal.core import qr

ROUNDS = 7
CODES = 20
COUNT = {1: 200, 8: 400}
GOAL_RATIO = 0.8
URL = "https://pay.firm.example/pay/{:032d}"


def _draw() -> float:
    began = time.perf_counter()
    for number in range(CODES):
        qr.svg(URL.format(number))
    return time.perf_counter() - began


def _draw_anew() -> float:
    qr.svg.cache_clear()
    qr.modules.cache_clear()
    return _draw()


def _path(firm: BenchFirm) -> str:
    from payments.accounts.models import BankAccount
    from portal.core import db

    db.connect(firm.environ["DATABASE_URL"])
    with db.read() as session:
        public_id = session.get_one(BankAccount, firm.account_id).public_id
    db.disconnect()
    return f"/staff/online-payments/accounts/{public_id}/qr-code.svg"


def _served(table: Table, firm: BenchFirm) -> None:
    asked = request("GET", _path(firm), headers=signed_in(firm))
    with granian("product", firm.given(**SANDBOX)) as product:
        body = product.ask([asked], 1).last_body.decode()
        assert body.startswith("<svg"), body[:200]
        given = {"database": firm.environ["DATABASE_URL"], "token": firm.link_token, "body": body}
        with granian("bare_file", given) as bare:
            for n, count in COUNT.items():
                contenders = {
                    "bare": partial(bare.ask, [request("GET", "/file")], count, n),
                    "product": partial(product.ask, [asked], count, n),
                }
                found = interleaved(contenders, ROUNDS)
                at = f"served, {n} connection{'s' if n > 1 else ''}"
                for name, one in found.items():
                    table.note(f"{at}, {name}", told(one))
                ratio = found["product"].per_second / found["bare"].per_second
                table.at_least(f"{at}: of a bare one-row answer", ratio, GOAL_RATIO)


def main() -> None:
    """Measure and print."""
    table = Table("QR code (SVG)")
    found = median_seconds({"drawn anew": _draw_anew, "kept": _draw}, ROUNDS)
    for name, seconds in found.items():
        table.note(name, f"{seconds / CODES * 1_000:.3f} ms")
    with bench_firm() as firm:
        _served(table, firm)
    table.show()


if __name__ == "__main__":
    main()
