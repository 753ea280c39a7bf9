"""Recoding: from the raw table to the files the recipe declares.

Quasi-identifiers are generalized by the recipe's hierarchies to the first node of the lattice, in order of
information lost, at which few enough people have to be suppressed. k counts people, not rows. The gate
shares no code with this module and believes none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from civiclab.anonymization.recipe import Hierarchy, Recipe, ReleaseFile
from civiclab.anonymization.surrogates import Replacer, Span
from civiclab.errors import BadContent

_PERSON = "\0person"
_SPANS = "\0spans"


@dataclass(frozen=True)
class Staged:
    """What recoding wrote: the files, and for each file the person behind every row, which never leaves."""

    folder: Path
    people: Path


def recode(recipe: Recipe, raw: Path, staged: Staged, seed: int) -> None:
    """Write every file of `recipe` from the tables in `raw`; BadContent where the table can't be recoded."""
    rng = np.random.default_rng([seed, 1])
    table = _read(raw / f"{recipe.dataset}.csv")
    _require(recipe, table)
    written: dict[str, pd.DataFrame] = {}
    for file in recipe.release.files:
        if file.holds == "spans":
            _write(_span_rows(written[str(file.of)], file), file, staged)
            continue
        part = _take(recipe, table, file, rng)
        part = _generalized(recipe, part.assign(**{_PERSON: _keys(recipe, part)}))
        part = _texts(recipe, part, raw, rng)
        written[file.name] = _numbered(recipe, _sorted(part, file.columns, recipe), file)
        _write(written[file.name], file, staged)


