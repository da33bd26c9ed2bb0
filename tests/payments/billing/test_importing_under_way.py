"""Imports of bills that are killed, that race with others, and that are long."""

import pytest
from sqlalchemy import event

from payments.billing.actions import issue
from payments.transactions.checks import all_problems
from portal.core import db
from portal.imports import grouping, running
from portal.imports.kinds import named
from portal.imports.models import ImportRun
from tests.factories.billing import TODAY, Office, drafted
from tests.payments.billing.bill_files import ISSUED, Make, bills, row, sheet
from tests.portal.imports.factories import (
    again,
    checked,
    counts,
    ordered_to_import,
    taken,
)
from tests.support.races import at_once

__all__ = ["row"]


def start_and_read(run: ImportRun) -> None:
    ordered_to_import(run)
    running.go_on(run.id)


@pytest.mark.both_databases
def test_X7_an_import_that_was_killed_goes_on_and_adds_each_bill_once(
    desk: Office, row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 2)
    kind, left = named("bills"), [2]
    write = kind.write

    def killed(*args: object) -> None:
        write(*args)  # type: ignore[arg-type]
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(type(kind), "write", lambda _self, *args: killed(*args))
    text = sheet([row(str(number)) for number in range(5001, 5008)])
    run = checked(taken(text, "bills"), **ISSUED)
    with pytest.raises(KeyboardInterrupt):
        start_and_read(run)
    assert len(bills()) == 2
    running.go_on(run.id)
    assert counts(again(run)) == (7, 0, 0)
    assert [one.number for one in bills()] == list(range(5001, 5008))
    with db.read() as session:
        assert all_problems(session) == []


@pytest.mark.both_databases
def test_X7_bills_that_are_issued_meanwhile_and_imported_ones_share_no_number(
    desk: Office, row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "CHUNK_THINGS", 2)
    written = [drafted(desk, desk.sol) for _ in range(8)]
    text = sheet([row(str(number)) for number in range(1001, 1009)])
    run = checked(taken(text, "bills"), **ISSUED)

    def issue_all() -> None:
        for draft in written:
            with db.transaction() as session:
                issue(session, draft, on=TODAY, by="user:ben")

    at_once(issue_all, lambda: start_and_read(run), answers=())
    added, here, refused = counts(again(run))
    assert (added + refused, here) == (8, 0)  # what Sol got is not taken for Cleo's
    numbers = [one.number for one in bills()]
    assert len(set(numbers)) == len(numbers) == 8 + added
    with db.read() as session:
        assert all_problems(session) == []


def test_X7_a_file_of_many_bills_asks_no_more_than_one_of_few(desk: Office, row: Make) -> None:
    def asked(count: int) -> int:
        statements: list[str] = []
        run = checked(taken(sheet([row(f"{count}00{n}") for n in range(count)]), "bills"), **ISSUED)

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            statements.append(statement)

        engine = db.current().engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            start_and_read(run)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    assert asked(40) == asked(4)
