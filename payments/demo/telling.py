"""What a newcomer reads in the terminal: where the demo's pages are, and who signs in how."""

import click

from payments.demo.actions import addresses
from portal.firm.demo import DEMO_PASSWORD, PEOPLE


def tell_addresses(base_url: str) -> None:
    """Print the addresses and sign-ins of the demo firm."""
    click.echo(f"\nRetainer runs on {base_url} – a sandbox: no real money moves.\n")
    for name, url in addresses():
        click.echo(f"  Pay into {name:<28} {url}")
    for email, name, _title, level in PEOPLE:
        click.echo(f"  Staff: {email:<16} {DEMO_PASSWORD}   {name}, {level}")
    click.echo(f"  Staff pages   {base_url}/staff/")
    click.echo(f"  Mailbox       {base_url}/sandbox/mail\n")
