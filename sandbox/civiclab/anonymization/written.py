"""The gate's reading of a written file: its form, cells and order. Reads bytes; knows nothing of recoding."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from civiclab.anonymization.findings import Finding
from civiclab.anonymization.leftovers import leftovers
from civiclab.anonymization.recipe import Column, Recipe, ReleaseFile

# Headers that say what a column is, whatever the recipe calls it.
_TELLING = re.compile(
    r"(?i)(^|_)(name|phone|mobile|tel|rrn|ssn|email|address|person_id|citizen_id)($|_)|성명|이름|전화|주민|주소|연락처"
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}|\d[T ]\d{2}\d{2}")


@dataclass(frozen=True)
class Table:
    """A CSV file as its header and rows of text; `note` is a first line that starts with #."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of a column."""
        at = self.header.index(name)
        return tuple(row[at] for row in self.rows)

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Every column's cells."""
        return {name: self.column(name) for name in self.header}


def read_table(path: Path) -> Table:
    """The table in `path`; ValueError when it is not UTF-8 or a row has another number of cells."""
    text = path.read_bytes().decode("utf-8")
    note, text = text.split("\n", 1) if text.startswith("#") else ("", text)
    header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    if any(len(row) != len(header) for row in rows):
        raise ValueError("a row has another number of cells than the header")
    return Table(tuple(header), tuple(tuple(row) for row in rows), note)


def check_shape(recipe: Recipe, file: ReleaseFile, table: Table) -> Iterator[Finding]:
    """The declared columns only, in their order, none that identifies; the header in the first line."""
    if table.note:
        yield Finding("form", file.name, figure="first line is not the header")
    for kind in leftovers(file.name, surrogates=False):
        yield Finding("file_name", file.name, figure=kind)
    if table.header != file.columns:
        extra = [name for name in table.header if name not in file.columns]
        lost = [name for name in file.columns if name not in table.header]
        figure = f"+{','.join(extra)} -{','.join(lost)}" if extra or lost else "order"
        yield Finding("columns", file.name, ",".join(extra or lost), figure)
    for name in table.header:
        column = recipe.columns.get(name)
        if (
            (column and column.role == "identifier")
            or (column is None and name != "kind")
            or _TELLING.search(name)
        ):
            yield Finding("identifier_column", file.name, name)


def check_cells(recipe: Recipe, file: ReleaseFile, table: Table) -> Iterator[Finding]:
    """No empty cell, only known values, no identifier left anywhere."""
    for name, cells in table.columns.items():
        column = recipe.columns.get(name)
        if empty := sum(not cell.strip() for cell in cells):
            yield Finding("empty_cell", file.name, name, str(empty))
        if column and file.holds == "rows":
            yield from _known(recipe, file, name, column, cells)
            yield from _grain(file, name, column, cells)
        text = bool(column) and column is not None and column.role == "free_text"
        kinds = Counter(kind for cell in set(cells) for kind in leftovers(cell, surrogates=text))
        if kinds:
            figure = ", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items()))
            yield Finding("leftover", file.name, name, figure)


def _known(
    recipe: Recipe, file: ReleaseFile, name: str, column: Column, cells: tuple[str, ...]
) -> Iterator[Finding]:
    """One level of the hierarchy, or the declared values or range, must take every cell."""
    if column.role == "count":
        levels: list[Callable[[str], bool]] = [str.isdigit]
    elif column.role in ("quasi", "sensitive", "attribute"):
        levels = list(_levels(recipe, column))
    else:
        return
    distinct = set(cells)
    strangers = min((sum(not takes(cell) for cell in distinct) for takes in levels), default=len(distinct))
    if strangers:
        yield Finding("unknown_value", file.name, name, str(strangers))


def _levels(recipe: Recipe, column: Column) -> Iterator[Callable[[str], bool]]:
    if column.values:
        yield lambda cell: cell in column.values
    if column.hierarchy is None:
        if column.range:
            yield lambda cell: _number_fits(cell, column)
        return
    hierarchy = recipe.hierarchies[column.hierarchy]
    if hierarchy.bands:
        for width in (1, *hierarchy.bands):
            yield lambda cell, width=width: _band_fits(cell, width, hierarchy.top_code)  # type: ignore[misc]
    for index, level in enumerate(hierarchy.tree):
        if index == 0:
            yield lambda cell, level=level: any(cell in raw for raw in level.values())  # type: ignore[misc]
        yield lambda cell, level=level: cell in level  # type: ignore[misc]
    yield lambda cell: cell == "*"


def _number_fits(cell: str, column: Column) -> bool:
    form = r"-?\d+" if column.decimals == 0 else rf"-?\d+(\.\d{{1,{column.decimals}}})?"
    low, high = column.range or (0, 0)
    return bool(re.fullmatch(form, cell)) and low <= float(cell) <= high


def _band_fits(cell: str, width: int, top: int | None) -> bool:
    if top is not None and cell == f"{top}+":
        return True
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", cell)
    if not found:
        return False
    low, high = int(found[1]), int(found[2] or found[1])
    return low % width == 0 and high - low + 1 == width and (top is None or high < top)


def _grain(file: ReleaseFile, name: str, column: Column, cells: tuple[str, ...]) -> Iterator[Finding]:
    """Dates at the recipe's grain, and no clock time outside texts."""
    fine = 0
    if column.role == "date":
        fine = sum(not _on_grain(cell, str(column.grain)) for cell in set(cells))
    elif column.role != "free_text":
        fine = sum(bool(_CLOCK.search(cell)) for cell in set(cells))
    if fine:
        yield Finding("time", file.name, name, f"{fine} values, {column.grain or 'no clock'}")


def _on_grain(cell: str, grain: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return False
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return False
    return grain == "day" or (day.weekday() == 0 if grain == "week" else day.day == 1)


def check_order(recipe: Recipe, file: ReleaseFile, table: Table) -> Iterator[Finding]:
    """Rows sorted by their content, so that their order says nothing; fresh ids count them."""
    roles = {
        name: recipe.columns[name].role if name in recipe.columns else "attribute" for name in table.header
    }
    if file.holds == "spans":
        roles = dict.fromkeys(table.header, "attribute")
    keys = [_sortable(table.columns[name]) for name in table.header if roles[name] != "fresh_id"]
    rows = list(zip(*keys, strict=True))
    if any(earlier > later for earlier, later in pairwise(rows)):
        yield Finding("order", file.name)
    for name in (name for name, role in roles.items() if role == "fresh_id"):
        prefix = recipe.columns[name].prefix
        expected = tuple(f"{prefix}{number:02d}" for number in range(1, len(table.rows) + 1))
        if table.columns[name] != expected:
            yield Finding("fresh_id", file.name, name, "not 01, 02, 03 ...")


def _sortable(cells: tuple[str, ...]) -> tuple[float, ...] | tuple[str, ...]:
    try:
        return tuple(float(cell) for cell in cells)
    except ValueError:
        return cells
