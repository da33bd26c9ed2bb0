"""What a newcomer reads in the terminal: where the demo's pages are, and who signs in how."""

import click

from payments.demo.actions import addresses
from payments.demo.asking import emailed
from portal.core import db
from portal.firm import queries
from portal.firm.demo import DEMO_PASSWORD, PEOPLE
from portal.messages.demo import CLIENT, demo_client


def tell_addresses(base_url: str) -> None:
    """Print the addresses, and the demo's sign-ins; a firm of one's own has none of those."""
    click.echo(f"\nRetainer runs on {base_url} – a sandbox: no real money moves.\n")
    for name, url in addresses():
        click.echo(f"  Pay into {name:<28} {url}")
    for name, url in emailed():
        click.echo(f"  {name:<37} {url}")
    with db.read() as session:
        people = [one for one in PEOPLE if queries.user_by_email(session, one[0]) is not None]
        client = demo_client(session)
    for email, name, _title, level in people:
        click.echo(f"  Staff: {email:<16} {DEMO_PASSWORD}   {name}, {level}")
    if client is not None:
        click.echo(f"  Client: {client:<15} a code comes to the mailbox   {CLIENT}")
    click.echo(f"  Staff pages   {base_url}/staff/")
    click.echo(f"  Client portal {base_url}/sign-in")
    click.echo(f"  Mailbox       {base_url}/sandbox/mail\n")
