"""Opening the database: durable settings, migrations, and one transaction at a time.

SQLite: WAL, so that readers go on while one writes; `synchronous=FULL`, so that a commit is on the disk
before it is acknowledged; every writing transaction begins IMMEDIATE, so that two writers queue up at its
start and never fail in its middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from civiclab.records.refusals import BadRecords, StorageFull

BUSY_MILLISECONDS = 30_000  # a backup may hold the database this long
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str) -> Engine:
    """An engine on `url`, brought to this version's schema; BadRecords where that can't be."""
    # A failed statement is logged without its values: they are learners' words.
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        _make_sqlite_durable(engine)
    try:
        _migrate(engine)
    except OperationalError as error:
        raise _as_person_error(error) from error
    except DatabaseError as error:
        raise BadRecords(
            "The database is damaged or is not a database. Restore the latest backup.", where=_place(engine)
        ) from error
    return engine


def _place(engine: Engine) -> str:
    return engine.url.database or engine.dialect.name


def _make_sqlite_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, made in code: the package carries its migrations, no ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _migrate(engine: Engine) -> None:
    """To the newest schema, in one transaction: a migration killed midway leaves the old schema whole."""
    script = ScriptDirectory.from_config(alembic_config())
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise BadRecords(
            "The database was written by a newer version (schema {schema}). Install that version or restore "
            "a backup made before the upgrade.",
            where=_place(engine),
            schema=current,
        )
    with engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "head")


def _as_person_error(error: OperationalError) -> Exception:
    text = str(error.orig).lower()
    if "is full" in text or "no space left" in text:
        return StorageFull("The disk is full. Nothing was saved; please tell the person who runs the server.")
    return error


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment of the database."""
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction: all of it is on the disk when the block ends, or none of it."""
    try:
        with Session(engine.execution_options(writes=True)) as session, session.begin():
            yield session
    except OperationalError as error:
        raise _as_person_error(error) from error
