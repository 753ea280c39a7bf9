"""What is taught and practised, as typed models: the one source for site, sandbox, service and certificates.

Every model is frozen and refuses fields it does not know, so that a misspelt key is an error with a place.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Language = Literal["ko", "en"]
ClauseId = Annotated[str, StringConstraints(pattern=r"^G-\d{2}$")]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^C\d{2}-E\d+$")]
CourseId = Annotated[str, StringConstraints(pattern=r"^C\d{2}$")]
CompetencyId = Annotated[str, StringConstraints(pattern=r"^D[1-6]-[1-3]$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Strict(BaseModel):
    """Frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Strict):
    """One text in both languages; neither may be empty."""

    ko: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ko


class SourceMark(StrEnum):
    """How a statement's source was read; `unverified` never appears on a page as fact."""

    OK = "ok"
    SECOND = "2nd"
    UNVERIFIED = "unverified"


class Source(Strict):
    """Where a statement about law or research comes from."""

    text: Text
    url: str | None = None
    mark: SourceMark


class Department(Strict):
    """A department of the city; learners of one are strangers to learners of another."""

    id: Slug
    name: Text


class City(Strict):
    """All that identifies the city: `courses/city.yaml`."""

    id: Slug
    name: Text
    academy: Text  # the site's name
    timezone: str
    dongs: tuple[str, ...]
    departments: tuple[Department, ...]
    guideline_owner: Text
    guideline_status: Text
    primary_colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class Domain(Strict):
    """One of the six competency domains."""

    id: Annotated[str, StringConstraints(pattern=r"^D[1-6]$")]
    name: Text


class Competency(Strict):
    """A can-do statement: one domain at one level (1 to 3)."""

    id: CompetencyId
    statement: Text

    @property
    def domain(self) -> str:
        """The domain's id."""
        return self.id.partition("-")[0]

    @property
    def level(self) -> int:
        """1 understand and use, 2 apply and judge, 3 design and lead."""
        return int(self.id[-1])


class Term(Strict):
    """A word of the field; code uses the English one verbatim."""

    ko: str
    en: str
    definition: Text


class Clause(Strict):
    """The front matter of one clause page (`guidelines/g-05.ko.md` and `.en.md` together)."""

    id: ClauseId
    title: Text
    summary: Text  # the rule in one sentence
    version: str
    reviewed: date
    sources: tuple[Source, ...]
    pages: dict[Language, Path]

    @property
    def slug(self) -> str:
        """The page's address and anchor: `g-05`."""
        return self.id.lower()


class Lesson(Strict):
    """One lesson page in both languages."""

    slug: Slug
    title: Text
    minutes: Annotated[int, Field(gt=0, le=60)]
    clauses: tuple[ClauseId, ...] = ()
    exercises: tuple[ExerciseId, ...] = ()
    pages: dict[Language, Path]


class Course(Strict):
    """A course folder."""

    id: CourseId
    folder: Slug
    title: Text
    summary: Text
    audience: Text
    level: Annotated[int, Field(ge=1, le=3)]
    outcomes: tuple[Text, ...]
    lessons: tuple[Lesson, ...]
    exercises: tuple[ExerciseId, ...]


class DataFile(Strict):
    """A released file that an exercise reads as `data/<file>` (checks read theirs as `hidden/<file>`)."""

    dataset: str
    file: str


class Check(Strict):
    """One check cell of an exercise: its name for people, its points, what it needs."""

    title: Text
    points: Annotated[float, Field(gt=0)]
    critical: bool = False
    clause: ClauseId | None = None
    needs: tuple[str, ...] = ()  # answer cells; empty means every answer cell


class Message(Strict):
    """What a learner reads when a check fails with this key: what, why it matters, what to try."""

    ko: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]
    clause: ClauseId | None = None

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.ko


class Criterion(Strict):
    """One line of a rubric, 0 to 3 points, each with an anchored example."""

    id: Slug
    title: Text
    anchors: dict[Literal[0, 1, 2, 3], Text]


class Written(Strict):
    """A free-text answer that an instructor marks; its points are 3 a criterion."""

    title: Text
    criteria: tuple[Criterion, ...]

    @property
    def points(self) -> float:
        """The most it can earn."""
        return 3.0 * len(self.criteria)


class Limits(Strict):
    """What the answers of one submission may use."""

    seconds: Annotated[float, Field(gt=0, le=120)] = 30.0
    memory_mib: Annotated[int, Field(ge=64, le=4096)] = 1024


class Mode(StrEnum):
    """How an exercise is answered."""

    SELECT = "select"
    CHOICE = "choice"
    VALUE = "value"
    PARAMETER = "parameter"
    PARSONS = "parsons"
    TEXT = "text"
    FORM = "form"
    CODE = "code"


class Exercise(Strict):
    """An exercise folder's `exercise.yaml`."""

    id: ExerciseId
    folder: Slug
    title: Text
    summary: Text
    level: Annotated[int, Field(ge=1, le=3)]
    minutes: Annotated[int, Field(gt=0, le=120)]
    mode: Mode
    clauses: Annotated[tuple[ClauseId, ...], Field(min_length=1)]
    competencies: Annotated[tuple[CompetencyId, ...], Field(min_length=1)]
    data: tuple[DataFile, ...] = ()
    checker_data: tuple[DataFile, ...] = ()
    libraries: tuple[str, ...] = ()  # imported before the learner's first cell runs
    extra: str | None = None  # an optional install the exercise needs: `transformers`
    limits: Limits = Limits()
    checks: Annotated[dict[Slug, Check], Field(min_length=1)]
    messages: dict[Slug, Message] = {}
    written: dict[Slug, Written] = {}
    path: Path

    @property
    def source(self) -> Path:
        """The notebook's one source, both languages."""
        return self.path / "exercise.py"

    @property
    def auto_points(self) -> float:
        """What the checks can earn together."""
        return sum(check.points for check in self.checks.values())


class ReleasedFile(Strict):
    """A file that the gate has passed."""

    name: str
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    rows: int
    audience: Literal["learner", "checker"]


class Dataset(Strict):
    """A dataset folder whose manifest's signature and hashes hold."""

    name: str
    title: Text
    path: Path
    files: tuple[ReleasedFile, ...]

    def file(self, name: str) -> Path:
        """The released file's path."""
        return self.path / "release" / name
