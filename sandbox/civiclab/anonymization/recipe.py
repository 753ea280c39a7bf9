"""The recipe: one YAML file a dataset, the policy that recoding follows and the gate enforces. Strict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from civiclab.catalog.models import Strict
from civiclab.errors import BadContent

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.csv$")]
Share = Annotated[float, Field(ge=0, le=1)]
SpanKind = Literal["rrn", "phone", "name", "address", "email", "ticket", "date"]
# The training standard of guideline G-05; also the example of the 2016 Korean de-identification guideline.
LEAST_K = 5
SPAN_COLUMNS = ("ticket_id", "kind", "text")


class Column(Strict):
    """One column of the raw table, or one made `from` it.

    `identifier`: always dropped. `quasi`: what an outsider may know. `sensitive`: what must not be learned
    (`l` distinct values a class, distance at most `t` from the whole). `count`: the people behind an
    aggregate's row. `fresh_id`: a new number that tells nothing of the raw one.
    """

    role: Literal["identifier", "quasi", "sensitive", "attribute", "count", "date", "free_text", "fresh_id"]
    action: Literal["keep", "drop"] = "keep"
    source: str | None = Field(default=None, alias="from")
    values: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    hierarchy: str | None = None
    grain: Literal["day", "week", "month"] | None = None
    l: Annotated[int, Field(ge=2)] | None = None  # noqa: E741  the literature's name
    t: Share | None = None
    mode: Literal["surrogate"] | None = None
    spans: str | None = None
    prefix: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Column:
        if self.role == "identifier" and self.action != "drop":
            raise ValueError("an identifier column must be dropped")
        needs = {"date": self.grain, "free_text": self.mode and self.spans, "fresh_id": self.prefix}
        if self.action == "keep" and self.role in needs and not needs[self.role]:
            raise ValueError(f"a {self.role} column lacks its grain, mode and spans, or prefix")
        known = self.values or self.range or self.hierarchy
        if self.action == "keep" and self.role in ("quasi", "sensitive", "attribute") and not known:
            raise ValueError(f"a {self.role} column needs its known values, range or hierarchy")
        return self


class Hierarchy(Strict):
    """How values grow coarser; the last level of all is `*`.

    `bands`: widths of number bands, each a multiple of the one before; from `top_code` up, one band.
    `tree`: a level each, mapping the level's labels to the raw values they cover.
    """

    bands: tuple[int, ...] = ()
    top_code: int | None = None
    tree: tuple[dict[str, tuple[str, ...]], ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Hierarchy:
        if bool(self.bands) == bool(self.tree):
            raise ValueError("a hierarchy has either bands or a tree")
        if self.top_code is not None and any(self.top_code % width for width in self.bands):
            raise ValueError("top_code must be a multiple of every band's width")
        return self


class Privacy(Strict):
    """The figures the release must keep. Shares are of people (of rows, for aggregates)."""

    k: Annotated[int, Field(ge=2)] | None = None
    max_suppress: Share = 0.0
    max_suppress_subgroup: Share = 0.0
    subgroups: tuple[str, ...] = ()


class Where(Strict):
    """The rows a file takes: those whose number lies between, both ends included."""

    column: str
    low: float = Field(alias="from")
    high: float = Field(alias="to")


class ReleaseFile(Strict):
    """One file to write, its columns in their order.

    `sample` takes that many rows; `spread` takes them in turn from each value of a column. `holds: spans`
    writes where identifiers stand in the texts of the file `of`.
    """

    name: FileName
    audience: Literal["learner", "checker"]
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    holds: Literal["rows", "spans"] = "rows"
    where: Where | None = None
    sample: Annotated[int, Field(gt=0)] | None = None
    spread: str | None = None
    of: str | None = None
    kinds: tuple[SpanKind, ...] = ()

    @model_validator(mode="after")
    def _spans(self) -> ReleaseFile:
        if self.holds == "spans" and (not self.of or not self.kinds or self.columns != SPAN_COLUMNS):
            raise ValueError(f"a file of spans has `of`, `kinds` and the columns {', '.join(SPAN_COLUMNS)}")
        return self


class ReleaseRule(Strict):
    """What leaves, and after which earlier releases: `after` names every one that a reviewer has weighed."""

    ledger: Literal["required"]
    min_cell: Annotated[int, Field(ge=2)] = 5
    after: tuple[str, ...] = ()
    files: Annotated[tuple[ReleaseFile, ...], Field(min_length=1)]


class Retention(Strict):
    """ISO 8601 durations; raw P0D: destroyed as soon as the release stands."""

    raw: Annotated[str, StringConstraints(pattern=r"^P\d+[DMY]$")]
    release: Annotated[str, StringConstraints(pattern=r"^P\d+[DMY]$")]


class Surrogates(Strict):
    """What replaces identifiers in texts; disjoint from what a raw record can hold."""

    surnames: Annotated[tuple[str, ...], Field(min_length=5)]
    given: Annotated[tuple[str, ...], Field(min_length=5)]
    roads: Annotated[tuple[str, ...], Field(min_length=1)]


class Recipe(Strict):
    """A dataset's anonymization. `basis: synthetic` is believed only of what the generator can make again."""

    dataset: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
    version: int
    purpose: Literal["officials-training"]
    legal_basis: Literal["anonymous-information"]
    basis: Literal["synthetic", "personal"]
    unit: Literal["person", "aggregate"] = "person"
    person_key: str | None = None
    retention: Retention
    columns: dict[str, Column]
    hierarchies: dict[str, Hierarchy] = Field(default_factory=dict)
    surrogates: Surrogates | None = None
    privacy: Privacy
    release: ReleaseRule

    @model_validator(mode="after")
    def _ties(self) -> Recipe:
        self._tie_people()
        for name, column in self.columns.items():
            if column.hierarchy and column.hierarchy not in self.hierarchies:
                raise ValueError(f"{name}: no hierarchy {column.hierarchy}")
            if column.role == "free_text" and column.action == "keep" and self.surrogates is None:
                raise ValueError(f"{name}: a free text needs `surrogates`")
        return self

    def _tie_people(self) -> None:
        if self.unit == "person" and (self.person_key not in self.columns or self.privacy.k is None):
            raise ValueError("a table of people needs person_key and privacy.k")
        if self.unit == "person" and self.basis == "personal":
            self._tie_real_people()
        roles = {column.role for column in self.columns.values()}
        if self.unit == "aggregate" and "count" not in roles:
            raise ValueError("an aggregate needs a column of role count")
        if (
            self.unit == "aggregate"
            and self.basis == "personal"
            and roles & {"quasi", "sensitive", "free_text"}
        ):
            raise ValueError("an aggregate holds no column about a person")

    def _tie_real_people(self) -> None:
        """No way round k: every column that leaves is counted in it or guarded by l, nothing is sampled."""
        (*others, file) = self.release.files
        if others or file.holds != "rows" or file.sample:
            raise ValueError("one whole table of persons a release: in two, joint cells fall under k")
        kept = {name: column for name, column in self.columns.items() if column.action == "keep"}
        loose = [name for name, column in kept.items() if column.role not in ("quasi", "sensitive")]
        unguarded = [name for name, column in kept.items() if column.role == "sensitive" and not column.l]
        if loose or unguarded:
            raise ValueError(
                f"of real people only quasi columns and sensitive ones with l leave: {loose + unguarded}"
            )
        if (self.privacy.k or 0) < LEAST_K:
            raise ValueError(f"k must be at least {LEAST_K}")

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """The columns the raw table must have, no more and no less."""
        return tuple(name for name, column in self.columns.items() if column.source is None)

    def of_role(self, role: str) -> tuple[str, ...]:
        """The kept columns of a role; for `identifier`, all of them."""
        return tuple(
            name
            for name, c in self.columns.items()
            if c.role == role and (c.action == "keep" or role == "identifier")
        )


def load_recipe(path: Path) -> Recipe:
    """The recipe in `path`; BadContent naming the file where it does not hold what it must."""
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Recipe.model_validate(raw)
    except FileNotFoundError as error:
        raise BadContent("The file is missing.", where=str(path)) from error
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error) from error
