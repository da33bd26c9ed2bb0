"""`flask import contacts|matters|bills FILE`: the same import as in Settings, at the keyboard."""

from collections.abc import Sequence
from pathlib import Path

import click

from portal.core import db
from portal.core.errors import Refusal
from portal.firm import queries as firm_queries
from portal.imports import actions, queries, running
from portal.imports.kinds import Kind, kinds, named
from portal.imports.models import ImportRun, ImportState

BY = "system"


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be added, and what is wrong.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help="Which column of the file holds a field, where its heading does not tell.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="What holds for the whole file, such as days=dmy.",
)
def import_file(
    kind: str, file: Path, dry_run: bool, columns: Sequence[str], options: Sequence[str]
) -> None:
    """Import the CSV file FILE of contacts, matters or bills.

    Every row is checked first. Rows that are refused are printed and left out, and the command
    ends with 1. What is here already is not added again: a command that was stopped is run again.
    """
    chosen = _kind(kind)
    headings, said = _headings(chosen, columns), dict(_pair(one, "--option") for one in options)
    try:
        with db.read() as session:
            if firm_queries.firm(session) is None:
                raise click.ClickException("Set the firm up first: flask create-admin")
        with file.open("rb") as opened:
            run = actions.take_file(chosen, file.name, opened, by=BY)
        run = _checked(run, headings, said)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    _print_problems(run)
    if dry_run or not run.added:
        _say(chosen, run, "would be added" if dry_run else "added")
        actions.forget(run.public_id)
    else:
        run = _imported(run)
        _say(chosen, run, "added")
    if run.refused:
        raise SystemExit(1)


def _kind(name: str) -> Kind:
    names = [one.name for one in kinds()]
    if name not in names:
        raise click.BadParameter(f"must be one of: {', '.join(names)}", param_hint="KIND")
    return named(name)


def _checked(run: ImportRun, headings: dict[str, str], options: dict[str, str]) -> ImportRun:
    places = {heading: place for place, heading in reversed(list(enumerate(run.columns)))}
    chosen = {field: places.get(heading, -1) for field, heading in headings.items()}
    matched, said = run.matched | chosen, run.options | options
    try:
        with db.transaction() as session:
            kept = session.get_one(ImportRun, run.id, with_for_update=True)
            actions.check(session, kept, matched, said, queued=False)
    except actions.Unmatched as wrong:
        actions.forget(run.public_id)
        told = "; ".join(f"{name}: {sentence}" for name, sentence in wrong.errors.items())
        raise click.ClickException(f"{told} Headings: {', '.join(run.columns)}") from wrong
    return _read_to_its_end(run)


def _imported(run: ImportRun) -> ImportRun:
    with db.transaction() as session:
        kept = session.get_one(ImportRun, run.id, with_for_update=True)
        actions.start(session, kept, by=BY, queued=False)
    return _read_to_its_end(run)


def _read_to_its_end(run: ImportRun) -> ImportRun:
    running.read_on(run.id)
    with db.read() as session:
        kept = session.get_one(ImportRun, run.id)
    if kept.state not in (ImportState.CHECKED, ImportState.DONE):
        raise click.ClickException(kept.failure or "The import stopped.")
    return kept


def _headings(kind: Kind, columns: Sequence[str]) -> dict[str, str]:
    """The heading that was said for each of some fields."""
    said = dict(_pair(one, "--column") for one in columns)
    fields = [field.name for field in kind.fields]
    for name in said:
        if name not in fields:
            raise click.BadParameter(
                f"there is no field {name}; there are: {', '.join(fields)}", param_hint="--column"
            )
    return said


def _pair(typed: str, option: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals:
        raise click.BadParameter(f"{typed} needs a = between name and value", param_hint=option)
    return name.strip(), value.strip()


def _print_problems(run: ImportRun) -> None:
    before = None
    while True:
        with db.read() as session:
            page = queries.problems(session, run.id, before=before)
        for one in page.rows:
            place = f"Row {one.row}, {one.column}" if one.column else f"Row {one.row}"
            click.echo(f"{place}: {one.sentence}", err=True)
        if page.older_than is None:
            return
        before = page.older_than


def _say(kind: Kind, run: ImportRun, what: str) -> None:
    added = kind.counted(run.added, f"{run.added:,}")
    click.echo(f"{added} {what}, {run.skipped:,} here already, {run.refused:,} refused.")
