"""An exercise's fixtures: right and wrong answers, and what each must earn."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from civiclab.catalog.frontmatter import read_yaml
from civiclab.catalog.loader import parse
from civiclab.catalog.models import Exercise, Strict
from civiclab.errors import BadContent
from civiclab.records.results import Outcome

LEAST_WRONG = 3


class Expected(Strict):
    """One check's expected verdict."""

    outcome: Outcome
    message: str | None = None


class Fixture(Strict):
    """Answers by cell id, in place of the reference's; a right one expects nothing and must earn every point.

    `about` says in a few words what kind of answer it is.
    """

    name: str
    path: Path
    about: str = ""
    answers: dict[str, str] = Field(default_factory=dict)
    written: dict[str, str] = Field(default_factory=dict)
    expect: dict[str, Expected] = Field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Must it earn full marks?"""
        return not self.name.startswith("wrong")

    @property
    def cells(self) -> dict[str, str]:
        """All its answers, code and written."""
        return self.answers | self.written


def read_fixtures(exercise: Exercise) -> list[Fixture]:
    """Every fixture of an exercise; BadContent unless there is another right answer and three wrong ones."""
    folder = exercise.path / "fixtures"
    paths = sorted(folder.glob("*.yaml"))
    found = [parse(Fixture, read_yaml(path) | {"name": path.stem, "path": path}, path) for path in paths]
    wrong = [fixture for fixture in found if not fixture.right]
    if len(wrong) < LEAST_WRONG or len(wrong) == len(found):
        raise BadContent(
            "Exercise {id} needs a second right answer and at least {least} wrong ones.",
            where=str(folder),
            id=exercise.id,
            least=LEAST_WRONG,
        )
    _distinct(exercise, wrong)
    return found


def _distinct(exercise: Exercise, wrong: list[Fixture]) -> None:
    """Each wrong answer is met with a message of its own."""
    seen: set[str] = set()
    for fixture in wrong:
        keys = {one.message for one in fixture.expect.values() if one.message}
        unknown = keys - exercise.messages.keys()
        if unknown or not keys - seen:
            raise BadContent(
                "A wrong answer must expect a message of its own (exercise.yaml); it expects: {keys}",
                where=str(fixture.path),
                keys=", ".join(sorted(keys)) or "-",
            )
        seen |= keys
