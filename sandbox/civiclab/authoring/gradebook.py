"""An nbgrader gradebook that exists before nbgrader looks for it.

nbgrader marks a new database with the revision of its schema, and starts the `alembic` program to learn it.
Nothing here starts programs, so the mark is set beforehand, through alembic's own library.
"""

from __future__ import annotations

from alembic.script import ScriptDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect, text


def prepare_gradebook(url: str) -> None:
    """Mark an empty database at `url` as a gradebook of the installed nbgrader; others are left alone."""
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            return
        revision = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    finally:
        engine.dispose()
