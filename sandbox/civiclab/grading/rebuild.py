"""The notebook that is graded: the master's cells, with only the answers taken from the submission, by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from civiclab.authoring import answer_cells, check_cells, master, released_answers, written_cells
from civiclab.catalog.loader import LANGUAGES
from civiclab.catalog.models import Exercise, Language
from civiclab.grading.intake import Notebook, cell_name, cell_source


class Role(StrEnum):
    """What a cell of the rebuilt notebook is."""

    GIVEN = "given"
    ANSWER = "answer"
    CHECK = "check"
    WRITTEN = "written"


@dataclass(frozen=True)
class Cell:
    """One cell to run, check or read. Instructions are left out."""

    id: str
    role: Role
    source: str


@dataclass(frozen=True)
class Template:
    """An exercise in one language: the master's cells, and the answers as they were released."""

    cells: tuple[Cell, ...]
    released: Mapping[str, str]

    @property
    def answers(self) -> tuple[str, ...]:
        """The master's own answers, in order."""
        return tuple(cell.source for cell in self.cells if cell.role is Role.ANSWER)

    def as_reference(self) -> Rebuilt:
        """The master itself as if it had been submitted."""
        return Rebuilt(self.cells, frozenset(), self.answers)


@dataclass(frozen=True)
class Rebuilt:
    """What is graded. `untouched` are the answers that are as they were released, or missing."""

    cells: tuple[Cell, ...]
    untouched: frozenset[str]
    reference: tuple[str, ...] = ()  # the master's own answers: what they import is the checks' to import

    def of(self, role: Role) -> dict[str, str]:
        """Id -> source of the cells with this role."""
        return {cell.id: cell.source for cell in self.cells if cell.role is role}


def template(exercise: Exercise, released: NotebookNode, language: Language) -> Template:
    """The template of an exercise; `released` is the notebook as learners get it."""
    whole = master(exercise, language)
    roles = dict.fromkeys(answer_cells(whole), Role.ANSWER)
    roles |= dict.fromkeys(check_cells(whole), Role.CHECK) | dict.fromkeys(written_cells(whole), Role.WRITTEN)
    cells = [
        Cell(node.id, roles.get(node.id, Role.GIVEN), str(node.source))
        for node in whole.cells
        if node.id in roles or node.cell_type == "code"
    ]
    return Template(tuple(cells), released_answers(released))


class Templates:
    """The templates of one released tree; each is read once, since nothing changes while the academy runs."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.known: dict[tuple[str, Language], Template] = {}

    def load(self, exercises: Iterable[Exercise]) -> None:
        """Reads all of these now, so that none comes from content that was edited in the meantime."""
        for exercise in exercises:
            for language in LANGUAGES:
                self.get(exercise, language)

    def get(self, exercise: Exercise, language: Language) -> Template:
        """The exercise's template in one language."""
        key = (exercise.id, language)
        if key not in self.known:
            path = self.tree / exercise.folder / f"{exercise.folder}.{language}.ipynb"
            self.known[key] = template(exercise, nbformat.read(path, as_version=4), language)
        return self.known[key]


def _same(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def rebuild(base: Template, submitted: Notebook) -> Rebuilt:
    """The master with the submission's answers; a missing answer is as it was released."""
    texts = {cell_name(cell): cell_source(cell) for cell in submitted["cells"]}
    answers = {name: texts.get(name, stub) for name, stub in base.released.items()}
    cells = tuple(Cell(cell.id, cell.role, answers.get(cell.id, cell.source)) for cell in base.cells)
    untouched = frozenset(name for name, text in answers.items() if _same(text, base.released[name]))
    return Rebuilt(cells, untouched, base.answers)
