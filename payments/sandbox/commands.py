"""`flask sandbox advance 2d` and `flask sandbox deliver`."""

import re
from datetime import timedelta

import click

from payments.sandbox.delivery import deliver
from portal.core import clock, db, demo_clock
from portal.core.jobs import Again

_DURATION = re.compile(r"([0-9]{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.group()
def sandbox() -> None:
    """The sandbox: its clock and its webhooks."""


@sandbox.command("advance")
@click.argument("duration")
def advance(duration: str) -> None:
    """Move the demo clock forward by DURATION, such as 5m, 1h or 2d."""
    match = _DURATION.fullmatch(duration)
    if match is None or int(match[1]) == 0:
        raise click.ClickException("Give a duration such as 5m, 1h or 2d.")
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(**{_UNITS[match[2]]: int(match[1])}))
    click.echo(f"Business time is now {clock.now():%Y-%m-%d %H:%M} UTC.")


@sandbox.command("deliver")
def deliver_now() -> None:
    """Send the webhooks that wait, now."""
    try:
        deliver()
    except Again as later:
        click.echo(f"Sent what waits. More is due at {later.due_at:%Y-%m-%d %H:%M} UTC.")
    else:
        click.echo("Sent what waits.")
