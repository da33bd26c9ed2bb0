"""`flask reconcile`: read the processor now instead of at the next hour."""

import click

from payments.webhooks.reconciler import reconcile


@click.command("reconcile")
def reconcile_now() -> None:
    """Read every processor account's events and every open payment, and record what they show."""
    reconcile()
    click.echo("Read. New events are handled by the worker.")
