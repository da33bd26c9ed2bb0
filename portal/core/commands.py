"""`flask db upgrade`, `flask check-log`, `flask backup` and `flask restore`."""

import os
import re
import sqlite3
from pathlib import Path

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from portal.core import audit, config, db, log_check, migrations, sealing
from portal.core.backups import restoring, taking
from portal.core.backups.archive import Damaged
from portal.core.errors import Conflict
from portal.core.log_check import Checked
from portal.core.sealing import Head
from portal.core.storage import StorageUnavailable

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


# What a full disk, or a store or a database that is away, says.
_BROKEN = (OSError, StorageUnavailable, sqlite3.Error, psycopg.Error, DBAPIError)


def _told(broken: Exception) -> str:
    if isinstance(broken, StorageUnavailable):  # it has no sentence of its own
        return "the store of documents does not answer, or has no room"
    # SQLAlchemy adds its statement and a page of its own, which help nobody at a command line.
    return str(broken.orig if isinstance(broken, DBAPIError) else broken)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write books and documents into a new FILE, while the product runs.

    SECRET_KEY is not in it: keep that apart, in a safe.
    """
    try:
        taken = taking.take(file)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already. Name a new file.") from None
    except _BROKEN as broken:
        raise click.ClickException(f"No backup was made: {_told(broken)}.") from None
    click.echo(f"{file}: the books and {taken.documents} documents, {taken.size_bytes} bytes.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--other-key", is_flag=True, help="The SECRET_KEY of the backup is lost.")
def restore(file: Path, other_key: bool) -> None:
    """Put a backup FILE back into an empty database and store. Stop web and worker first."""
    try:
        documents = restoring.restore(file, with_another_key=other_key)
    except (Damaged, Conflict) as refused:
        raise click.ClickException(f"{refused} Nothing was changed.") from None
    except _BROKEN as broken:
        raise click.ClickException(f"Not restored: {_told(broken)}. Run it again.") from None
    click.echo(f"The books and {documents} documents are back. Now run, in this order:")
    click.echo("  flask check-log      the activity log is whole")
    click.echo("  flask check-books    silent when the books are true")
    click.echo("  flask reconcile      reads what the processor has done since")
    click.echo("Then start web and worker. No payments are taken online, and payment plans wait,")
    click.echo("until somebody has seen to the alerts of the first ten minutes and turns them on:")
    click.echo("what was paid after the backup would be paid twice.")


COMMANDS = (backup, check_log, database, restore)
