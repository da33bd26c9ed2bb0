"""`flask check-books`: the books recompute themselves."""

import sys

import click

from payments.ledger import checks as ledger
from portal.core import db


@click.command("check-books")
def check_books() -> None:
    """Say nothing when the books are true; else say what is not, and exit with 1."""
    with db.read() as session:
        found = ledger.problems(session)
    for sentence in found:
        click.echo(sentence)
    sys.exit(1 if found else 0)
