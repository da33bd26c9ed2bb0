"""A backup that was taken while people pay is put back: true, and whole (X8)."""

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text

from payments.transactions import actions
from payments.transactions.states import Status
from payments.webhooks.models import ProcessorEvent
from payments.webhooks.reconciler import reconcile
from portal.core import config, db, migrations, storage
from portal.core.backups import postgres_books
from portal.notifications.models import Alert
from tests.factories.payments import Links, Payer, books_problems, payments
from tests.factories.unattended import pass_time
from tests.promises.backups import Command, made_by_migrations, take_payments_online
from tests.support import s3
from tests.support.databases import Databases

TURNED_OFF = {"alert", "audit_entry", "payment_settings"}
"""What a restore changes, so that nothing is taken online for now."""
DOCUMENTS = {f"files/{number}": os.urandom(70_000 + number) for number in range(5)}


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with db.read() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in db.Base.metadata.sorted_tables
        }


@pytest.mark.both_databases
def test_X8_every_row_and_document_comes_back_as_it_was(
    app: Flask, links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    Payer(app).pay(links.operating)
    made_by_migrations()
    for name, content in DOCUMENTS.items():
        storage.put(name, [content])
    before = rows()
    code, said = flask("backup", str(backup))
    assert (code, "5 documents" in said) == (0, True), said
    assert backup.stat().st_mode & 0o077 == 0
    elsewhere()
    code, said = flask("restore", str(backup))
    assert (code, "5 documents are back" in said) == (0, True), said
    after = rows()
    assert all(line in after["audit_entry"] for line in before["audit_entry"])
    assert {name for name in before if after[name] != before[name]} == TURNED_OFF
    for name, content in DOCUMENTS.items():
        assert hashlib.sha256(storage.fetch(name)).digest() == hashlib.sha256(content).digest()
    take_payments_online()
    Payer(app).pay(links.operating)  # rows are numbered on from there
    assert books_problems(app) == []


@pytest.mark.both_databases
def test_X8_taken_while_people_pay_it_is_true_and_what_came_later_is_told(
    app: Flask,
    links: Links,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
    run_jobs: Callable[[], int],
) -> None:
    made_by_migrations()
    Payer(app).pay(links.operating)
    with people_paying(app, links):
        assert flask("backup", str(backup))[0] == 0
    Payer(app).pay(links.operating)
    at_the_processor = {payment.intent_id for payment in payments()}
    elsewhere()
    assert flask("restore", str(backup))[0] == 0
    assert flask("check-log")[0] == 0
    assert flask("check-books") == (0, "")
    known = {payment.intent_id for payment in payments()}
    assert 0 < len(known) < len(at_the_processor)
    pass_time(timedelta(days=3))
    reconcile()
    run_jobs()
    pass_time(timedelta(minutes=10))  # until then it could be an attempt of ours on its way
    run_jobs()
    begun = [payment for payment in payments() if payment.intent_id is not None]
    assert {payment.status for payment in begun} == {Status.COMPLETED}
    # What each of the two was just beginning is in the backup by our name alone: that is an alert.
    assert {payment.intent_id for payment in begun} | put_aside() == at_the_processor
    assert len(put_aside()) <= 2
    assert {payment.public_id for payment in begun if payment.intent_id not in known} == told_of()
    assert books_problems(app) == []


@pytest.mark.both_databases
def test_X8_a_payment_that_was_just_being_made_is_told_and_not_taken_for_abandoned(
    app: Flask,
    links: Links,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The backup knows the try, and not yet under which name the processor took the money."""
    made_by_migrations()
    keep_intent = actions.keep_intent

    def kept_after_the_backup(payment_id: int, intent_id: str) -> bool:
        assert flask("backup", str(backup))[0] == 0
        return keep_intent(payment_id, intent_id)

    monkeypatch.setattr(actions, "keep_intent", kept_after_the_backup)
    Payer(app).pay(links.operating)
    taken = {payment.intent_id for payment in payments()}
    elsewhere()
    assert flask("restore", str(backup))[0] == 0
    pass_time(timedelta(days=3))
    reconcile()
    run_jobs()
    pass_time(timedelta(minutes=10))
    run_jobs()
    assert [payment.status for payment in payments()] == [Status.CANCELED]
    assert put_aside() == taken
    assert books_problems(app) == []


@contextmanager
def people_paying(app: Flask, links: Links) -> Generator[None]:
    """Two people pay one payment after the other, one of them at least before this begins."""
    enough, paying = Event(), Event()

    def pay() -> None:
        while not enough.is_set():
            Payer(app).pay(links.operating)
            paying.set()

    payers = [Thread(target=pay) for _ in range(2)]
    for one in payers:
        one.start()
    assert paying.wait(60)
    yield
    enough.set()
    for one in payers:
        one.join()


def told_of() -> set[str]:
    """The payments that the staff are told of as found at the processor."""
    with db.read() as session:
        told = session.scalars(select(Alert.subject).where(Alert.kind == "found_at_stripe"))
        return {subject.removeprefix("payment:") for subject in told}


def put_aside() -> set[str | None]:
    """The processor's payments that no row here belongs to."""
    with db.read() as session:
        aside = select(ProcessorEvent.intent_id).where(ProcessorEvent.problem.is_not(None))
        return set(session.scalars(aside))


def test_X8_documents_in_a_bucket_are_copied_from_there(
    links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    made_by_migrations()
    with s3.running() as server:
        config.use(replace(config.current(), storage=s3.new_bucket(server)))
        storage.put("files/1", [b"hello"])
        code, said = flask("backup", str(backup))
    assert (code, " 1 documents" in said) == (0, True), said
    elsewhere()
    assert flask("restore", str(backup))[0] == 0
    assert storage.fetch("files/1") == b"hello"


@pytest.mark.both_databases
def test_X8_a_backup_of_an_older_version_is_brought_up_to_date(
    databases: Databases,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with databases.empty() as older, monkeypatch.context() as then:
        migrations.upgrade(older, "0008")
        db.connect(older)
        known = inspect(db.current().engine).get_table_names()
        tables = [one for one in postgres_books._tables() if one in known]
        then.setattr(postgres_books, "_tables", lambda: tables)
        with db.transaction() as session:
            session.execute(text("INSERT INTO worker_heartbeat VALUES ('ours', '2026-01-01')"))
        assert flask("backup", str(backup))[0] == 0
        db.disconnect()
    elsewhere()
    code, said = flask("restore", str(backup))
    assert code == 0, said
    url = db.current().url.render_as_string(hide_password=False)
    assert migrations.current_differs(url) == []
    with db.read() as session:
        assert session.scalar(text("SELECT worker FROM worker_heartbeat")) == "ours"


def test_X8_a_backup_goes_into_an_empty_place_only(
    app: Flask, links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    Payer(app).pay(links.operating)
    made_by_migrations()
    assert flask("backup", str(backup))[0] == 0
    code, said = flask("restore", str(backup))
    assert (code, "There are books already" in said) == (1, True), said
    code, said = flask("backup", str(backup))
    assert (code, "is there already" in said) == (1, True), said
    elsewhere()
    assert flask("restore", str(backup))[0] == 0
    assert len(payments()) == 1


def test_X8_another_key_is_said_before_anything_is_changed(
    links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    made_by_migrations()
    assert flask("backup", str(backup))[0] == 0
    elsewhere()
    config.use(replace(config.current(), secret_key="another-" + "k" * 32))
    code, said = flask("restore", str(backup))
    assert (code, "another SECRET_KEY" in said) == (1, True), said
    assert flask("restore", "--other-key", str(backup))[0] == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("a byte", "is not as it was written"),
        ("the end", "This is not a whole backup"),
        ("not one", "This is not a whole backup"),
        ("another tar", "its list of contents is missing"),
    ],
)
def test_X8_a_damaged_backup_is_found_and_changes_nothing(
    spoil: str,
    told: str,
    links: Links,
    backup: Path,
    flask: Command,
    elsewhere: Callable[[], None],
) -> None:
    made_by_migrations()
    storage.put("files/1", [b"x" * 50_000])
    assert flask("backup", str(backup))[0] == 0
    content = bytearray(backup.read_bytes())
    if spoil == "a byte":
        content[content.index(b"x" * 50_000) + 100] = 0
    others = {"the end": content[:-20_000], "not one": b"hello", "another tar": bytes(10_240)}
    backup.write_bytes(others.get(spoil, content))
    elsewhere()
    code, said = flask("restore", str(backup))
    assert (code, told in said, "Nothing was changed." in said) == (1, True, True), said
    assert list(storage.listed("")) == []
