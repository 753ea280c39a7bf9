"""The ties between clauses, exercises, courses, competencies and data: every one must hold, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from civiclab.catalog.loader import Catalog
from civiclab.catalog.models import Course, Exercise
from civiclab.errors import BadContent


def broken_ties(catalog: Catalog) -> list[BadContent]:
    """Every tie that does not hold, each naming its file and id; empty when all is well."""
    found: list[BadContent] = []
    for exercise in catalog.exercises.values():
        found.extend(_exercise_ties(catalog, exercise))
    for course in catalog.courses.values():
        found.extend(_course_ties(catalog, course))
    found.extend(_clause_ties(catalog))
    found.extend(_homeless(catalog))
    return found


def _unknown(kind: str, ids: Iterable[str | None], known: Iterable[str], where: Path) -> Iterator[BadContent]:
    known = set(known)
    for one in ids:
        if one is not None and one not in known:
            yield BadContent("The {kind} {id} does not exist.", where=str(where), kind=kind, id=one)


def _exercise_ties(catalog: Catalog, exercise: Exercise) -> Iterator[BadContent]:
    where = exercise.path / "exercise.yaml"
    yield from _unknown("clause", exercise.clauses, catalog.clauses, where)
    yield from _unknown(
        "clause", (check.clause for check in exercise.checks.values()), catalog.clauses, where
    )
    yield from _unknown(
        "clause", (message.clause for message in exercise.messages.values()), catalog.clauses, where
    )
    yield from _unknown("competency", exercise.competencies, catalog.competencies, where)
    yield from _data_ties(catalog, exercise, where)


def _data_ties(catalog: Catalog, exercise: Exercise, where: Path) -> Iterator[BadContent]:
    for audience, files in (("learner", exercise.data), ("checker", exercise.checker_data)):
        for one in files:
            dataset = catalog.datasets.get(one.dataset)
            if dataset is None:
                yield BadContent(
                    "Exercise {id} uses the dataset '{dataset}', which has no valid manifest.",
                    where=str(where),
                    id=exercise.id,
                    dataset=one.dataset,
                )
            elif not any(file.name == one.file and file.audience == audience for file in dataset.files):
                yield BadContent(
                    "The manifest of dataset '{dataset}' does not release '{file}' to the {audience}.",
                    where=str(where),
                    dataset=one.dataset,
                    file=one.file,
                    audience=audience,
                )


def _course_ties(catalog: Catalog, course: Course) -> Iterator[BadContent]:
    folder = catalog.content / "courses" / course.folder
    yield from _unknown("exercise", course.exercises, catalog.exercises, folder / "course.yaml")
    for lesson in course.lessons:
        yield from _unknown("clause", lesson.clauses, catalog.clauses, lesson.pages["ko"])
        yield from _unknown("exercise", lesson.exercises, catalog.exercises, lesson.pages["ko"])


def _clause_ties(catalog: Catalog) -> Iterator[BadContent]:
    for clause in catalog.clauses.values():
        if not catalog.exercises_of_clause(clause.id):
            yield BadContent("No exercise trains clause {id}.", where=str(clause.pages["ko"]), id=clause.id)


def _homeless(catalog: Catalog) -> Iterator[BadContent]:
    listed = [one for course in catalog.courses.values() for one in course.exercises]
    for exercise in catalog.exercises.values():
        if listed.count(exercise.id) != 1:
            yield BadContent(
                "Exercise {id} must be listed by exactly one course, and is listed by {count}.",
                where=str(exercise.path / "exercise.yaml"),
                id=exercise.id,
                count=listed.count(exercise.id),
            )
