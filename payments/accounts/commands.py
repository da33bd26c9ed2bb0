"""`flask add-account`: one more bank account of the firm."""

import click

from payments.accounts import actions
from payments.accounts.models import AccountKind
from portal.core import db
from portal.core.errors import Refusal
from portal.firm.brand import brand


@click.command("add-account")
@click.argument("name")
@click.option("--kind", type=click.Choice([one.value for one in AccountKind]), required=True)
@click.option("--label", required=True, help="What payers read instead of the name.")
@click.option("--stripe-account", help="acct_…; left out for the firm's own Stripe account.")
@click.option("--statement", default="", help="Ends the line on the payer's card statement.")
def add_account(
    name: str, kind: str, label: str, stripe_account: str | None, statement: str
) -> None:
    """Add the bank account NAME. Its connection is checked as soon as the worker runs."""
    try:
        with db.transaction() as session:
            account = actions.add_account(
                session,
                name=name,
                public_label=label,
                kind=kind,
                currency=brand(session).currency,
                processor_account=stripe_account,
                statement_suffix=statement,
            )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{account.name} was added. Its link appears under Online payments, New charge.")
