"""The staff page Transactions with fifty payments on it, beside a bare page with as many rows."""

from functools import partial

from bench.harness.firm import SANDBOX, bench_firm
from bench.harness.load import request
from bench.harness.payments import add_payments
from bench.harness.rounds import interleaved, told
from bench.harness.servers import granian
from bench.harness.staff import TRANSACTIONS, signed_in
from bench.harness.table import Table

ROUNDS = 7
COUNT = {1: 150, 8: 240}
PAYMENTS = 500
GOAL_RATIO = 0.4


def _parts(page: str) -> dict[str, str]:
    """What stands before and after the rows of the table, and the icon of a badge."""
    before, _, rest = page.partition('<tbody role="rowgroup"')
    opening, _, rows = rest.partition(">")
    rows, _, after = rows.partition("</tbody>")
    badge = rows[rows.index('<span class="badge') :]
    icon = badge[badge.index("<svg") : badge.index("</svg>") + len("</svg>")]
    return {
        "before": f'{before}<tbody role="rowgroup"{opening}>',
        "after": f"</tbody>{after}",
        "icon": icon,
    }


def main() -> None:
    """Measure and print."""
    table = Table(f"Staff, Transactions ({PAYMENTS} payments, 50 shown)")
    with bench_firm() as firm:
        add_payments(firm.environ["DATABASE_URL"], firm.account_id, PAYMENTS)
        asked = request("GET", TRANSACTIONS, headers=signed_in(firm))
        with granian("product", firm.given(**SANDBOX)) as product:
            page = product.ask([asked], 1).last_body.decode()
            assert "tab-completed" in page, page[:500]
            given = {"database": firm.environ["DATABASE_URL"], **_parts(page)}
            with granian("bare_table", given) as bare:
                plain = request("GET", "/table")
                table.note("bytes of the page, product", str(len(page.encode())))
                table.note("bytes of the page, R", str(len(bare.page("/table").encode())))
                for n, count in COUNT.items():
                    found = interleaved(
                        {
                            "R": partial(bare.ask, [plain], count, n),
                            "product": partial(product.ask, [asked], count, n),
                        },
                        ROUNDS,
                    )
                    at = f"{n} connection{'s' if n > 1 else ''}"
                    for name, one in found.items():
                        table.note(f"{at}, {name}", told(one))
                    ratio = found["product"].per_second / found["R"].per_second
                    table.at_least(f"{at}: of R", ratio, GOAL_RATIO)
    table.show()


if __name__ == "__main__":
    main()