def _read(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise BadContent("The raw table is missing.", where=path.name)
    with path.open(encoding="utf-8") as file:
        marked = file.readline().startswith("#")  # only the first line: a complaint may hold a # of its own
    return pd.read_csv(path, skiprows=int(marked), dtype=str, keep_default_na=False)


def _require(recipe: Recipe, table: pd.DataFrame) -> None:
    missing = [name for name in recipe.raw_columns if name not in table.columns]
    if missing:
        raise BadContent("The raw table lacks {columns}.", where=recipe.dataset, columns=", ".join(missing))


def _keys(recipe: Recipe, table: pd.DataFrame) -> pd.Series[str]:
    return table[recipe.person_key] if recipe.person_key else pd.Series("", index=table.index)


def _take(recipe: Recipe, table: pd.DataFrame, file: ReleaseFile, rng: np.random.Generator) -> pd.DataFrame:
    part = table
    if file.where:
        part = part[part[file.where.column].astype(float).between(file.where.low, file.where.high)]
    if recipe.unit == "aggregate":
        for name in recipe.of_role("count"):
            part = part[part[name].astype(int) >= recipe.release.min_cell]
    if file.sample is None:
        return part
    part = part.iloc[rng.permutation(len(part))]
    if file.spread:
        part = part.assign(turn=part.groupby(file.spread).cumcount()).sort_values("turn", kind="stable")
    return part.head(file.sample)


# --- generalizing -------------------------------------------------------------------------------------------


def _generalized(recipe: Recipe, table: pd.DataFrame) -> pd.DataFrame:
    """Dates made coarse; for personal data, the quasi-identifiers too, and what stays too rare left out."""
    for name in recipe.of_role("date"):
        column = recipe.columns[name]
        table = table.assign(**{name: _coarse(table[column.source or name], str(column.grain))})
    if recipe.basis == "synthetic" or recipe.unit == "aggregate":
        return table
    for node in _nodes(recipe, table):
        labelled = table.assign(**{n: _labels(recipe, table[n], n, level) for n, level in node.items()})
        kept = _unsuppressed(recipe, labelled)
        if _bearable(recipe, table, kept):
            return kept
    raise BadContent("No generalization keeps the recipe's figures.", where=recipe.dataset)


def _coarse(moments: pd.Series[str], grain: str) -> pd.Series[str]:
    days = pd.to_datetime(moments).dt.normalize()
    if grain == "week":
        days -= pd.to_timedelta(days.dt.day_of_week, unit="D")
    if grain == "month":
        days -= pd.to_timedelta(days.dt.day - 1, unit="D")
    return days.dt.strftime("%Y-%m-%d")


def _nodes(recipe: Recipe, table: pd.DataFrame) -> Iterator[dict[str, int]]:
    """Every combination of levels, from the least information lost to the most."""
    names = recipe.of_role("quasi")
    losses = [[_loss(recipe, table[n], n, level) for level in range(_top(recipe, n) + 1)] for n in names]
    nodes = product(*(range(len(levels)) for levels in losses))
    ordered = sorted(
        nodes, key=lambda node: (sum(lost[n] for n, lost in zip(node, losses, strict=True)), node)
    )
    for node in ordered:
        yield dict(zip(names, node, strict=True))


def _loss(recipe: Recipe, values: pd.Series[str], name: str, level: int) -> float:
    """How many other values a row's label covers, as a share of all others, mean over the rows."""
    labels = _labels(recipe, values, name, level)
    covered = values.groupby(labels).nunique()
    return float(labels.map(covered).sub(1).mean()) / max(1, values.nunique() - 1)


def _top(recipe: Recipe, name: str) -> int:
    hierarchy = recipe.columns[name].hierarchy
    if hierarchy is None:
        return 0
    levels = recipe.hierarchies[hierarchy]
    return len(levels.bands) + len(levels.tree) + 1


def _labels(recipe: Recipe, values: pd.Series[str], name: str, level: int) -> pd.Series[str]:
    hierarchy = recipe.columns[name].hierarchy
    if hierarchy is None:
        return values
    if level == _top(recipe, name):
        return pd.Series("*", index=values.index)
    levels = recipe.hierarchies[hierarchy]
    if levels.bands:
        return values.map(lambda value: _band(int(value), levels, level))
    if level == 0:
        return values
    parents = {child: label for label, children in levels.tree[level - 1].items() for child in children}
    return values.map(lambda value: parents.get(value, value))


def _band(number: int, levels: Hierarchy, level: int) -> str:
    if levels.top_code is not None and number >= levels.top_code:
        return f"{levels.top_code}+"
    if level == 0:
        return str(number)
    width = levels.bands[level - 1]
    return f"{number // width * width}-{number // width * width + width - 1}"


def _unsuppressed(recipe: Recipe, table: pd.DataFrame) -> pd.DataFrame:
    """Without the classes that miss k, l or t; again until none does, for t moves with the whole."""
    while True:
        classes = table.groupby(list(recipe.of_role("quasi")), sort=False)
        fine = classes[_PERSON].transform("nunique") >= (recipe.privacy.k or 1)
        for name in recipe.of_role("sensitive"):
            column = recipe.columns[name]
            fine &= classes[name].transform("nunique") >= (column.l or 1)
            if column.t is not None:
                fine &= _distances(classes.ngroup(), table[name]) <= column.t
        if fine.all():
            return table
        table = table[fine]


def _distances(classes: pd.Series[int], values: pd.Series[str]) -> pd.Series[float]:
    """For each row, half the sum of differences between its class's shares of the values and the whole's."""
    counts = pd.crosstab(classes, values)
    shares = counts.div(counts.sum(axis=1), axis=0)
    whole = counts.sum() / len(values)
    return classes.map((shares - whole).abs().sum(axis=1) / 2)


def _bearable(recipe: Recipe, before: pd.DataFrame, kept: pd.DataFrame) -> bool:
    if kept.empty or 1 - kept[_PERSON].nunique() / before[_PERSON].nunique() > recipe.privacy.max_suppress:
        return False
    left = set(kept[_PERSON])
    for column in recipe.privacy.subgroups:
        people = before.drop_duplicates([_PERSON, column])
        lost = 1 - people[_PERSON].isin(left).groupby(people[column]).mean()
        if (lost > recipe.privacy.max_suppress_subgroup).any():
            return False
    return True


# --- texts, order, files ------------------------------------------------------------------------------------


def _texts(recipe: Recipe, table: pd.DataFrame, raw: Path, rng: np.random.Generator) -> pd.DataFrame:
    for name in recipe.of_role("free_text"):
        spans = _read(raw / f"{recipe.columns[name].spans}.csv")
        replacer = _replacer(recipe, raw, spans, rng)
        by_ticket = {str(ticket): rows for ticket, rows in spans.groupby("ticket_id")}
        done = [
            replacer.replace(text, _spans(by_ticket.get(ticket)))
            for ticket, text in zip(table["ticket_id"], table[name], strict=True)
        ]
        table = table.assign(**{name: [text for text, _ in done]})
        table[_SPANS] = pd.Series([found for _, found in done], index=table.index, dtype=object)
    return table


def _replacer(recipe: Recipe, raw: Path, spans: pd.DataFrame, rng: np.random.Generator) -> Replacer:
    if recipe.surrogates is None:
        raise BadContent("A free text needs `surrogates`.", where=recipe.dataset)
    table = _read(raw / f"{recipe.dataset}.csv")
    known = {value for name in recipe.of_role("identifier") for value in table[name]}
    return Replacer(recipe.surrogates, rng, frozenset(known | set(spans["text"]) | set(table["ticket_id"])))


def _spans(rows: pd.DataFrame | None) -> list[Span]:
    if rows is None:
        return []
    cells = zip(rows["start"], rows["end"], rows["kind"], rows["text"], strict=True)
    return [Span(int(start), int(end), kind, text) for start, end, kind, text in cells]


def _sorted(table: pd.DataFrame, columns: tuple[str, ...], recipe: Recipe) -> pd.DataFrame:
    """By content alone, so that the order tells nothing of the raw table's."""
    by = [name for name in columns if recipe.columns[name].role != "fresh_id"]
    return table.sort_values(by, key=_numbers_as_numbers, kind="stable").reset_index(drop=True)


def _numbers_as_numbers(column: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers


def _numbered(recipe: Recipe, table: pd.DataFrame, file: ReleaseFile) -> pd.DataFrame:
    for name in recipe.of_role("fresh_id"):
        if name in file.columns:
            prefix = recipe.columns[name].prefix
            table = table.assign(**{name: [f"{prefix}{number:02d}" for number in range(1, len(table) + 1)]})
    return table


def _span_rows(table: pd.DataFrame, file: ReleaseFile) -> pd.DataFrame:
    rows = {
        (ticket, span.kind, span.text, person)
        for ticket, spans, person in zip(table["ticket_id"], table[_SPANS], table[_PERSON], strict=True)
        for span in spans
        if span.kind in file.kinds
    }
    return pd.DataFrame(sorted(rows), columns=[*file.columns, _PERSON])


def _write(table: pd.DataFrame, file: ReleaseFile, staged: Staged) -> None:
    table[list(file.columns)].to_csv(staged.folder / file.name, index=False, lineterminator="\n")
    people = staged.people / f"{file.name}.people"
    people.write_text("".join(f"{key}\n" for key in table[_PERSON]), encoding="utf-8")
