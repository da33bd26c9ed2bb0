"""A QR code drawn once and kept, beside drawing it anew."""

import time
from functools import partial

from bench.harness.rounds import median_seconds
from bench.harness.table import Table
from payments.links import qr

ROUNDS = 5
CODES = 20
URL = "https://pay.firm.example/pay/{:032d}"


def _draw(first: int) -> float:
    began = time.perf_counter()
    for number in range(first, first + CODES):
        qr.svg(URL.format(number))
    return time.perf_counter() - began


def _drawn_anew() -> float:
    qr.svg.cache_clear()
    qr.modules.cache_clear()
    return _draw(0)


def main() -> None:
    """Measure and print."""
    table = Table("QR code (SVG)")
    found = median_seconds({"drawn anew": _drawn_anew, "kept": partial(_draw, 0)}, ROUNDS)
    for name, seconds in found.items():
        table.note(name, f"{seconds / CODES * 1_000:.3f} ms")
    table.show()


if __name__ == "__main__":
    main()
