"""Files of contacts, matters or bills that the firm brings from elsewhere (FEATURES X7)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime, byte_ordered


class ImportState(StrEnum):
    """*new*: columns are to be matched. *checking* and *importing* are read on by a job, row after
    row; *checked* has told what an import would do, and has changed nothing."""

    NEW = "new"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


_STATES = ", ".join(f"'{state}'" for state in ImportState)


class ImportRun(Base):
    """One file, how its columns were matched, and how far it has been read.

    `stored` names the file in the store; a week after the run has ended it is dropped, and this is
    empty. `columns` is the file's first row, `matched` the place of each field's column.
    `read_rows` counts the rows that are behind it: it is written together with what they made, so
    that a run that was killed goes on from there. `added`, `skipped` (there already) and `refused`
    count things, not rows.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint(
            "read_rows >= 0 AND added >= 0 AND skipped >= 0 AND refused >= 0", name="not_negative"
        ),
        Index("ix_import_run_made", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    stored: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    encoding: Mapped[str] = mapped_column(String(20))
    delimiter: Mapped[str] = mapped_column(String(1))
    columns: Mapped[list[str]] = mapped_column(Json)
    matched: Mapped[dict[str, int]] = mapped_column(Json)
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    total_rows: Mapped[int]
    read_rows: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportProblem(Base):
    """Why one row of a file was refused. Of the first thousand only: more are counted."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_run", "import_run_id", "row"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row: Mapped[int]
    column: Mapped[str] = mapped_column(String(200))
    sentence: Mapped[str] = mapped_column(Text)


class ImportKey(Base):
    """What names a thing in the file of one run: the same name twice is told, and is one thing."""

    __tablename__ = "import_key"

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    key: Mapped[str] = mapped_column(byte_ordered(200), primary_key=True)
    row: Mapped[int]


class ImportedThing(Base):
    """By which name of the firm's other system a contact or bill was brought here: the next file
    that names it means this one. `subject_id` is the row's id in the table of its kind. A matter
    needs none: its number is its name here as there."""

    __tablename__ = "imported_thing"
    # The row first: with the kind first, PostgreSQL, which counts a table only later, takes this
    # index to look up five hundred names, and read all that an import has brought so far.
    __table_args__ = (Index("ix_imported_thing_subject", "subject_id", "kind"),)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(byte_ordered(200), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger)
