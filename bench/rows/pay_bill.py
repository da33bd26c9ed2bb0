"""The page of a bill beside R, a bare Flask page of the same size."""

from sqlalchemy import select

from bench.harness.bills import add_debtor
from bench.harness.firm import SANDBOX, STRIPE, BenchFirm, bench_firm
from bench.harness.servers import granian
from bench.harness.table import Table
from bench.rows.pay import COUNT, bare_template, compare

GOAL_RATIO = 0.6
OTHER_BILLS = 3  # so that the page offers the whole balance


def furnish(firm: BenchFirm) -> str:
    """A client with several bills, one of which has a copied link; answers the path of its page."""
    from app import create_app
    from payments.billing.handed_out import Channel
    from payments.billing.handing_out import hand_out
    from payments.billing.models import Bill
    from portal.core import db

    create_app(firm.settings(**SANDBOX))
    debtor = add_debtor(firm, open_bills=1 + OTHER_BILLS)
    with db.transaction() as session:
        newest = select(Bill).where(Bill.client_id == debtor.client_id).order_by(Bill.id.desc())
        link = hand_out(
            session,
            channel=Channel.LINK,
            bank_account_id=firm.account_id,
            by="bench",
            bill=session.scalars(newest).first(),
        )
        return f"/bills/{link.token}"


def measure(firm: BenchFirm, path: str, table: Table) -> None:
    """The page with Stripe's keys, and R in the same rounds."""
    with granian("product", firm.given(**STRIPE)) as product:
        page = bare_template(product.page(path))
        table.note("bytes of the page", str(len(product.page(path).encode())))
        given = {"database": firm.environ["DATABASE_URL"], "page": page}
        with granian("bare_page", given) as bare:
            servers = {"R": bare, "bill page": product}
            paths = {"R": f"/pay/{firm.link_token}", "bill page": path}
            for connections in COUNT:
                compare(table, servers, paths, connections, GOAL_RATIO)


def main() -> None:
    """Measure and print."""
    table = Table("Bill page")
    with bench_firm() as firm:
        measure(firm, furnish(firm), table)
    table.show()


if __name__ == "__main__":
    main()
