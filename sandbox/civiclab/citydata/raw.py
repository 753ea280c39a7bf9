"""The doors: synthetic tables in memory, or as raw files that say what they are.

Raw files hold personal data by design. They are written to a folder that the caller throws away, never
into the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from civiclab.citydata import complaints, counter_queue, residents
from civiclab.citydata.schema import Schema, load_schema
from civiclab.errors import BadContent, BadInput

_MAKERS: dict[str, Callable[[Schema, int, np.random.Generator], dict[str, pd.DataFrame]]] = {
    "complaints": complaints.make,
    "residents": residents.make,
    "counter_queue": counter_queue.make,
}


def generate(schema: Path, rows: int | None, seed: int) -> pd.DataFrame:
    """The main table of `schema` (a `schema.yaml`); the same for the same schema, rows and seed.

    `rows` None takes the schema's number. A table over a calendar has as many rows as its calendar.
    """
    loaded = load_schema(schema)
    return _tables(loaded, rows, seed)[loaded.table]


def generate_tables(schema: Path, rows: int | None, seed: int) -> dict[str, pd.DataFrame]:
    """All tables of `schema`: the main one, and `spans` (ticket_id, start, end, kind, text) for texts."""
    return _tables(load_schema(schema), rows, seed)


def write_raw(schema: Path, rows: int | None, seed: int, folder: Path) -> None:
    """Write every table into `folder` as `<table>.csv`; the first line of each says that it is synthetic."""
    loaded = load_schema(schema)
    for table, frame in _tables(loaded, rows, seed).items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(f"# {marker(loaded, table, len(frame), seed)}\n")
            frame.to_csv(file, index=False, lineterminator="\n")


def marker(schema: Schema, table: str, rows: int, seed: int) -> str:
    """What a generated file says of itself."""
    told = {"synthetic": "true", "table": table, "schema": schema.version, "seed": seed, "rows": rows}
    return "; ".join(f"{key}: {value}" for key, value in {**told, "generator": generator_hash()}.items())


def generator_hash() -> str:
    """The SHA-256 of this package's sources."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _tables(schema: Schema, rows: int | None, seed: int) -> dict[str, pd.DataFrame]:
    wanted = schema.rows if rows is None else rows
    if schema.generator == "counter_queue" and wanted != _grid(schema):
        raise BadInput(
            "{table} has {size} rows, one for each office and hour.", table=schema.table, size=_grid(schema)
        )
    tables = _MAKERS[schema.generator](schema, wanted, np.random.default_rng([seed, schema.version]))
    _hold(schema, tables[schema.table])
    return tables


def _grid(schema: Schema) -> int:
    calendar = schema.need_calendar()
    return calendar.days * len(calendar.hours) * len(schema.offices)


def _hold(schema: Schema, frame: pd.DataFrame) -> None:
    """The frame keeps what its schema promises; anything else is a mistake in the schema or its generator."""
    for name, spec in schema.columns.items():
        column = frame[name]
        wrong = column.isna()
        if spec.values:
            wrong |= ~column.astype(str).isin(list(spec.values))
        if spec.range:
            wrong |= ~column.between(*spec.range)
        if wrong.any():
            value = column[wrong].iloc[0]
            raise BadContent(
                "{column} holds {value}, which its schema does not allow.",
                where=schema.table,
                column=name,
                value=value,
            )
