"""`flask db upgrade`."""

import click

from portal.core import config, migrations


@click.group("db")
def database() -> None:
    """The database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the newest shape."""
    migrations.upgrade(config.current().database_url)
    click.echo("The database is up to date.")
