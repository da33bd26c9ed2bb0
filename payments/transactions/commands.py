"""`flask check-books`: whether the books are true."""

import click

from payments.transactions import checks
from portal.core import db


@click.command("check-books")
def check_books() -> None:
    """Print what does not hold in the books, and fail. True books print nothing."""
    with db.read() as session:
        found = checks.all_problems(session)
    for sentence in found:
        click.echo(sentence)
    if found:
        raise SystemExit(1)
