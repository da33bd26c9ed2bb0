"""`flask create-admin`: the first person of a new firm, and the firm itself if it is not set up."""

import click

from portal.core import db
from portal.core.errors import Refusal
from portal.firm import actions, queries
from portal.firm.actions import LOCALES, FirmDetails
from portal.firm.models import Country, Level
from portal.firm.passwords import hash_password

QUIET_BLUE = "#24425c"


@click.command("create-admin")
@click.option("--email", prompt="Email address", help="What the administrator signs in with.")
@click.option("--name", prompt="Name", help="The administrator's name.")
@click.password_option(help="At least 12 characters. Asked for when it is not given.")
def create_admin(email: str, name: str, password: str) -> None:
    """Make an administrator, and set the firm up first if this is a new one."""
    with db.read() as session:
        details = None if queries.firm(session) else _ask_about_the_firm()
    try:
        password_hash = hash_password(password)
        with db.transaction() as session:
            if details is not None:
                actions.set_up_firm(session, details)
            user = actions.add_user(
                session,
                email=email,
                name=name,
                levels=[Level.ADMINISTRATOR],
                password_hash=password_hash,
            )
    except Refusal as refusal:
        field = getattr(refusal, "field", None)
        raise click.ClickException(f"{field}: {refusal}" if field else str(refusal)) from refusal
    click.echo(f"{user.name} can sign in as {user.email}.")


def _ask_about_the_firm() -> FirmDetails:
    click.echo("No firm is set up yet. This is what clients will see:")
    country = Country(click.prompt("Country", type=click.Choice([one.value for one in Country])))
    zones = {Country.US: "America/New_York", Country.CA: "America/Toronto"}
    legal_name = click.prompt("Legal name of the firm")
    return FirmDetails(
        legal_name=legal_name,
        short_name=click.prompt("Short name", default=legal_name),
        country=country,
        jurisdiction=click.prompt("State or province"),
        locale=click.prompt(
            "Language", type=click.Choice(LOCALES[country]), default=LOCALES[country][0]
        ),
        timezone=click.prompt("Time zone", default=zones[country]),
        colour=click.prompt("Color", default=QUIET_BLUE),
        phone=click.prompt("Phone"),
        email=click.prompt("Email address of the firm"),
        address=click.prompt("Postal address, on one line"),
    )
