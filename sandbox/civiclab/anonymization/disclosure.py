"""The gate's counting: k over people, l, t, uniqueness of every subset, what was left out and of whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from civiclab.anonymization.findings import Finding
from civiclab.anonymization.recipe import Recipe, ReleaseFile
from civiclab.anonymization.written import Table

Key = tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """What was measured on one file; None where it has no meaning there."""

    rows: int
    k: int | None = None
    l: int | None = None  # noqa: E741  the literature's name
    t: float | None = None
    alone: float | None = None  # the share of rows whose people are alone in their class
    suppressed: float | None = None


def measure(recipe: Recipe, file: ReleaseFile, table: Table, people: Sequence[str], raw: Table) -> Figures:
    """The figures of a written table; `people` names who stands behind each row."""
    quasi = [name for name in recipe.of_role("quasi") if name in table.header]
    left_out = suppressed(recipe, file, table, people, raw)
    if not quasi or not table.rows:
        return Figures(len(table.rows), suppressed=left_out)
    groups = _people(table, quasi, people)
    sizes = {key: len(who) for key, who in groups.items()}
    alone = sum(sizes[key] == 1 for key in _keys(table, quasi)) / len(table.rows)
    sensitive = [name for name in recipe.of_role("sensitive") if name in table.header]
    varieties = [len(values) for name in sensitive for values in _values(table, quasi, name).values()]
    worst_t = max((t for name in sensitive for t in _distances(table, quasi, name)), default=None)
    return Figures(
        len(table.rows),
        min(sizes.values()),
        min(varieties, default=None),
        None if worst_t is None else round(worst_t, 4),
        round(alone, 4),
        left_out,
    )


def check_people(recipe: Recipe, file: ReleaseFile, table: Table, people: Sequence[str]) -> Iterator[Finding]:
    """k, every subset of the quasi-identifiers, l and t, as the recipe demands."""
    quasi = [name for name in recipe.of_role("quasi") if name in table.header]
    k = recipe.privacy.k or 1
    if quasi and table.rows:
        yield from _k_of(file, table, quasi, people, k)
        yield from _subsets(file, table, quasi, people, k)
    for name in (name for name in recipe.of_role("sensitive") if name in table.header):
        column = recipe.columns[name]
        least = min((len(values) for values in _values(table, quasi, name).values()), default=0)
        if column.l is not None and least < column.l:
            yield Finding("l", file.name, name, f"l={least} < {column.l}")
        worst = max(_distances(table, quasi, name), default=0.0)
        if column.t is not None and worst > column.t:
            yield Finding("t", file.name, name, f"t={worst:.3f} > {column.t}")


def _k_of(
    file: ReleaseFile, table: Table, names: list[str], people: Sequence[str], k: int
) -> Iterator[Finding]:
    sizes = [len(who) for who in _people(table, names, people).values()]
    if min(sizes) < k:
        yield Finding(
            "k", file.name, "+".join(names), f"k={min(sizes)} < {k}, {sum(s < k for s in sizes)} groups"
        )


def _subsets(
    file: ReleaseFile, table: Table, names: list[str], people: Sequence[str], k: int
) -> Iterator[Finding]:
    """The smallest combinations of columns that already leave somebody in too small a group."""
    guilty: list[set[str]] = []
    for size in range(1, len(names)):
        for subset in combinations(names, size):
            if any(smaller <= set(subset) for smaller in guilty):
                continue
            least = min(len(who) for who in _people(table, list(subset), people).values())
            if least < k:
                guilty.append(set(subset))
                yield Finding("subset", file.name, "+".join(subset), f"{least} < {k}")


def suppressed(
    recipe: Recipe, file: ReleaseFile, table: Table, people: Sequence[str], raw: Table
) -> float | None:
    """The share of people (rows, for aggregates) left out; None for a sample, which leaves out on purpose."""
    if file.sample is not None or file.holds != "rows":
        return None
    before = _entitled(file, raw)
    if recipe.unit == "aggregate":
        return round(1 - len(table.rows) / max(1, len(before)), 4)
    at = raw.header.index(str(recipe.person_key))
    return round(1 - len(set(people)) / max(1, len({row[at] for row in before})), 4)


def check_suppression(
    recipe: Recipe, file: ReleaseFile, table: Table, people: Sequence[str], raw: Table
) -> Iterator[Finding]:
    """Left out at most as much as allowed, over all and of every subgroup."""
    share = suppressed(recipe, file, table, people, raw)
    if share is None:
        return
    if share > recipe.privacy.max_suppress or share < 0:
        yield Finding("suppressed", file.name, "", f"{share:.1%} > {recipe.privacy.max_suppress:.1%}")
    for column in recipe.privacy.subgroups:
        worst, group = max(_losses(recipe, file, table, people, raw, column=column))
        if worst > recipe.privacy.max_suppress_subgroup:
            limit = recipe.privacy.max_suppress_subgroup
            yield Finding("suppressed_subgroup", file.name, column, f"{group}: {worst:.1%} > {limit:.1%}")


def _losses(
    recipe: Recipe, file: ReleaseFile, table: Table, people: Sequence[str], raw: Table, *, column: str
) -> Iterator[tuple[float, str]]:
    at = raw.header.index(column)
    if recipe.unit == "aggregate":
        left, before = (
            Counter(table.columns.get(column, ())),
            Counter(row[at] for row in _entitled(file, raw)),
        )
        yield from ((1 - left[group] / count, group) for group, count in before.items())
        return
    key, here = raw.header.index(str(recipe.person_key)), set(people)
    groups: dict[str, set[str]] = defaultdict(set)
    for row in _entitled(file, raw):
        groups[row[at]].add(row[key])
    yield from ((1 - len(who & here) / len(who), group) for group, who in groups.items())


def _entitled(file: ReleaseFile, raw: Table) -> list[Key]:
    if file.where is None:
        return list(raw.rows)
    at = raw.header.index(file.where.column)
    return [row for row in raw.rows if file.where.low <= float(row[at]) <= file.where.high]


def _keys(table: Table, names: list[str]) -> Iterator[Key]:
    return zip(*(table.columns[name] for name in names), strict=True)


def _people(table: Table, names: list[str], people: Sequence[str]) -> dict[Key, set[str]]:
    groups: dict[Key, set[str]] = defaultdict(set)
    for key, person in zip(_keys(table, names), people, strict=True):
        groups[key].add(person)
    return groups


def _values(table: Table, quasi: list[str], name: str) -> dict[Key, Counter[str]]:
    groups: dict[Key, Counter[str]] = defaultdict(Counter)
    keys = _keys(table, quasi) if quasi else iter([()] * len(table.rows))
    for key, value in zip(keys, table.columns[name], strict=True):
        groups[key][value] += 1
    return groups


def _distances(table: Table, quasi: list[str], name: str) -> Iterator[float]:
    whole = Counter(table.columns[name])
    total = sum(whole.values())
    for counts in _values(table, quasi, name).values():
        here = sum(counts.values())
        yield sum(abs(counts[value] / here - whole[value] / total) for value in whole) / 2
