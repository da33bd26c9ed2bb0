"""`flask create-admin`: the first person of a new firm, and the firm itself if it is not set up."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from sqlalchemy import inspect

from portal.core import config, db
from portal.core.errors import Conflict, Invalid, Refusal
from portal.firm import actions, queries
from portal.firm.actions import LOCALES, FirmDetails
from portal.firm.addresses import checked_email
from portal.firm.models import Country, Firm, Level, User
from portal.firm.passwords import hash_password

QUIET_BLUE = "#24425c"
ZONES = {Country.US: "America/New_York", Country.CA: "America/Toronto"}

Answers = dict[str, Any]


@click.command("create-admin")
@click.option("--email", prompt="Email address", help="What the administrator signs in with.")
@click.option("--name", prompt="Name", help="The administrator's name.")
@click.password_option(help="At least 15 characters. Asked for when it is not given.")
def create_admin(email: str, name: str, password: str) -> None:
    """Make an administrator, and set the firm up first if this is a new one.

    The person's own details are checked before the firm is asked about, and an answer about the
    firm that cannot be used is asked for again by itself: nobody types ten answers twice.
    """
    _expect_tables()
    try:
        password_hash = hash_password(password, known=(email, name))
        with db.read() as session:
            new_firm = queries.firm(session) is None
            if queries.user_by_email(session, checked_email(email)) is not None:
                raise Conflict(f"There is a user with the address {checked_email(email)} already.")
        answers = _ask_about_the_firm() if new_firm else None
        user = _make(answers, email=email, name=name, password_hash=password_hash)
    except Refusal as refusal:
        field = getattr(refusal, "field", None)
        raise click.ClickException(f"{field}: {refusal}" if field else str(refusal)) from refusal
    click.echo(f"{user.name} can sign in as {user.email}.")
    if new_firm:
        click.echo(f"Go on at {config.current().base_url}/staff/: Settings leads through the rest.")


def _expect_tables() -> None:
    with db.read() as session:
        if not inspect(session.connection()).has_table(Firm.__tablename__):
            raise click.ClickException(
                "The database has no tables yet. Make them first: flask db upgrade"
            )


def _make(answers: Answers | None, **person: str) -> User:
    """Keep the administrator, and first the firm, asking again for what it cannot be made of."""
    while True:
        try:
            with db.transaction() as session:
                if answers is not None:
                    actions.set_up_firm(session, FirmDetails(**answers))
                return actions.add_user(session, levels=[Level.ADMINISTRATOR], **person)
        except Invalid as wrong:
            # The person's address was checked before: what is wrong now is the firm's.
            if answers is None or wrong.field not in answers:
                raise
            click.echo(f"{wrong.field}: {wrong}", err=True)
            answers[wrong.field] = _QUESTIONS[wrong.field](answers)


def _asks(text: str, default: Callable[[Answers], str] | None = None) -> Callable[[Answers], str]:
    return lambda given: click.prompt(text, default=default(given) if default else None)


def _chooses(
    text: str, options: Callable[[Answers], Iterable[str]], *, first: bool = False
) -> Callable[[Answers], str]:
    def ask(given: Answers) -> str:
        names = list(options(given))
        return click.prompt(text, type=click.Choice(names), default=names[0] if first else None)

    return ask


_QUESTIONS: dict[str, Callable[[Answers], str]] = {
    "country": _chooses("Country", lambda _given: [one.value for one in Country]),
    "legal_name": _asks("Legal name of the firm"),
    "short_name": _asks("Short name", lambda given: given["legal_name"]),
    "jurisdiction": _asks("State or province"),
    "locale": _chooses("Language", lambda given: LOCALES[Country(given["country"])], first=True),
    "timezone": _asks("Time zone", lambda given: ZONES[Country(given["country"])]),
    "colour": _asks("Color", lambda _given: QUIET_BLUE),
    "phone": _asks("Phone"),
    "email": _asks("Email address of the firm"),
    "address": _asks("Postal address, on one line"),
}


def _ask_about_the_firm() -> Answers:
    click.echo("No firm is set up yet. This is what clients will see:")
    answers: Answers = {}
    for field, ask in _QUESTIONS.items():
        answers[field] = ask(answers)
    return answers
