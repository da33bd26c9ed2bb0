"""`flask db upgrade` and `flask check-log`."""

import os
import re

import click

from portal.core import audit, config, db, log_check, migrations, sealing
from portal.core.log_check import Checked
from portal.core.sealing import Head

KEY_BEFORE = "PREVIOUS_SECRET_KEY"
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@click.group("db")
def database() -> None:
    """The database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the tables to the newest shape."""
    migrations.upgrade(config.current().database_url)
    click.echo("The database is up to date.")


@click.command("check-log")
@click.option(
    "--at-least",
    metavar="POSITION:HASH",
    help="A head that was kept elsewhere: the log must still contain it.",
)
@click.option(
    "--sign-again",
    is_flag=True,
    help="After SECRET_KEY was changed: sign the head with the new one. Needs --at-least, or the "
    f"key before in {KEY_BEFORE}.",
)
def check_log(at_least: str | None, sign_again: bool) -> None:
    """Say whether the activity log is as it was sealed; exit with 1 where it is not.

    See docs/decisions/0006-sealed-log.md for what this finds.
    """
    known = _head(at_least) if at_least else None
    secret_key = config.current().secret_key
    with db.read() as session:
        checked = log_check.check_log(session, secret_key, known)
    if sign_again and checked.only_the_key and _proven(known):
        _sign_again(checked, secret_key)
        return
    _say(checked)
    if not checked.is_whole:
        raise SystemExit(1)
    if sign_again:
        click.echo("The head needs no new signature.")


def _head(typed: str) -> Head:
    found = _HEAD.fullmatch(typed.strip())
    if found is None:
        raise click.BadParameter(
            "must be a position, a colon and 64 hexadecimal digits, as this command prints them",
            param_hint="--at-least",
        )
    return Head(int(found[1]), found[2])


def _say(checked: Checked) -> None:
    for sentence in checked.findings:
        click.echo(sentence)
    sealed = checked.head.position
    click.echo(f"{checked.lines} lines, {sealed} seals. The head is {checked.head}")
    if checked.is_whole:
        click.echo("The activity log is as it was sealed.")


def _proven(known: Head | None) -> bool:
    """Whether something shows that the log is the one that was sealed with the key before."""
    before = os.environ.get(KEY_BEFORE)
    if before is not None:
        with db.read() as session:
            if log_check.check_log(session, before, known).is_whole:
                return True
        raise click.ClickException(f"The head was not signed with {KEY_BEFORE} either.")
    if known is None:
        raise click.UsageError(
            f"Set {KEY_BEFORE} to the key before, or give --at-least with a head that was kept: "
            "otherwise nothing shows that the log was not rewritten."
        )
    return True


def _sign_again(checked: Checked, secret_key: str) -> None:
    with db.transaction() as session:
        if not sealing.sign_again(session, checked.head, secret_key):
            raise click.ClickException("Lines were sealed meanwhile. Run this once more.")
        audit.record(session, "system", "activity_log.signed_again", "activity_log")
    click.echo(f"Signed again with the new SECRET_KEY. The head is {checked.head}")
