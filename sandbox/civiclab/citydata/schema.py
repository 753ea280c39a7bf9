"""What a synthetic table holds: `schema.yaml`, strict."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from civiclab.catalog.models import Slug, Strict
from civiclab.errors import BadContent


class ColumnSpec(Strict):
    """One column: its type, what it may hold and what it is for privacy and for learning.

    `range` is inclusive; `weights` go with `values`. `after_the_fact` marks what is known only once the
    outcome is, so that an exercise on leaks can name it.
    """

    type: Literal["text", "int", "float", "date", "datetime", "category"]
    role: Literal["identifier", "quasi", "sensitive", "attribute", "target", "after_the_fact"]
    range: tuple[float, float] | None = None
    values: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _weighed(self) -> ColumnSpec:
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError("weights and values differ in number")
        if self.type == "category" and not self.values:
            raise ValueError("a category column needs its values")
        return self

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights as shares of one; equal where none are given."""
        weights = self.weights or (1.0,) * len(self.values)
        return tuple(weight / sum(weights) for weight in weights)


class People(Strict):
    """The vocabulary of invented people: surnames with their share, given names, roads."""

    surnames: dict[str, float]
    given: tuple[str, ...]
    roads: tuple[str, ...] = ()


class Homogeneous(Strict):
    """A group whose members all share one sensitive value, planted so that l-diversity matters."""

    dong: str
    ages: tuple[int, int]
    benefit: str


class Template(Strict):
    """A complaint's wording; `{name}` and the like are filled in and tracked as spans."""

    category: str
    dept: str
    text: str


class Office(Strict):
    """A counter: how busy it is, how many counters it has, how much of its work is welfare."""

    load: float
    counters: Annotated[int, Field(ge=1)]
    welfare: Annotated[float, Field(ge=0, le=1)]


class Calendar(Strict):
    """Working days: from `start`, without weekends and `holidays`."""

    start: date
    days: Annotated[int, Field(gt=0)]
    hours: tuple[int, ...]
    holidays: tuple[date, ...] = ()


class Schema(Strict):
    """A table's schema; `generator` names the code that fills it."""

    table: Slug | Annotated[str, Field(pattern=r"^[a-z_]+$")]
    generator: Literal["complaints", "residents", "counter_queue"]
    version: int
    synthetic: Literal[True]
    rows: Annotated[int, Field(gt=0)]
    columns: dict[str, ColumnSpec]
    people: People | None = None
    templates: tuple[Template, ...] = ()
    closings: tuple[str, ...] = ()
    period: tuple[date, date] | None = None
    homogeneous: tuple[Homogeneous, ...] = ()
    offices: dict[str, Office] = Field(default_factory=dict)
    calendar: Calendar | None = None

    def need_people(self) -> People:
        """The vocabulary; BadContent where the table's generator needs one and there is none."""
        if self.people is None:
            raise BadContent("The schema of {table} has no `{part}`.", table=self.table, part="people")
        return self.people

    def need_calendar(self) -> Calendar:
        """The working days; BadContent where there are none."""
        if self.calendar is None:
            raise BadContent("The schema of {table} has no `{part}`.", table=self.table, part="calendar")
        return self.calendar

    def need_period(self) -> tuple[date, date]:
        """The first and last day; BadContent where there are none."""
        if self.period is None:
            raise BadContent("The schema of {table} has no `{part}`.", table=self.table, part="period")
        return self.period


def load_schema(path: Path) -> Schema:
    """The schema in `path`; BadContent naming the file where it does not hold what it must."""
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Schema.model_validate(raw)
    except FileNotFoundError as error:
        raise BadContent("The file is missing.", where=str(path)) from error
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadContent("The file can't be read: {reason}", where=str(path), reason=error) from error
